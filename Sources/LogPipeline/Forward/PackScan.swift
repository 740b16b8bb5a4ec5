/// Finds where a MessagePack object ends in bytes that come in pieces.
///
/// It keeps its place, so that no byte is looked at twice, and its work is bounded by the bytes: nesting
/// costs nothing.
package struct PackScan: Sendable {
    /// The first byte that was not looked at.
    package private(set) var place = 0
    /// How many objects are still to be passed.
    private var remaining = 1

    /// Begins at the first byte.
    package init() {}

    /// Whether an object is complete.
    package var isComplete: Bool { remaining == 0 }

    /// Looks at what has come.
    ///
    /// - Parameters:
    ///   - bytes: All bytes from the object's first one.
    ///   - limit: The most bytes that an object may have.
    /// - Returns: Whether the object is complete; `place` is its end then.
    /// - Throws: When it is larger than the limit, or no MessagePack.
    package mutating func advance(
        _ bytes: Span<UInt8>,
        limit: Int
    ) throws(PackMistake) -> Bool {
        while remaining > 0 {
            guard place < bytes.count else { return false }
            let (size, children) = try Self.shape(bytes, place)
            guard size > 0 else { return false }
            // Each child has a byte at least.
            guard place + size + children + remaining - 1 <= limit else { throw .tooLarge }
            guard place + size <= bytes.count else { return false }
            place += size
            remaining += children - 1
        }
        return true
    }

    /// The bytes of an object without its children, and how many children follow; size 0 if more bytes
    /// are needed to know.
    static func shape(
        _ bytes: Span<UInt8>,
        _ place: Int
    ) throws(PackMistake) -> (size: Int, children: Int) {
        let first = bytes[place]
        func number(_ width: Int) -> Int? {
            guard place + 1 + width <= bytes.count else { return nil }
            var value = 0
            for index in 0..<width { value = value << 8 | Int(bytes[place + 1 + index]) }
            return value
        }
        func sized(_ width: Int, _ extra: Int = 0) -> (Int, Int) {
            guard let count = number(width) else { return (0, 0) }
            return (1 + width + extra + count, 0)
        }
        func list(_ width: Int, _ times: Int) -> (Int, Int) {
            guard let count = number(width) else { return (0, 0) }
            return (1 + width, count * times)
        }
        switch first {
        case 0x00...0x7F, 0xE0...0xFF, 0xC0, 0xC2, 0xC3: return (1, 0)
        case 0x80...0x8F: return (1, Int(first & 15) * 2)
        case 0x90...0x9F: return (1, Int(first & 15))
        case 0xA0...0xBF: return (1 + Int(first & 31), 0)
        case 0xC4, 0xD9: return sized(1)
        case 0xC5, 0xDA: return sized(2)
        case 0xC6, 0xDB: return sized(4)
        case 0xC7: return sized(1, 1)
        case 0xC8: return sized(2, 1)
        case 0xC9: return sized(4, 1)
        case 0xCC, 0xD0: return (2, 0)
        case 0xCD, 0xD1: return (3, 0)
        case 0xCA, 0xCE, 0xD2: return (5, 0)
        case 0xCB, 0xCF, 0xD3: return (9, 0)
        case 0xD4: return (3, 0)
        case 0xD5: return (4, 0)
        case 0xD6: return (6, 0)
        case 0xD7: return (10, 0)
        case 0xD8: return (18, 0)
        case 0xDC: return list(2, 1)
        case 0xDD: return list(4, 1)
        case 0xDE: return list(2, 2)
        case 0xDF: return list(4, 2)
        default: throw .malformed("a byte of no type")
        }
    }
}

/// Why bytes are no MessagePack object that is taken.
package enum PackMistake: Error, Sendable, Hashable {
    /// It is larger than the limit.
    case tooLarge
    /// It ends in its middle.
    case truncated
    /// It is wrong.
    case malformed(String)

    /// In words.
    package var text: String {
        switch self {
        case .tooLarge: "it is larger than the limit"
        case .truncated: "it ends in its middle"
        case .malformed(let what): what
        }
    }
}
