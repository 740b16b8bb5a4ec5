/// Where PostgreSQL servers are and how they are logged in to, as URLs, conninfo texts and `PG*`
/// variables say it; what nobody said is `nil`.
///
/// (PostgreSQL 15, libpq: "Database Connection Control Functions")
package struct PostgresSettings: Sendable, Hashable {
    /// A server: a name, an address, or the directory of its Unix socket.
    package struct Host: Sendable, Hashable, CustomStringConvertible {
        /// The name; a directory if it begins with a slash.
        package var name: String
        /// The port, which is part of the socket's name too; 0 where none is written.
        package var port: UInt16

        /// Names a server.
        package init(_ name: String, _ port: UInt16 = 0) {
            self.name = name
            self.port = port
        }

        /// The path of its Unix socket; `nil` for one that is reached by TCP.
        package var socket: String? { name.hasPrefix("/") ? "\(name)/.s.PGSQL.\(port)" : nil }

        package var description: String {
            name.contains(":") ? "[\(name)]:\(port)" : "\(name):\(port)"
        }
    }

    /// Whether the session is encrypted, and what is checked.
    package enum SSLMode: String, Sendable, Hashable, CaseIterable {
        /// Never.
        case disable
        /// If the server refuses a session without.
        case allow
        /// If the server can.
        case prefer
        /// Always; anybody is trusted unless authorities are named.
        case require
        /// Always, with a certificate of a trusted authority.
        case verifyCA = "verify-ca"
        /// The same, and it carries the server's name.
        case verifyFull = "verify-full"
    }

    /// Which server of several will do.
    package enum Target: String, Sendable, Hashable, CaseIterable {
        /// Any.
        case any
        /// One that takes writes.
        case readWrite = "read-write"
        /// One that takes none.
        case readOnly = "read-only"
        /// One that is not in recovery.
        case primary
        /// One that is in recovery.
        case standby
        /// A standby if there is one, else any.
        case preferStandby = "prefer-standby"
    }

    /// The port of a server that names none.
    package static let usualPort: UInt16 = 5432
    /// The most servers of one text.
    package static let hostsMaximum = 64
    /// The time for a connection where nobody says another.
    package static let usualTimeout = Duration.seconds(10)

    /// The servers as they are written, in the order in which they are tried; empty if none is named.
    package var hosts: [Host] = []
    /// The port of servers that name none.
    package var port: UInt16?
    /// The user.
    package var user: String?
    /// The password.
    package var password: String?
    /// The database; that of the user's name if nobody says another.
    package var database: String?
    /// The file of passwords.
    package var passfile: String?
    /// Whether the session is encrypted.
    package var sslMode: SSLMode?
    /// The file of the authorities; `system` are the machine's.
    package var rootCertificate: String?
    /// The file of the own certificate.
    package var certificate: String?
    /// The file of its key.
    package var key: String?
    /// What `pg_stat_activity` shows.
    package var application: String?
    /// The time for a connection; zero is without end.
    package var connectTimeout: Duration?
    /// Which server will do.
    package var target: Target?
    /// Command-line options for the server: `-c statement_timeout=5s`.
    package var options: String?
    /// Parameters that are understood and have no effect here.
    package var withoutEffect: [String] = []
    /// Parameters that are none of PostgreSQL's, for whoever knows more: `role` and `check` of a wait.
    package var others: [String: String] = [:]

    /// Says nothing.
    package init() {}

    /// What this says, and where it says nothing what the others say.
    package func over(_ others: PostgresSettings) -> PostgresSettings {
        var all = self
        if hosts.isEmpty { all.hosts = others.hosts }
        all.port = port ?? others.port
        all.user = user ?? others.user
        all.password = password ?? others.password
        all.database = database ?? others.database
        all.passfile = passfile ?? others.passfile
        all.sslMode = sslMode ?? others.sslMode
        all.rootCertificate = rootCertificate ?? others.rootCertificate
        all.certificate = certificate ?? others.certificate
        all.key = key ?? others.key
        all.application = application ?? others.application
        all.connectTimeout = connectTimeout ?? others.connectTimeout
        all.target = target ?? others.target
        all.options = options ?? others.options
        all.withoutEffect += others.withoutEffect.filter { !withoutEffect.contains($0) }
        all.others.merge(others.others) { own, _ in own }
        return all
    }

    /// The servers with their ports, or the one that is meant when none is named.
    package func servers(usually name: String = "localhost") -> [Host] {
        let named = hosts.isEmpty ? [Host(name)] : hosts
        return named.map { host in
            Host(host.name, host.port > 0 ? host.port : port ?? Self.usualPort)
        }
    }

    /// Who logs in at a server, the password from the file if none is given.
    ///
    /// - Parameters:
    ///   - host: The server.
    ///   - passwords: The file of passwords.
    ///   - user: The user if none is named.
    /// - Returns: The login.
    package func login(
        at host: Host,
        passwords: PostgresPassfile = PostgresPassfile(),
        usually user: String = "postgres"
    ) -> PostgresLogin {
        let user = self.user ?? user
        let database = self.database ?? user
        var login = PostgresLogin(
            host: host.name,
            port: host.port,
            user: user,
            database: database,
            password: password
                ?? passwords.password(
                    host: host.socket == nil ? host.name : "localhost",
                    port: host.port,
                    database: database,
                    user: user
                ),
            application: application ?? "companion"
        )
        login.options = options
        return login
    }
}
