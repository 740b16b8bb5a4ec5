public import Basics

/// What a parser makes of a text.
public struct ParsedRecord: Sendable, Hashable {
    /// The fields.
    public var fields: Fields
    /// The time that the text says; nil if it says none.
    public var time: Timestamp?
    /// Whether there is a field for the time that is no time of the format.
    public var isTimeBroken = false

    /// Makes a record.
    public init(_ fields: Fields, time: Timestamp? = nil) {
        self.fields = fields
        self.time = time
    }
}
