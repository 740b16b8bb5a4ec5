package import Formats

/// A script that a manifest hands to a shell, taken apart so that it can be done without one: what it waits for,
/// what it fetches, and the loops, counters and conditions around that.
///
///     for i in $(seq 1 30); do nc -z db 5432 && exit 0; sleep 1; done; exit 1
///
/// Nothing is run to find out. What a script does is known exactly, or it is refused.
package struct ShellProgram: Sendable, Hashable {
    /// Its steps.
    let steps: [ShellStep]
    /// Whether a command that fails ends it from the start (`sh -e`).
    let endsOnFailure: Bool
    /// Whether it is bash's.
    let isBash: Bool
    /// What of it is done in another way, one sentence each.
    package let notes: [String]
    /// The first thing that it asks, as it is written; nil if it asks nothing.
    package let firstQuestion: String?
    /// Whether it brings files with curl or wget.
    package let fetches: Bool

    /// Whether it does anything again and again.
    var hasLoops: Bool {
        steps.contains { if case .again = $0.instruction { true } else { false } }
    }

    /// The most steps of a script.
    package static let stepsMaximum = 4096

    /// Reads a command: `sh -c SCRIPT`, also with `busybox` or `exec` in front.
    ///
    /// - Parameters:
    ///   - words: The command and its arguments, as a manifest has them.
    ///   - environment: The variables of the container.
    ///   - isUnknown: Whether a variable has a value that only the container will know.
    /// - Returns: What it does.
    /// - Throws: Why it is not understood, with line and column.
    package static func read(
        _ words: [String],
        environment: [String: String],
        isUnknown: @escaping (String) -> Bool = { _ in false }
    ) throws(ConfigurationErrors) -> ShellProgram {
        let log = FindingLog(isLenient: false)
        let reader = ShellScriptReader(log: log, environment: environment, isUnknown: isUnknown)
        let found = reader.read(words)
        guard let found, !log.hasErrors else {
            if !log.hasErrors {
                log.error(Place(ShellLexer.file, nil), "the command is not known here")
            }
            throw ConfigurationErrors(log.sorted)
        }
        return found
    }

    /// Begins to do what it says.
    ///
    /// - Parameter environment: The variables of the container.
    /// - Returns: The script before its first step.
    package func start(environment: [String: String]) -> ShellMachine {
        ShellMachine(self, environment: environment)
    }
}
