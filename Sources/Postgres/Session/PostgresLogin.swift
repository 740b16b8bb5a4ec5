/// Where a PostgreSQL server is and who logs in there.
package struct PostgresLogin: Sendable, Hashable {
    /// The server: a name, an address, or the directory of its Unix socket.
    package var host: String
    /// Its port.
    package var port: UInt16
    /// The user.
    package var user: String
    /// The database.
    package var database: String
    /// The password; `nil` if there is none.
    package var password: String?
    /// What `pg_stat_activity` shows.
    package var application: String
    /// Command-line options for the server: `-c statement_timeout=5s`.
    package var options: String?

    /// Names a server and a user.
    package init(
        host: String,
        port: UInt16 = 5432,
        user: String,
        database: String,
        password: String? = nil,
        application: String = "companion"
    ) {
        self.host = host
        self.port = port
        self.user = user
        self.database = database
        self.password = password
        self.application = application
    }
}
