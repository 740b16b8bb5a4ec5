/// The help of a command, made from its declaration.
enum HelpText {
    private static let width = 100

    /// The help of the last command of a chain that begins with the program.
    static func of(_ chain: [CommandSpec]) -> String {
        guard let command = chain.last else { return "" }
        var text = capitalized(command.summary) + ".\n\nUsage:\n  "
        text += chain.map(\.name).joined(separator: " ")
        if !command.subcommands.isEmpty { text += " COMMAND" }
        text += command.arguments.map { " " + usage(of: $0) }.joined()
        text += " [OPTIONS]\n"
        let commands = command.subcommands.filter { !$0.isHidden }
        if !commands.isEmpty {
            text += "\nCommands:\n" + table(commands.map { ($0.name, $0.summary) })
        }
        if !command.arguments.isEmpty {
            text += "\nArguments:\n" + table(command.arguments.map { ($0.name, $0.help) })
        }
        let own = command.options.map { (spelling(of: $0), help(of: $0)) }
        text += "\nOptions:\n" + table(own + [("-h, --help", "show this help")])
        let inherited = chain.dropLast().flatMap(\.options)
        if !inherited.isEmpty {
            let rows = inherited.map { (spelling(of: $0), help(of: $0)) }
            text += "\nGlobal options:\n" + table(rows)
        }
        if !command.discussion.isEmpty { text += "\n" + command.discussion + "\n" }
        if !command.aliases.isEmpty {
            text += "\nAlso called: " + command.aliases.joined(separator: ", ") + "\n"
        }
        return text
    }

    private static func capitalized(_ text: String) -> String {
        text.prefix(1).uppercased() + text.dropFirst()
    }

    private static func usage(of argument: CommandSpec.Argument) -> String {
        switch argument.arity {
        case .one: argument.name
        case .optional: "[\(argument.name)]"
        case .any: "[\(argument.name)...]"
        case .some: "\(argument.name)..."
        }
    }

    /// How an option is written, with its placeholder.
    private static func spelling(of option: OptionSpec) -> String {
        var text = option.letter.map { "-\($0), " } ?? "    "
        text += "--" + option.name
        switch option.value {
        case .flag: break
        case .text(let placeholder), .number(let placeholder): text += " " + placeholder
        case .duration: text += " DURATION"
        case .choice(let words): text += " " + words.joined(separator: "|")
        }
        return text
    }

    private static func help(of option: OptionSpec) -> String {
        var text = option.help
        if option.repeats { text += "; may be repeated" }
        if let byDefault = option.byDefault { text += " (default \(byDefault))" }
        return text
    }

    /// Two columns, the second wrapped to the width.
    private static func table(_ rows: [(String, String)]) -> String {
        let column = min(30, rows.map(\.0.count).max() ?? 0) + 4
        var text = ""
        for (left, right) in rows {
            var line = "  " + left
            if line.count > column - 2 {
                text += line + "\n"
                line = ""
            }
            for word in right.split(separator: " ") {
                if line.count < column {
                    line += String(repeating: " ", count: column - line.count) + word
                } else if line.count + word.count + 1 > width {
                    text += line + "\n"
                    line = String(repeating: " ", count: column) + word
                } else {
                    line += " " + word
                }
            }
            text += line + "\n"
        }
        return text
    }
}
