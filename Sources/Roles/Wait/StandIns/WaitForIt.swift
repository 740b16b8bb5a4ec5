import Basics
import Reactor

/// `wait-for-it.sh` (github.com/vishnubob/wait-for-it) and `wait-for` (github.com/eficode/wait-for).
@MainLoop enum WaitForIt {
    /// Which of the two.
    enum Dialect: Hashable, Sendable {
        case vishnubob
        case eficode
    }

    /// What the words say.
    struct Question: Hashable {
        var target = WaitTarget.tcp(NetworkAddress(host: "", port: 1))
        var shown = ""
        var timeout = 15
        var isQuiet = false
        var isStrict = false
        var command: [String] = []
    }

    /// Words that only ask for the usage, or that are wrong.
    struct Other: Error, Hashable {
        var text: String
        var code: Int32
    }

    /// Reads the words.
    nonisolated static func read(
        _ dialect: Dialect,
        _ name: String,
        _ words: [String]
    ) throws(Other) -> Question {
        var question = Question()
        var host = ""
        var port = ""
        var url: HTTPAddress?
        var rest = words[...]
        func wrong(_ text: String, _ code: Int32) -> Other {
            Other(
                text: (question.isQuiet || text.isEmpty ? "" : text + "\n") + usage(dialect, name),
                code: code
            )
        }
        loop: while let word = rest.popFirst() {
            switch word {
            case "--":
                question.command = Array(rest)
                break loop
            case "-q", "--quiet": question.isQuiet = true
            case "--help": throw wrong("", dialect == .vishnubob ? 1 : 0)
            case "-s", "--strict":
                guard dialect == .vishnubob else { throw wrong("Unknown argument: \(word)", 1) }
                question.isStrict = true
            case "-h", "-p":
                guard dialect == .vishnubob else { throw wrong("Unknown argument: \(word)", 1) }
                let value = rest.popFirst() ?? ""
                if word == "-h" { host = value } else { port = value }
                if value.isEmpty { break loop }
            case "-t":
                guard let text = rest.popFirst(), !text.isEmpty else { break loop }
                question.timeout = try seconds(text, wrong)
            case let word where word.hasPrefix("--timeout="):
                question.timeout = try seconds(String(word.dropFirst(10)), wrong)
            case let word where word.hasPrefix("--host=") && dialect == .vishnubob:
                host = String(word.dropFirst(7))
            case let word where word.hasPrefix("--port=") && dialect == .vishnubob:
                port = String(word.dropFirst(7))
            case let word where dialect == .eficode && HTTPAddress(word) != nil:
                url = HTTPAddress(word)
                question.shown = word
            case let word where word.contains(":"):
                let parts = word.split(separator: ":", omittingEmptySubsequences: false)
                host = String(parts[0])
                port = String(parts[1])
            default: throw wrong("Unknown argument: \(word)", 1)
            }
        }
        if let url {
            question.target = .http(url)
            return question
        }
        let missing = "Error: you need to provide a host and port to test."
        guard !host.isEmpty, !port.isEmpty else {
            throw wrong(missing, dialect == .vishnubob ? 1 : 2)
        }
        guard let address = NetworkAddress("\(host):\(port)") else {
            throw wrong(
                "Error: \(host):\(port) is no host and port.",
                dialect == .vishnubob ? 1 : 2
            )
        }
        question.target = .tcp(address)
        question.shown = "\(host):\(port)"
        return question
    }

    private nonisolated static func seconds(
        _ text: String,
        _ wrong: (String, Int32) -> Other
    ) throws(Other) -> Int {
        guard let seconds = Int(text), (0...1_000_000_000).contains(seconds) else {
            throw wrong("Error: \(text) is no number of seconds.", 1)
        }
        return seconds
    }

    private nonisolated static func usage(_ dialect: Dialect, _ name: String) -> String {
        switch dialect {
        case .vishnubob:
            """
            Usage:
                \(name) host:port [-s] [-t timeout] [-- command args]
                -h HOST | --host=HOST       the host
                -p PORT | --port=PORT       its port
                -s | --strict               run the command only if the port was there
                -q | --quiet                write nothing
                -t TIMEOUT | --timeout=TIMEOUT
                                            seconds, zero for no timeout (default 15)
                -- COMMAND ARGS             what is run afterwards

            """
        case .eficode:
            """
            Usage:
              \(name) host:port|url [-t timeout] [-- command args]
              -q | --quiet                        write nothing
              -t TIMEOUT | --timeout=timeout      seconds, zero for no timeout (default 15)
              -- COMMAND ARGS                     what is run afterwards

            """
        }
    }

    static func run(
        _ dialect: Dialect,
        _ name: String,
        _ words: [String],
        isCheck: Bool,
        _ voice: WaitStandIn.Voice
    ) async throws(Failure) -> WaitStandIn.Ending {
        let question: Question
        do throws(Other) {
            question = try read(dialect, name, words)
        } catch {
            voice.errors(error.text)
            return .code(error.code)
        }
        if isCheck { return .code(0) }
        let say: @MainLoop (String) -> Void = { text in
            if !question.isQuiet { voice.errors(text + "\n") }
        }
        let (isThere, signal) = await (try Interruptible()).run {
            await wait(dialect, name, question, say)
        }
        if let signal { return .code(128 + signal) }
        if isThere == true {
            return question.command.isEmpty ? .code(0) : .becomes(question.command)
        }
        guard dialect == .vishnubob else {
            voice.errors("Operation timed out\n")
            return .code(1)
        }
        say(
            "\(name): timeout occurred after waiting \(question.timeout) seconds for \(question.shown)"
        )
        guard !question.command.isEmpty else { return .code(124) }
        guard question.isStrict else { return .becomes(question.command) }
        say("\(name): strict mode, refusing to execute subprocess")
        return .code(124)
    }

    /// Asks each second; whether it was there in time.
    private static func wait(
        _ dialect: Dialect,
        _ name: String,
        _ question: Question,
        _ say: @MainLoop (String) -> Void
    ) async -> Bool {
        let start = Loop.main.now
        let end = question.timeout > 0 ? start + .seconds(question.timeout) : nil
        if dialect == .vishnubob {
            say(
                end == nil
                    ? "\(name): waiting for \(question.shown) without a timeout"
                    : "\(name): waiting \(question.timeout) seconds for \(question.shown)"
            )
        }
        var check = TargetCheck()
        // What wget takes for success, behind redirections.
        check.settings.statuses = [200...299]
        check.settings.follows = true
        while !Task.isCancelled {
            let patience = Loop.main.now + Netcat.kernelPatience
            let deadline = end.map { min($0, patience) } ?? patience
            if case .there = await check.ask(question.target, until: deadline) {
                if dialect == .vishnubob {
                    let seconds = (Loop.main.now - start).components.seconds
                    say("\(name): \(question.shown) is available after \(seconds) seconds")
                }
                return true
            }
            let next = Loop.main.now + .seconds(1)
            if let end, next >= end {
                try? await Loop.main.sleep(until: end)
                return false
            }
            try? await Loop.main.sleep(until: next)
        }
        return false
    }
}
