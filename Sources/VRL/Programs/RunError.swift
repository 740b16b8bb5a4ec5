public import Formats

/// Why a script ended without a value.
public enum RunError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The script said `abort`, with a message or without.
    case aborted(String?)
    /// A call with `!` failed, or a limit was reached; VRL's text, and where in the script.
    case failed(String, at: Position)

    /// The text as VRL says it: `function call error for "parse_json" at (0:18): ...`.
    public var description: String {
        switch self {
        case .aborted(let message): message ?? "aborted"
        case .failed(let message, _): message
        }
    }
}
