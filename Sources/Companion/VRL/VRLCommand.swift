internal import Basics
internal import Formats
internal import Reactor
internal import Records
internal import Roles
internal import System
internal import VRL

/// What `companion vrl` does: reads, runs, writes.
@MainLoop struct VRLCommand {
    /// The longest line that is taken as an event.
    static let lineMaximum = 16 << 20

    private let script: String?
    private let scriptName: String
    private let input: String?
    private let showsEvent: Bool
    private let isCheck: Bool
    private let showsWarnings: Bool
    private let isQuiet: Bool
    private let surroundings: Surroundings

    /// Reads the options, and the script's file if there is one.
    init(_ invocation: Invocation) throws(Failure) {
        let file = invocation.text("program")
        let word = invocation.arguments.first
        if let file, word != nil {
            throw Failure(
                .invalid,
                "a script is given twice",
                cause: "as an argument and with --program \(file)",
                remedy: "leave one of them out"
            )
        }
        if let file {
            do throws(SystemError) {
                script = try Files.text(file, limit: VRL.Program.sourceMaximum)
            } catch {
                throw Failure(.unavailable, "cannot read the script \(file)", cause: "\(error)")
            }
        } else {
            script = word
        }
        scriptName = file ?? ""
        input = invocation.text("input")
        showsEvent = invocation.flag("print-object")
        isCheck = invocation.flag("check")
        showsWarnings = invocation.flag("print-warnings")
        isQuiet = invocation.flag("quiet")
        surroundings = .machine(zone: invocation.text("timezone") ?? "local") { level, text in
            try? Descriptors.writeAll(2, Array("\(level): \(text)\n".utf8))
        }
    }

    /// Does it.
    func run() throws(Failure) -> Int32 {
        guard let script else { return try converse() }
        let program: VRL.Program
        do throws(CompileError) {
            program = try VRL.Program(
                compiling: script,
                name: scriptName,
                zone: surroundings.zone
            )
        } catch {
            Console.note("\n\(error)")
            return 1
        }
        if showsWarnings || isCheck, !program.warnings.isEmpty {
            Console.note("\n\(program.warningText)")
        }
        if isCheck {
            Console.line("the script is understood")
            return 0
        }
        let lines = EventLines(program, surroundings, showsEvent: showsEvent)
        var isEmpty = true
        try readLines { (line) throws(Failure) in
            isEmpty = false
            show(lines.run(line))
        }
        if isEmpty { show(lines.run(.object([:]))) }
        return 0
    }

    private func show(_ outcome: EventLines.Outcome) {
        if outcome.isError {
            Console.note(outcome.text)
        } else {
            Console.line(outcome.text)
        }
    }

    // MARK: Input

    /// Each line of the input that is not blank.
    private func readLines(_ take: (Span<UInt8>) throws(Failure) -> Void) throws(Failure) {
        var descriptor: Int32 = 0
        var file: Int32?
        defer { if let file { Descriptors.close(file) } }
        do throws(SystemError) {
            if let input {
                let opened = try Descriptors.open(input)
                descriptor = opened.release()
                file = descriptor
            }
        } catch {
            throw Failure(
                .unavailable,
                "cannot read the events of \(input ?? "")",
                cause: "\(error)"
            )
        }
        var rest: [UInt8] = []
        while true {
            let more: [UInt8]
            do throws(SystemError) {
                more = try Descriptors.read(descriptor, upTo: 65536)
            } catch {
                throw Failure(.unavailable, "cannot read events", cause: "\(error)")
            }
            rest += more
            var start = 0
            while let end = rest[start...].firstIndex(of: 0x0A) {
                if end > start { try take(rest.span.extracting(start..<end)) }
                start = end + 1
            }
            rest.removeSubrange(..<start)
            if more.isEmpty {
                if !rest.isEmpty { try take(rest.span) }
                return
            }
            guard rest.count <= Self.lineMaximum else {
                throw Failure(
                    .exhausted,
                    "cannot read an event",
                    cause: "a line is longer than \(Self.lineMaximum) bytes"
                )
            }
        }
    }

    // MARK: Conversation

    private func converse() throws(Failure) -> Int32 {
        var events: [Value] = []
        if input != nil {
            try readLines { (line) throws(Failure) in
                do throws(JSONMistake) {
                    events.append(try JSONReader.value(line))
                } catch {
                    throw Failure(.invalid, "an event is no JSON", cause: "\(error)")
                }
            }
        }
        let talk = REPL(events: events, surroundings)
        let isTerminal = Terminal.isTerminal(0)
        if isTerminal, !isQuiet { Console.write(REPL.banner) }
        var rest: [UInt8] = []
        while !talk.isOver {
            if isTerminal { Console.write(REPL.prompt) }
            while !rest.contains(0x0A) {
                guard let more = try? Descriptors.read(0, upTo: 65536), !more.isEmpty,
                    rest.count < VRL.Program.sourceMaximum
                else {
                    if !rest.isEmpty {
                        Console.write(talk.answer(String(decoding: rest, as: UTF8.self)))
                    }
                    return 0
                }
                rest += more
            }
            let end = rest.firstIndex(of: 0x0A) ?? rest.count
            Console.write(talk.answer(String(decoding: rest[..<end], as: UTF8.self)))
            rest.removeSubrange(...end)
        }
        return 0
    }
}
