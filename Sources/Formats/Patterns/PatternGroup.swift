/// A group of a regular expression that has a name.
public struct PatternGroup: Sendable, Hashable {
    /// The name.
    public var name: String
    /// The number, 1 for the first.
    public var number: Int

    /// Makes a group.
    public init(name: String, number: Int) {
        self.name = name
        self.number = number
    }
}
