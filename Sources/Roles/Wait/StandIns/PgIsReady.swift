import Basics
import Postgres
import Reactor

/// `pg_isready`: whether a PostgreSQL server takes sessions (PostgreSQL 15: its options, sentences and
/// exit codes).
@MainLoop enum PgIsReady {
    /// What its words say.
    struct Question: Hashable {
        var settings = PostgresSettings()
        /// The host and port as they are shown.
        var host = "/var/run/postgresql"
        var port = "5432"
        /// Whether the port is one at all.
        var isPossible = true
        var isQuiet = false
        /// The time for a connection; `nil` is without end.
        var timeout: Duration? = .seconds(3)
    }

    /// Words that only ask for a text, or that are wrong.
    enum Other: Error, Hashable {
        case text(String)
        case mistake(String)
    }

    private nonisolated static let hint =
        "pg_isready: hint: Try \"pg_isready --help\" for more information."
    /// Options with a value, by letter and name.
    private nonisolated static let valued: [String: Character] = [
        "dbname": "d", "host": "h", "port": "p", "timeout": "t", "username": "U",
    ]

    /// Reads its words.
    nonisolated static func read(
        _ words: [String],
        _ environment: [String: String]
    ) throws(Other) -> Question {
        var values: [Character: String] = [:]
        var question = Question()
        var rest = words[...]
        var extra: String?
        while let word = rest.popFirst() {
            if word == "--" {
                extra = extra ?? rest.first
                break
            }
            if word.hasPrefix("--") {
                let pair = word.dropFirst(2).split(
                    separator: "=",
                    maxSplits: 1,
                    omittingEmptySubsequences: false
                )
                let name = String(pair[0])
                if let letter = valued[name] {
                    guard let value = pair.count == 2 ? String(pair[1]) : rest.popFirst() else {
                        throw mistake("option '--\(name)' requires an argument")
                    }
                    values[letter] = value
                } else {
                    switch name {
                    case "quiet": question.isQuiet = true
                    case "version": throw .text("pg_isready (PostgreSQL) 15 (companion)\n")
                    case "help": throw .text(help)
                    default: throw mistake("unrecognized option '\(word)'")
                    }
                }
                continue
            }
            guard word.hasPrefix("-"), word.count > 1 else {
                extra = extra ?? word
                continue
            }
            var letters = word.dropFirst()
            while let letter = letters.popFirst() {
                switch letter {
                case "q": question.isQuiet = true
                case "V": throw .text("pg_isready (PostgreSQL) 15 (companion)\n")
                case "?": throw .text(help)
                case "d", "h", "p", "t", "U":
                    guard let value = letters.isEmpty ? rest.popFirst() : String(letters) else {
                        throw mistake("option requires an argument -- '\(letter)'")
                    }
                    letters = ""
                    values[letter] = value
                default: throw mistake("invalid option -- '\(letter)'")
                }
            }
        }
        if let extra {
            throw .mistake(
                "pg_isready: error: too many command-line arguments (first is \"\(extra)\")\n\(hint)\n"
            )
        }
        return try filled(question, values, environment)
    }

    private nonisolated static func mistake(_ text: String) -> Other {
        .mistake("pg_isready: \(text)\n\(hint)\n")
    }

    /// Puts options, the conninfo text of `-d` and variables together, the latter last.
    private nonisolated static func filled(
        _ question: Question,
        _ values: [Character: String],
        _ environment: [String: String]
    ) throws(Other) -> Question {
        var question = question
        var settings = PostgresSettings()
        do throws(Failure) {
            if let host = values["h"] { try settings.set("host", host, in: "-h") }
            settings.user = values["U"]
            if let text = values["d"] {
                let conninfo = try PostgresSettings(text, in: "-d")
                // What -d says stands over the other options.
                settings = conninfo.over(settings)
            }
            var variables = environment
            if values["p"] != nil { variables["PGPORT"] = nil }
            settings = settings.over(try PostgresSettings(environment: variables))
        } catch {
            throw .mistake("pg_isready: error: \(error)\n")
        }
        if let text = values["p"],
            values["d"].map({ !$0.contains("://") && !$0.contains("port") }) ?? true
        {
            question.port = text
            do throws(Failure) {
                try settings.set("port", text, in: "-p")
            } catch {
                question.isPossible = false
            }
        } else {
            let ports = settings.servers().map { "\($0.port)" }
            question.port = Set(ports).count == 1 ? ports[0] : ports.joined(separator: ",")
        }
        if !settings.hosts.isEmpty {
            question.host = settings.hosts.map(\.name).joined(separator: ",")
        }
        // atoi, as the original: what is no number is 0, and 0 is without end.
        if let text = values["t"] {
            let seconds = Int(text.trimmingSpace().prefix { $0.isNumber }) ?? 0
            question.timeout = seconds > 0 ? .seconds(max(2, seconds)) : nil
        }
        question.settings = settings
        return question
    }

    static func run(
        _ words: [String],
        _ environment: [String: String],
        isCheck: Bool,
        _ voice: WaitStandIn.Voice
    ) async -> WaitStandIn.Ending {
        let question: Question
        do throws(Other) {
            question = try read(words, environment)
        } catch {
            switch error {
            case .text(let text):
                voice.output(text)
                return .code(0)
            case .mistake(let text):
                voice.errors(text)
                return .code(3)
            }
        }
        if isCheck { return .code(0) }
        let code = await ask(question)
        if !question.isQuiet {
            let words = ["accepting connections", "rejecting connections", "no response"]
            voice.output("\(question.host):\(question.port) - \(words[Int(code)])\n")
        }
        return .code(code)
    }

    /// Asks the servers in order: 0 if one takes sessions, 1 if one takes none yet, 2 if none answers.
    static func ask(_ question: Question) async -> Int32 {
        guard question.isPossible, let security = try? PostgresSecurity(question.settings) else {
            return 2
        }
        var code: Int32 = 2
        for host in question.settings.servers(usually: question.host) {
            let deadline = Loop.main.now + (question.timeout ?? .seconds(86_400))
            do throws(Failure) {
                let refusal = try await PostgresConnection.ping(
                    question.settings.login(at: host),
                    security: security,
                    deadline: deadline
                )
                guard let refusal, refusal.isStarting else { return 0 }
                code = 1
            } catch {
                continue
            }
        }
        return code
    }

    private nonisolated static let help = """
        pg_isready issues a connection check to a PostgreSQL database.

        Usage:
          pg_isready [OPTION]...

        Options:
          -d, --dbname=DBNAME      database name, conninfo text or URL
          -q, --quiet              write nothing
          -V, --version            show the version
          -?, --help               show this help
          -h, --host=HOSTNAME      server, or directory of its socket (default /var/run/postgresql)
          -p, --port=PORT          port (default 5432)
          -t, --timeout=SECS       time for a connection, 0 for no end (default 3)
          -U, --username=USERNAME  user

        Exit codes: 0 the server takes sessions, 1 it takes none yet, 2 it does not answer, 3 bad words.

        """
}
