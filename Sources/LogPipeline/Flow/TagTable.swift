public import Reactor

/// The tags that are in use.
@MainLoop public final class TagTable {
    /// How many tags are kept; beyond it each use makes one of its own.
    public static let keptMaximum = 10_000
    private var tags: [String: Tag] = [:]

    /// Makes an empty table.
    public init() {}

    /// The tag of a text.
    public func tag(_ text: String) -> Tag {
        if let tag = tags[text] { return tag }
        let tag = Tag(text)
        if tags.count < Self.keptMaximum { tags[text] = tag }
        return tag
    }
}
