/// Lines that are one record.
public struct JoinedLines<Group, Reference> {
    /// The text; without the last line's end.
    public var text: [UInt8]
    /// Whose lines they are.
    public var group: Group
    /// What the lines were given with, in their order; at least one.
    public var references: [Reference]
    /// Whether the record became too long, so that the rest is in the next.
    public var isCut: Bool

    /// Makes a record.
    public init(text: [UInt8], group: Group, references: [Reference], isCut: Bool = false) {
        self.text = text
        self.group = group
        self.references = references
        self.isCut = isCut
    }
}

extension JoinedLines: Sendable where Group: Sendable, Reference: Sendable {}
