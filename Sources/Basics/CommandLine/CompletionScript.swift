/// Shell completion made from a program's declaration: commands, options and their choices.
public enum CompletionScript {
    /// The shells there is a script for.
    public static let shells = ["bash", "zsh", "fish"]

    /// The script for a shell; nil for an unknown one.
    public static func text(for shell: String, of program: CommandSpec) -> String? {
        switch shell {
        case "bash": bash(program)
        case "zsh": "autoload -U +X bashcompinit && bashcompinit\n" + bash(program)
        case "fish": fish(program)
        default: nil
        }
    }

    /// Every command with its path below the program.
    private static func walk(
        _ command: CommandSpec,
        _ path: [String] = []
    ) -> [([String], CommandSpec)] {
        [(path, command)]
            + command.subcommands.filter { !$0.isHidden }.flatMap { walk($0, path + [$0.name]) }
    }

    private static func bash(_ program: CommandSpec) -> String {
        let function = "_" + program.name
        var cases = ""
        for (path, command) in walk(program) {
            var words = command.subcommands.filter { !$0.isHidden }.map(\.name)
            words += (program.options + command.options).map { "--" + $0.name }
            words += ["--help"]
            let key = path.joined(separator: " ")
            cases += "        \"\(key)\") words=\"\(words.joined(separator: " "))\" ;;\n"
        }
        var choices = ""
        for option in walk(program).flatMap(\.1.options) {
            guard case .choice(let words) = option.value else { continue }
            let pattern = option.letter.map { "--\(option.name)|-\($0)" } ?? "--\(option.name)"
            choices += "        \(pattern)) words=\"\(words.joined(separator: " "))\" ;;\n"
        }
        return """
            # \(program.name) completion
            \(function)() {
                local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}"
                local path="" words="" word
                for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                    case "$word" in -*|*/*|*.*) ;; *) path="${path:+$path }$word" ;; esac
                done
                while [ -n "$path" ]; do
                    case "$path" in \(walk(program).dropFirst().map { "\"" + $0.0.joined(separator: " ") + "\"" }.joined(separator: "|"))) break ;; esac
                    case "$path" in *" "*) path="${path% *}" ;; *) path="" ;; esac
                done
                case "$path" in
            \(cases)    esac
                case "$previous" in
            \(choices)    esac
                COMPREPLY=($(compgen -W "$words" -- "$current"))
                [ -n "$COMPREPLY" ] || COMPREPLY=($(compgen -f -- "$current"))
            }
            complete -F \(function) \(program.name)

            """
    }

    private static func fish(_ program: CommandSpec) -> String {
        var lines = ["# \(program.name) completion"]
        for (path, command) in walk(program) {
            var condition = "__fish_use_subcommand"
            if let last = path.last { condition = "__fish_seen_subcommand_from \(last)" }
            for sub in command.subcommands where !sub.isHidden {
                lines.append(
                    "complete -c \(program.name) -f -n '\(condition)' -a \(sub.name) "
                        + "-d '\(quoted(sub.summary))'"
                )
            }
            for option in command.options {
                var line = "complete -c \(program.name)"
                if !path.isEmpty { line += " -n '\(condition)'" }
                line += " -l \(option.name)"
                if let letter = option.letter { line += " -s \(letter)" }
                switch option.value {
                case .flag: break
                case .choice(let words): line += " -x -a '\(words.joined(separator: " "))'"
                default: line += " -r"
                }
                lines.append(line + " -d '\(quoted(option.help))'")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func quoted(_ text: String) -> String {
        String(text.map { $0 == "'" ? "’" : $0 })
    }
}
