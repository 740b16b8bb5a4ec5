/// Reads a command line by its declaration.
///
/// Options may stand before or after the arguments and those of a parent command also behind the
/// subcommand; `--name value`, `--name=value`, `-n value`, `-nvalue` and joined flags (`-it`) work.
/// `--` ends the options.
public struct CommandParser: Sendable {
    /// What the command line asks for.
    public enum Outcome: Sendable {
        /// Run this command.
        case run(Invocation)
        /// Print this help text.
        case help(String)
    }

    /// A command line that cannot be understood; the text is for the user.
    public struct UsageError: Error, Sendable, CustomStringConvertible {
        /// What is wrong, and what to do.
        public let description: String
    }

    private let program: CommandSpec

    /// A parser for the program's root command.
    public init(_ program: CommandSpec) {
        self.program = program
    }

    /// Parses the words after the program's name.
    ///
    /// - Throws: `UsageError` with one sentence that names the word.
    public func parse(_ words: [String]) throws(UsageError) -> Outcome {
        var chain = [program]
        var invocation = Invocation(path: [], arguments: [])
        var rest = words[...]
        while let word = rest.popFirst() {
            guard let current = chain.last else { break }
            if word == "--" {
                invocation.rest = Array(rest)
                break
            }
            if word == "--help" || word == "-h" { return .help(HelpText.of(chain)) }
            if word.hasPrefix("--") {
                try long(word.dropFirst(2), chain, &rest, &invocation)
            } else if word.hasPrefix("-"), word.count > 1 {
                try short(word, chain, &rest, &invocation)
            } else if !current.subcommands.isEmpty {
                if word == "help" { return .help(HelpText.of(try descend(chain, Array(rest)))) }
                chain.append(try descend(chain, [word]).last ?? current)
                invocation.path.append(chain.last?.name ?? word)
            } else {
                invocation.arguments.append(word)
            }
        }
        try check(&invocation, chain)
        return .run(invocation)
    }

    private func descend(
        _ chain: [CommandSpec],
        _ words: [String]
    ) throws(UsageError) -> [CommandSpec] {
        var chain = chain
        for word in words where !word.hasPrefix("-") {
            guard let current = chain.last, let next = current.subcommand(word) else {
                let known = chain.last?.subcommands.filter { !$0.isHidden }.map(\.name) ?? []
                throw error("unknown command '\(word)'", nearest: word, among: known, chain)
            }
            chain.append(next)
        }
        return chain
    }

    private func long(
        _ text: Substring,
        _ chain: [CommandSpec],
        _ rest: inout ArraySlice<String>,
        _ invocation: inout Invocation
    ) throws(UsageError) {
        let name = String(text.prefix { $0 != "=" })
        guard let option = chain.flatMap(\.options).last(where: { $0.name == name }) else {
            let known = chain.flatMap(\.options).map(\.name)
            throw error("unknown option '--\(name)'", nearest: name, among: known, chain, "--")
        }
        var value: String?
        if text.count > name.count { value = String(text.dropFirst(name.count + 1)) }
        try set(option, "--" + name, value, chain, &rest, &invocation)
    }

    private func short(
        _ word: String,
        _ chain: [CommandSpec],
        _ rest: inout ArraySlice<String>,
        _ invocation: inout Invocation
    ) throws(UsageError) {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            guard let option = chain.flatMap(\.options).last(where: { $0.letter == letter }) else {
                throw error("unknown option '-\(letter)'", nearest: "", among: [], chain)
            }
            guard option.value == .flag else {
                if letters.first == "=" { letters.removeFirst() }
                let value = letters.isEmpty ? nil : String(letters)
                try set(option, "-\(letter)", value, chain, &rest, &invocation)
                return
            }
            add("true", to: option, &invocation)
        }
    }

    private func set(
        _ option: OptionSpec,
        _ spelling: String,
        _ given: String?,
        _ chain: [CommandSpec],
        _ rest: inout ArraySlice<String>,
        _ invocation: inout Invocation
    ) throws(UsageError) {
        if option.value == .flag {
            let value = given ?? "true"
            guard value == "true" || value == "false" else {
                throw error("'\(spelling)' is true or false, not '\(value)'", chain)
            }
            return add(value, to: option, &invocation)
        }
        guard let value = given ?? rest.popFirst() else {
            throw error("option '\(spelling)' needs a value", chain)
        }
        switch option.value {
        case .number where Int(value) == nil:
            throw error("'\(spelling)' needs a whole number, not '\(value)'", chain)
        case .duration where Self.duration(value) == nil:
            throw error("'\(spelling)' needs a duration such as 30s or 5m, not '\(value)'", chain)
        case .choice(let words) where !words.contains(value):
            let list = words.joined(separator: ", ")
            throw error("'\(spelling)' is one of \(list), not '\(value)'", chain)
        default: add(value, to: option, &invocation)
        }
    }

    /// A duration as people type it: `1h30m`, `250ms`, or plain seconds; never negative.
    static func duration(_ text: String) -> Duration? {
        if let seconds = Double(text), seconds >= 0, seconds < 1e9 {
            return .nanoseconds(Int64(seconds * 1e9))
        }
        guard let duration = Duration(text: text), duration >= .zero else { return nil }
        return duration
    }

    private func add(_ value: String, to option: OptionSpec, _ invocation: inout Invocation) {
        if option.repeats {
            invocation.values[option.name, default: []].append(value)
        } else {
            invocation.values[option.name] = [value]
        }
    }

    private func check(
        _ invocation: inout Invocation,
        _ chain: [CommandSpec]
    ) throws(UsageError) {
        guard let command = chain.last else { return }
        guard command.subcommands.isEmpty || command.runsAlone else {
            throw error("a command is missing", chain)
        }
        var needed = 0
        var allowed = 0
        for argument in command.arguments {
            switch argument.arity {
            case .one: (needed, allowed) = (needed + 1, allowed &+ 1)
            case .optional: allowed = allowed &+ 1
            case .any: allowed = .max / 2
            case .some: (needed, allowed) = (needed + 1, .max / 2)
            }
        }
        let count = invocation.arguments.count
        if count < needed {
            let name = command.arguments[min(count, command.arguments.count - 1)].name
            throw error("argument \(name) is missing", chain)
        }
        if count > allowed {
            throw error("unexpected argument '\(invocation.arguments[allowed])'", chain)
        }
    }

    private func error(_ text: String, _ chain: [CommandSpec]) -> UsageError {
        let line = chain.map(\.name).joined(separator: " ")
        return UsageError(description: "\(text); see '\(line) --help'")
    }

    private func error(
        _ text: String,
        nearest word: String,
        among known: [String],
        _ chain: [CommandSpec],
        _ prefix: String = ""
    ) -> UsageError {
        guard let match = NearestMatch.of(word, among: known) else { return error(text, chain) }
        return UsageError(description: "\(text); did you mean '\(prefix)\(match)'?")
    }
}
