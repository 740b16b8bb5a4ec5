public import Basics

/// A text that cannot be read: one sentence, what to do, and where in the text.
public struct FormatError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, without a full stop.
    public var what: String
    /// What the writer of the text can do, without a full stop; empty if it is obvious.
    public var remedy: String
    /// Where the text is wrong; `nil` for texts of one value, such as a quantity.
    public var position: Position?

    /// Makes an error from its sentence and place.
    public init(_ what: String, remedy: String = "", at position: Position? = nil) {
        self.what = what
        self.remedy = remedy
        self.position = position
    }

    /// The sentence with its place in front: `3:7: what; remedy`.
    public var description: String {
        (position.map { "\($0): " } ?? "") + what + (remedy.isEmpty ? "" : "; " + remedy)
    }

    /// The same as a failure of reading `subject`, a file or a request body.
    public func failure(reading subject: String) -> Failure {
        let place = position.map { ":\($0)" } ?? ""
        return Failure(
            .invalid,
            "cannot read \(subject)\(place)",
            cause: what,
            remedy: remedy
        )
    }
}
