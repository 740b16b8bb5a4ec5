/// Why bytes are no MessagePack.
public enum MessagePackMistake: Error, Sendable, Hashable, CustomStringConvertible {
    /// The value is not there as a whole yet.
    case needsMore
    /// Values nest too deep.
    case tooDeep
    /// A text, a list or the whole value is too long.
    case tooLong
    /// A byte that begins no value, at that place.
    case invalid(Int)

    /// One sentence.
    public var description: String {
        switch self {
        case .needsMore: "the value is not there as a whole"
        case .tooDeep: "values nest too deep"
        case .tooLong: "the value is too long"
        case .invalid(let place): "the byte at \(place) begins no value"
        }
    }
}

/// How large a value of MessagePack may be.
public struct MessagePackLimits: Sendable, Hashable {
    /// How deep values nest.
    public var depth: Int
    /// How many bytes the whole has.
    public var bytes: Int

    /// Makes limits; the defaults are 64 levels and 64 MiB.
    public init(depth: Int = 64, bytes: Int = 64 << 20) {
        self.depth = min(depth, 1000)
        self.bytes = bytes
    }
}
