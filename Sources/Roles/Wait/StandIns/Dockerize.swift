import Basics
import Formats
import HTTP
import Reactor

/// `dockerize -wait` (github.com/jwilder/dockerize): its options for waiting, messages and exit codes.
@MainLoop enum Dockerize {
    /// What the words say.
    struct Question: Hashable {
        var targets: [WaitTarget] = []
        /// As they were written.
        var shown: [String] = []
        var timeout = Duration.seconds(10)
        var timeoutText = "10s"
        var interval = Duration.seconds(1)
        var intervalText = "1s"
        var headers: [String] = []
        var command: [String] = []
    }

    /// Words that only ask for a text, or that are wrong.
    struct Other: Error, Hashable {
        var text: String
        var code: Int32
        /// Whether it goes to the log, with the time before it.
        var isLogged = false
    }

    private nonisolated static let usage = """
        Usage: dockerize [options] [command]
          -wait URL                  wait for tcp://, tcp4://, tcp6://, unix://, http://, https:// or file://
          -timeout DURATION          give up after so long (default 10s)
          -wait-http-header FIELD    a field of requests, 'Name: value'
          -wait-retry-interval DURATION
                                     the pause between attempts (default 1s)
          -version                   show the version

        """

    /// Reads the words.
    nonisolated static func read(_ words: [String]) throws(Other) -> Question {
        var question = Question()
        var rest = words[...]
        var count = 0
        while let word = rest.first, word.hasPrefix("-"), word.count > 1 {
            rest = rest.dropFirst()
            if word == "--" { break }
            count += 1
            let plain = word.drop { $0 == "-" }
            let pair = plain.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = pair.first.map(String.init) ?? ""
            switch name {
            case "version": throw Other(text: "companion\n", code: 0)
            case "help", "h": throw Other(text: usage, code: 0)
            case "wait", "timeout", "wait-http-header", "wait-retry-interval":
                guard let value = pair.count == 2 ? String(pair[1]) : rest.popFirst() else {
                    throw Other(text: "flag needs an argument: -\(name)\n" + usage, code: 2)
                }
                try take(name, value, &question)
            case "template", "stdout", "stderr", "poll", "no-overwrite", "delims":
                throw Other(
                    text: "-\(name) is not supported here: only -wait is",
                    code: 1,
                    isLogged: true
                )
            default:
                throw Other(text: "flag provided but not defined: -\(name)\n" + usage, code: 2)
            }
        }
        question.command = Array(rest)
        if count == 0, question.command.isEmpty { throw Other(text: usage, code: 1) }
        if let header = question.headers.first, question.targets.isEmpty {
            throw Other(
                text: "-wait-http-header \"\(header)\" provided with no -wait option",
                code: 1,
                isLogged: true
            )
        }
        return question
    }

    private nonisolated static func take(
        _ name: String,
        _ value: String,
        _ question: inout Question
    ) throws(Other) {
        switch name {
        case "wait":
            let colons = value.firstRange(of: "://")
            let scheme = colons.map { String(value[..<$0.lowerBound]) } ?? ""
            let rest = colons.map { String(value[$0.upperBound...]) } ?? ""
            let word: String
            switch scheme {
            case "tcp", "tcp4", "tcp6": word = "tcp://" + rest.prefix { $0 != "/" }
            case "unix", "file": word = scheme + ":" + rest.prefix { $0 != "?" }
            case "http", "https": word = value
            default:
                throw Other(
                    text:
                        "invalid host protocol provided: \(scheme). supported protocols are: tcp, tcp4, "
                        + "tcp6 and http",
                    code: 1,
                    isLogged: true
                )
            }
            guard let target = try? WaitTarget(word) else {
                throw Other(text: "bad hostname provided: \(value).", code: 1, isLogged: true)
            }
            question.targets.append(target)
            question.shown.append(value)
        case "wait-http-header":
            guard (try? CheckSettings.header(value)) != nil else {
                throw Other(
                    text:
                        "bad HTTP Headers argument: \(value). expected \"headerName: headerValue\"",
                    code: 1,
                    isLogged: true
                )
            }
            question.headers.append(value)
        default:
            guard let duration = Duration(text: value), duration >= .zero else {
                throw Other(
                    text: "invalid value \"\(value)\" for flag -\(name): parse error\n" + usage,
                    code: 2
                )
            }
            if name == "timeout" {
                (question.timeout, question.timeoutText) = (duration, value)
            } else {
                (question.interval, question.intervalText) = (duration, value)
            }
        }
    }

    static func run(
        _ words: [String],
        isCheck: Bool,
        _ voice: WaitStandIn.Voice
    ) async throws(Failure) -> WaitStandIn.Ending {
        /// As Go's log writes: the time, to the second, before the text.
        let log: @MainLoop (String) -> Void = { text in
            let stamp = Loop.main.moment.wall.rfc3339Micro.prefix(19).map { character in
                character == "-" ? "/" : character == "T" ? " " : character
            }
            voice.errors("\(String(stamp)) \(text)\n")
        }
        let question: Question
        do throws(Other) {
            question = try read(words)
        } catch {
            if error.isLogged { log(error.text) } else { voice.errors(error.text) }
            return .code(error.code)
        }
        if isCheck { return .code(0) }
        for shown in question.shown { log("Waiting for: \(shown)") }
        let end = Loop.main.now + question.timeout
        let (isDone, signal) = await (try Interruptible()).run {
            let tasks = question.targets.indices.map { index in
                Task { @MainLoop in await wait(question, index, end, log) }
            }
            return await withTaskCancellationHandler {
                var isDone = true
                for task in tasks { isDone = await task.value && isDone }
                return isDone
            } onCancel: {
                for task in tasks { task.cancel() }
            }
        }
        if let signal { return .code(128 + signal) }
        guard isDone == true else {
            log(
                "Timeout after \(question.timeoutText) waiting on dependencies to become available: "
                    + "[\(question.shown.joined(separator: " "))]"
            )
            return .code(1)
        }
        return question.command.isEmpty ? .code(0) : .becomes(question.command)
    }

    private static func wait(
        _ question: Question,
        _ index: Int,
        _ end: Instant,
        _ log: @MainLoop (String) -> Void
    ) async -> Bool {
        var check = TargetCheck()
        check.settings.statuses = [200...299]
        check.settings.follows = true
        for text in question.headers {
            guard let field = try? CheckSettings.header(text) else { continue }
            check.settings.headers.append(field.name, field.value)
        }
        let shown = question.shown[index]
        let rest = "Sleeping \(question.intervalText)"
        while !Task.isCancelled, Loop.main.now < end {
            switch (await check.ask(question.targets[index], until: end), question.targets[index]) {
            case (.there, .file):
                log("File \(shown) had been generated")
                return true
            case (.there(let detail), .http):
                log("Received \(detail.split(separator: " ").last ?? "") from \(shown)")
                return true
            case (.there, _):
                log("Connected to \(shown)")
                return true
            case (.missing, .file): break
            case (.missing(let reason), .http) where reason.hasPrefix("status "):
                log("Received \(reason.dropFirst(7)) from \(shown). \(rest)")
            case (.missing(let reason), .http):
                log("Problem with request to \(shown): \(reason). \(rest)")
            case (.missing(let reason), _):
                log("Problem with dial \(shown): \(reason). \(rest)")
            }
            // A pause of nothing would keep the processor busy.
            let pause = max(question.interval, .milliseconds(10))
            try? await Loop.main.sleep(until: min(end, Loop.main.now + pause))
        }
        return false
    }
}
