/// Why a text is not of a form: one sentence.
public struct ParseMistake: Error, Sendable, Hashable, CustomStringConvertible {
    /// The sentence, without a full stop.
    public var message: String

    /// Makes an error.
    public init(_ message: String) {
        self.message = message
    }

    /// The sentence.
    public var description: String { message }
}
