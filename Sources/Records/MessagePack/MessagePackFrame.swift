/// Looks for the end of a value of MessagePack that comes piece by piece, without reading it.
///
/// Each piece is looked at once, however small the pieces are.
public struct MessagePackFrame: Sendable {
    private let limits: MessagePackLimits
    /// How much of the value has been looked at.
    private var at = 0
    /// How many values are still to come at each level.
    private var open: [Int] = [1]

    /// Begins with a value.
    public init(limits: MessagePackLimits = MessagePackLimits()) {
        self.limits = limits
    }

    /// The end of the value that begins with the bytes; then the next call begins with another value.
    ///
    /// - Parameter bytes: All that has come of the value: what was there in the last call, and more.
    /// - Returns: nil if more must come.
    /// - Throws: Why there is no value.
    public mutating func end(in bytes: Span<UInt8>) throws(MessagePackMistake) -> Int? {
        while true {
            let token: MessagePackToken
            do {
                token = try MessagePackToken(bytes, at: at)
            } catch .needsMore {
                guard bytes.count < limits.bytes else { throw .tooLong }
                return nil
            }
            let next = at + token.size + token.payload
            guard next + token.children <= limits.bytes else { throw .tooLong }
            guard next <= bytes.count else { return nil }
            at = next
            open[open.count - 1] -= 1
            if token.children > 0 {
                guard open.count <= limits.depth else { throw .tooDeep }
                open.append(token.children)
            }
            while let left = open.last, left == 0 { open.removeLast() }
            if open.isEmpty {
                let end = at
                at = 0
                open = [1]
                return end
            }
        }
    }
}
