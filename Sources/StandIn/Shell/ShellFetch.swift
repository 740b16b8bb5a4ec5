package import Formats

/// A script of a shell that fetches files: calls of curl, with words to the reader around them.
///
///     curl -o /config/app.conf https://config-server/myapp/config
///     curl -o /config/other.json https://config-server/other
///
/// Nothing is run to find out. What the script does is known exactly, or it is refused.
package struct ShellFetch: Sendable, Hashable {
    /// What a line does.
    package enum Step: Sendable, Hashable {
        /// curl is called with these words.
        case curl([String])
        /// A text is written, its line feed included.
        case say(String, isError: Bool)
        /// Nothing is done for a while.
        case pause(Duration)
        /// The shell ends.
        case end(Int32)
    }

    /// A step, and what its success decides.
    package struct Line: Sendable, Hashable {
        /// What is done.
        package var step: Step
        /// Whether it is left out if the line before has failed (`&&`).
        package var needsLast: Bool
        /// Whether its failure ends the script (`set -e`, on a line that no `&&` follows).
        package var isStrict: Bool
    }

    /// The lines, in their order.
    package var lines: [Line]
    /// What of the script is done in another way, one sentence each.
    package var notes: [String]

    /// Reads a command: `sh -c SCRIPT`, also with `busybox` or `exec` in front.
    ///
    /// - Parameters:
    ///   - words: The command and its arguments, as a manifest has them.
    ///   - environment: The variables of the container.
    /// - Returns: What it does.
    /// - Throws: Why it is not understood, with line and column.
    package static func read(
        _ words: [String],
        environment: [String: String]
    ) throws(ConfigurationErrors) -> ShellFetch {
        let log = FindingLog(isLenient: false)
        var reader = ShellFetchReader(ShellWaitReader(log: log, environment: environment))
        let found = reader.read(words)
        guard let found, !log.hasErrors else {
            if !log.hasErrors {
                log.error(Place(ShellLexer.file, nil), "the command is not known here")
            }
            throw ConfigurationErrors(log.sorted)
        }
        return found
    }
}

/// Recognises scripts that fetch.
private struct ShellFetchReader {
    let shell: ShellWaitReader
    private var lines: [ShellFetch.Line] = []

    init(_ shell: ShellWaitReader) {
        self.shell = shell
    }

    mutating func read(_ words: [String]) -> ShellFetch? {
        let rest = words.drop { ["busybox", "exec"].contains(ShellWaitReader.name($0)) }
        guard let script = shell.script(rest), let tokens = shell.tokens(of: script) else {
            return nil
        }
        var statements = ShellStatements(tokens)
        var needsLast = false
        while let statement = statements.next() {
            var isChained = false
            if case .sign(let sign, let position) = statement.end {
                isChained = sign == "&&"
                guard sign == ";" || isChained else {
                    shell.refuse(
                        "\"\(sign)\" is not known here",
                        position,
                        "write one command after the other"
                    )
                    return nil
                }
            }
            guard let first = statement.tokens.first else { continue }
            guard let steps = steps(statement.tokens, first) else { return nil }
            for step in steps {
                let isStrict = shell.endsOnFailure && !isChained
                lines.append(.init(step: step, needsLast: needsLast, isStrict: isStrict))
            }
            guard lines.count <= ShellWait.stepsMaximum else {
                shell.refuse(
                    "there are more than \(ShellWait.stepsMaximum) commands",
                    first.position
                )
                return nil
            }
            needsLast = isChained
        }
        return ShellFetch(lines: lines, notes: shell.notes)
    }

    private func steps(_ tokens: [ShellToken], _ first: ShellToken) -> [ShellFetch.Step]? {
        guard shell.isPlain(first), ShellWaitReader.name(first.plainText ?? "") == "curl" else {
            guard let steps = shell.steps(tokens, isBody: false) else { return nil }
            var known: [ShellFetch.Step] = []
            for step in steps {
                switch step {
                case .say(let text, let isError): known.append(.say(text, isError: isError))
                case .pause(let time): known.append(.pause(time))
                case .end(let code): known.append(.end(code))
                case .until:
                    shell.refuse(
                        "a loop beside curl is not known here",
                        first.position,
                        "wait in an init container of its own"
                    )
                    return nil
                }
            }
            return known
        }
        guard let command = shell.command(tokens) else { return nil }
        var words = Array(command.words.dropFirst())
        switch command.output {
        case .standard: break
        case .nowhere: words += ["-o", "/dev/null"]
        case .file(let path): words += ["-o", path]
        case .errors:
            shell.refuse("curl's output to standard error is not known here", first.position)
            return nil
        }
        guard command.opens == nil, command.problems == .errors else {
            shell.refuse("this redirection of curl is not known here", first.position)
            return nil
        }
        return [.curl(words)]
    }
}
