package import Formats

/// A line of a shell that waits for something, as init containers have it:
/// `until nc -z postgres-service 5432; do echo "Waiting..."; sleep 2; done; echo "Ready"`.
///
/// Nothing is run to find out. What a line does is known exactly, or it is refused.
package struct ShellWait: Sendable, Hashable {
    /// What must hold.
    package indirect enum Condition: Sendable, Hashable {
        /// A port takes connections (`nc -z`, `/dev/tcp`).
        case port(host: String, port: UInt16, limit: Duration?)
        /// `pg_isready` with these words ends with 0.
        case postgres([String])
        /// An answer over HTTP (`curl`, `wget`).
        case http(Question)
        /// A name has an address (`nslookup`, `getent hosts`, `host`).
        case name(String, server: String?)
        /// A MySQL server greets (`mysqladmin ping`).
        case mysql(host: String, port: UInt16)
        /// A Redis server answers (`redis-cli ping`).
        case redis(host: String, port: UInt16, password: String?, mustPong: Bool)
        /// A file is there (`[ -f FILE ]`).
        case file(String, FileTest)
        /// Each of them, one after the other (`&&`).
        case all([Condition])
        /// The condition, given up after a time (`timeout 5 ...`).
        case within(Duration, Condition)
    }

    /// What a file must be, by the letter that `test` has for it.
    package enum FileTest: Character, Sendable, Hashable {
        case exists = "e"
        case plain = "f"
        case directory = "d"
        case filled = "s"
        case socket = "S"
        case readable = "r"
    }

    /// A request.
    package struct Question: Sendable, Hashable {
        /// Which answers will do.
        package enum Answer: Sendable, Hashable {
            /// Any (`curl`).
            case any
            /// One below 400 (`curl -f`).
            case unfailed
            /// 2xx, behind redirections (`wget`).
            case success
            /// This status.
            case status(Int)
        }

        /// Where.
        package var url: String
        /// Which answers will do.
        package var answer = Answer.any
        /// The method.
        package var method = "GET"
        /// Header fields, `Name: value`.
        package var headers: [String] = []
        /// Whether redirections are followed.
        package var follows = false
        /// Whether any certificate will do.
        package var isInsecure = false
        /// How long it may take.
        package var limit: Duration?

        /// Asks for a URL.
        package init(url: String) {
            self.url = url
        }
    }

    /// What is done, one after the other.
    package indirect enum Step: Sendable, Hashable {
        /// A text is written, its line feed included.
        case say(String, isError: Bool)
        /// Nothing is done for a while.
        case pause(Duration)
        /// Until the condition holds, the steps are done again and again.
        case until(Condition, body: [Step])
        /// The shell ends.
        case end(Int32)
    }

    /// The most steps of a line.
    package static let stepsMaximum = 256

    /// What is done.
    package var steps: [Step]
    /// What of the line is done in another way, one sentence each.
    package var notes: [String]

    /// Reads a command: `sh -c LINE`, also with `busybox` or `exec` in front.
    ///
    /// - Parameters:
    ///   - words: The command and its arguments, as a manifest has them.
    ///   - environment: The variables of the container.
    /// - Returns: What it does.
    /// - Throws: Why it is not understood, with line and column.
    package static func read(
        _ words: [String],
        environment: [String: String]
    ) throws(ConfigurationErrors) -> ShellWait {
        let log = FindingLog(isLenient: false)
        let reader = ShellWaitReader(log: log, environment: environment)
        let found = reader.read(words)
        guard let found, !log.hasErrors else {
            if !log.hasErrors {
                log.error(Place(ShellLexer.file, nil), "the command is not known here")
            }
            throw ConfigurationErrors(log.sorted)
        }
        return found
    }

    /// Whether it waits for anything at all.
    package var waits: Bool {
        steps.contains { if case .until = $0 { true } else { false } }
    }
}
