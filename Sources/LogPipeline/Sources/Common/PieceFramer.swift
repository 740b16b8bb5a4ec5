/// Takes what comes in one piece as a message: the bounds of reads and datagrams are those of messages.
package struct PieceFramer: MessageFramer {
    private let limit: Int

    /// Takes pieces; longer ones are cut at so many bytes.
    package init(limit: Int) {
        self.limit = max(1, limit)
    }

    package var waiting: Int { 0 }

    package mutating func take(_ piece: [UInt8]) -> FoundMessages {
        var found = FoundMessages(piece)
        for start in stride(from: 0, to: piece.count, by: limit) {
            found.ranges.append(start..<min(start + limit, piece.count))
        }
        return found
    }

    package mutating func finish() -> FoundMessages { FoundMessages([]) }
}
