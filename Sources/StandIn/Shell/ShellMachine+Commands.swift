import Basics

/// A command that waits for its answer.
enum ShellPending: Sendable {
    /// Its exit code is the answer's; what it writes if it is well.
    case status(says: String, ShellSinks, isTested: Bool)
    /// Its text goes to the script.
    case text(ShellSinks, isTested: Bool)
    /// A test hangs on a file.
    case test(ShellTest.FileQuestion, [String], ShellSinks, isTested: Bool)
    /// A file is filtered.
    case filter(ShellFilter, ShellSinks, isTested: Bool)
    /// A time is written.
    case time(String, ShellSinks, isTested: Bool)
    case pause
}

/// Where what a command writes goes.
struct ShellSinks: Sendable, Hashable {
    var output: ShellSink
    var problems: ShellSink
}

extension ShellMachine {
    /// Where a path leads; nil for a file.
    static func sink(_ path: String) -> ShellSink? {
        switch path {
        case "/dev/null": .nowhere
        case "/dev/stdout", "/proc/1/fd/1", "/proc/self/fd/1", "/dev/fd/1": .output
        case "/dev/stderr", "/proc/1/fd/2", "/proc/self/fd/2", "/dev/fd/2": .errors
        default: nil
        }
    }

    /// Takes a redirection.
    mutating func apply(_ redirect: ShellRedirect) {
        if redirect.sign == "<" {
            _ = redirect.path.map { expand($0) }
            return
        }
        let sink: ShellSink
        if let path = redirect.path {
            let text = expand(path).joined()
            let known = Self.sink(text)
            // Standard output is what it is here: a pipe, or what the script reads.
            sink = known == .output ? output : known == .errors ? problems : known ?? .file(text)
        } else {
            sink = redirect.other == 1 ? output : problems
        }
        if redirect.number == 1 { output = sink }
        if redirect.number == 2 || redirect.sign.hasPrefix("&") { problems = sink }
    }

    // MARK: Commands

    /// Runs a command.
    ///
    /// - Returns: What others are to do for it.
    mutating func run(_ call: ShellCall, isTested: Bool) -> ShellAction? {
        let before = (output: output, problems: problems)
        var hidden: [(name: String, value: String?)] = []
        for assignment in call.variables {
            hidden.append((assignment.name, variables[assignment.name]))
            variables[assignment.name] = expand(assignment.value).joined()
        }
        let line = call.words.flatMap { word in
            call.keepsWords ? [expand(word).joined(separator: " ")] : expand(word)
        }
        var text: String?
        for redirect in call.redirects {
            if redirect.sign == "<<" {
                text = redirect.path.map { expand($0).joined() }
            } else {
                apply(redirect)
            }
        }
        captured = []
        let own = variables
        let sinks = ShellSinks(output: output, problems: problems)
        (output, problems) = before
        for (name, value) in hidden.reversed() { variables[name] = value }
        var around = ShellPlan.Surroundings(
            isBash: program.isBash,
            isHeard: sinks.output == .script,
            hasInput: text != nil || input != nil,
            variable: { [environment] in own[$0] ?? environment[$0] }
        )
        if case .file(let path) = sinks.output { around.file = path }
        if case .file(let path) = sinks.problems { around.file = around.file ?? path }
        if let path = call.redirects.first(where: { $0.sign == "<" })?.path {
            let text = expand(path).joined()
            if text.hasPrefix("/dev/tcp/") { around.file = text }
        }
        guard !line.isEmpty else {
            status = 0
            return nil
        }
        let plan: ShellPlan
        do throws(ShellRefusal) {
            plan = try ShellPlan.make(line, around)
        } catch {
            fail("\(call.position): \(error.what)", sinks, isTested)
            return nil
        }
        return carry(out: plan, sinks, own, text ?? input ?? "", isTested)
    }

    /// What cannot be done is said, and is a failure, as it is with a shell.
    private mutating func fail(_ text: String, _ sinks: ShellSinks, _ isTested: Bool) {
        write("sh: \(text)\n", to: sinks.problems)
        settle(2, isTested)
    }

    private mutating func carry(
        out plan: ShellPlan,
        _ sinks: ShellSinks,
        _ own: [String: String],
        _ input: String,
        _ isTested: Bool
    ) -> ShellAction? {
        switch plan {
        case .say(let text):
            write(text, to: sinks.output)
            settle(0, isTested)
        case .pause(let time):
            pending = .pause
            return .pause(time)
        case .status(let code): settle(code, isTested)
        case .strict(let isStrict):
            endsOnFailure = isStrict
            status = 0
        case .unset(let names):
            for name in names { variables[name] = "" }
            status = 0
        case .ask(let question, let says):
            pending = .status(says: says, sinks, isTested: isTested)
            return .ask(question)
        case .transfer(let program, let words):
            pending = .text(sinks, isTested: isTested)
            return .transfer(
                ShellTransfer(
                    program: program,
                    words: words,
                    variables: own,
                    output: sinks.output,
                    problems: sinks.problems
                )
            )
        case .test(let words):
            facts = [:]
            return test(words, sinks, isTested)
        case .calculate(let texts, let isWritten):
            calculate(texts, isWritten: isWritten, sinks, isTested)
        case .filter(let filter):
            guard let file = filter.file else {
                finish(filter, input, sinks, isTested)
                return nil
            }
            pending = .filter(filter, sinks, isTested: isTested)
            return .read(file)
        case .time(let format):
            pending = .time(format, sinks, isTested: isTested)
            return .time
        }
        return nil
    }

    /// Takes the answer to a command.
    mutating func finish(_ pending: ShellPending, _ answer: ShellAnswer) {
        switch pending {
        case .pause: status = 0
        case .status(let says, let sinks, let isTested):
            if answer.status == 0, sinks.output == .script { write(says, to: .script) }
            settle(answer.status, isTested)
        case .text(let sinks, let isTested):
            if sinks.output == .script { write(answer.text, to: .script) }
            settle(answer.status, isTested)
        case .test(let question, let words, let sinks, let isTested):
            facts[question] = answer.status == 0
            self.pending = nil
            // With what is known now it may hang on another file.
            if let action = test(words, sinks, isTested) { texts.append(action) }
        case .filter(let filter, let sinks, let isTested):
            guard answer.status == 0 else {
                write("sh: cannot read \(filter.file ?? "")\n", to: sinks.problems)
                settle(1, isTested)
                return
            }
            finish(filter, answer.text, sinks, isTested)
        case .time(let format, let sinks, let isTested):
            let text = ShellTime.text(format, seconds: Int64(answer.text) ?? 0)
            write(text + "\n", to: sinks.output)
            settle(0, isTested)
        }
    }

    private mutating func finish(
        _ filter: ShellFilter,
        _ text: String,
        _ sinks: ShellSinks,
        _ isTested: Bool
    ) {
        let made = filter.run(text)
        write(made.text, to: sinks.output)
        settle(made.status, isTested)
    }

    private mutating func test(
        _ words: [String],
        _ sinks: ShellSinks,
        _ isTested: Bool
    ) -> ShellAction? {
        do throws(ShellTest.Mistake) {
            switch try ShellTest.value(of: words, facts: facts) {
            case .known(let value): settle(value ? 0 : 1, isTested)
            case .needs(let question):
                pending = .test(question, words, sinks, isTested: isTested)
                return .ask(.file(question.path, question.test))
            }
        } catch {
            fail(error.text, sinks, isTested)
        }
        return nil
    }

    /// Ends a command.
    private mutating func settle(_ code: Int32, _ isTested: Bool) {
        status = code
        check(isTested: isTested)
    }

    /// Writes a text to where it belongs.
    mutating func write(_ text: String, to sink: ShellSink) {
        guard !text.isEmpty else { return }
        switch sink {
        case .output: texts.append(.say(text, isError: false))
        case .errors: texts.append(.say(text, isError: true))
        case .nowhere, .file: break
        case .script:
            guard
                let index = frames.lastIndex(where: { $0.kind == .capture || $0.kind == .pipe })
            else { return }
            let left = Self.textMaximum - frames[index].text.utf8.count
            if left > 0 { frames[index].text += text.utf8.count <= left ? text : "" }
        }
    }

    // MARK: Variables

    mutating func assign(_ assignments: [ShellAssignment], isTested: Bool) {
        for assignment in assignments {
            variables[assignment.name] = expand(assignment.value).joined()
        }
        captured = []
        status = capturedStatus ?? 0
        capturedStatus = nil
        check(isTested: isTested)
    }

    mutating func calculate(_ word: ShellWord, isTested: Bool) {
        let text = expand(word).joined()
        captured = []
        let sinks = ShellSinks(output: output, problems: problems)
        calculate([text], isWritten: false, sinks, isTested)
    }

    private mutating func calculate(
        _ texts: [String],
        isWritten: Bool,
        _ sinks: ShellSinks,
        _ isTested: Bool
    ) {
        var last: Int64 = 0
        for text in texts {
            do throws(ShellArithmetic.Mistake) {
                last = try value(of: text)
            } catch {
                fail(error.text, sinks, isTested)
                return
            }
        }
        if isWritten { write("\(last)\n", to: sinks.output) }
        settle(last != 0 ? 0 : 1, isTested)
    }

    private mutating func value(of text: String) throws(ShellArithmetic.Mistake) -> Int64 {
        let (value, changes) = try ShellArithmetic.value(of: text) { [variables, environment] in
            variables[$0] ?? environment[$0]
        }
        for change in changes { variables[change.name] = String(change.value) }
        return value
    }

    // MARK: Words

    /// The words that a word becomes.
    mutating func expand(_ word: ShellWord) -> [String] {
        if word.pieces == [.variable("@", standard: nil)] { return words }
        let text = text(of: word.pieces)
        guard word.isPlain, word.fixed == nil else { return [text] }
        return text.split { $0 == " " || $0 == "\t" || $0 == "\n" }.map(String.init)
    }

    /// A word as one text, whatever blanks its variables have.
    mutating func whole(_ word: ShellWord) -> String { text(of: word.pieces) }

    private mutating func text(of pieces: [ShellPiece]) -> String {
        var made = ""
        for piece in pieces {
            switch piece {
            case .text(let text): made += text
            case .variable(let name, let standard):
                let value = value(named: name)
                guard let standard else {
                    made += value
                    continue
                }
                let other = text(of: standard)
                made += value.isEmpty ? other : value
            case .output: made += captured.isEmpty ? "" : captured.removeFirst()
            case .arithmetic(let inner):
                let text = text(of: inner)
                do throws(ShellArithmetic.Mistake) {
                    made += String(try value(of: text))
                } catch {
                    // A shell ends at this.
                    write("sh: \(error.text)\n", to: problems)
                    end(2)
                }
            }
        }
        return made
    }

    private func value(named name: String) -> String {
        switch name {
        case "?": return String(status)
        case "#": return String(words.count)
        case "@", "*": return words.joined(separator: " ")
        case "0": return "sh"
        default:
            if let number = Int(name) {
                return number <= words.count && number > 0 ? words[number - 1] : ""
            }
            return variables[name] ?? environment[name] ?? ""
        }
    }
}
