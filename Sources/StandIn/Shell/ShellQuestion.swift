/// Something that a script asks, which its program answers by its exit code.
package enum ShellQuestion: Sendable, Hashable {
    /// A port takes connections (`nc -z`, `/dev/tcp`).
    case port(host: String, port: UInt16, limit: Duration?)
    /// `pg_isready` with these words ends with 0.
    case postgres([String])
    /// A PostgreSQL server lets somebody in and answers a query (`psql -c 'select 1'`).
    case login(PostgresAsker)
    /// A name has an address (`nslookup`, `getent hosts`, `host`).
    case name(String, server: String?)
    /// A MySQL server greets (`mysqladmin ping`).
    case mysql(host: String, port: UInt16)
    /// A Redis server answers (`redis-cli ping`).
    case redis(host: String, port: UInt16, password: String?, mustPong: Bool)
    /// A file is there (`[ -f FILE ]`).
    case file(String, FileTest)

    /// What a file must be, by the letter that `test` has for it.
    package enum FileTest: Character, Sendable, Hashable {
        case exists = "e"
        case plain = "f"
        case directory = "d"
        case filled = "s"
        case socket = "S"
        case readable = "r"
    }
}

/// Who asks a PostgreSQL server, as the words and variables of `psql` say.
package struct PostgresAsker: Sendable, Hashable {
    /// Where: a URL, or settings as `psql` takes them in one text (`host=db dbname=app`).
    package var address: String
    /// Variables such as `PGPASSWORD`.
    package var variables: [String: String]
}

/// What a program of a script writes into a file or to whoever reads it: curl or wget.
package struct ShellTransfer: Sendable, Hashable {
    /// `curl` or `wget`.
    package var program: String
    /// Its words.
    package var words: [String]
    /// Variables that only it has.
    package var variables: [String: String]
    /// Where its output goes.
    package var output: ShellSink
    /// Where its complaints go.
    package var problems: ShellSink
}

/// Where a text goes.
package enum ShellSink: Sendable, Hashable {
    case output
    case errors
    case nowhere
    /// To the script itself.
    case script
    case file(String)
}

/// What a script wants done by those around it.
package enum ShellAction: Sendable, Hashable {
    /// A text is written, its line feed included.
    case say(String, isError: Bool)
    /// Nothing is done for a while.
    case pause(Duration)
    /// Something is asked: answered with a status.
    case ask(ShellQuestion)
    /// A transfer: answered with a status, and a text if it goes to the script.
    case transfer(ShellTransfer)
    /// A file is read: answered with a status and its text.
    case read(String)
    /// The seconds since 1970: answered with a status and a number as text.
    case time
    /// The script has ended.
    case end(Int32)
}

/// How an action came out.
package struct ShellAnswer: Sendable, Hashable {
    /// The exit code: 0 is success.
    package var status: Int32
    /// What goes to the script.
    package var text: String

    /// Makes an answer.
    package init(_ status: Int32 = 0, _ text: String = "") {
        self.status = status
        self.text = text
    }
}
