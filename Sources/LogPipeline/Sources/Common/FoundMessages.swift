/// Messages that were found in a block of bytes.
package struct FoundMessages: Sendable {
    /// The block.
    package var block: [UInt8]
    /// Where they lie, without what ends them.
    package var ranges: [Range<Int>] = []
    /// How many bytes made no message: those beyond the limit.
    package var skipped = 0

    /// Nothing found yet.
    package init(_ block: [UInt8]) {
        self.block = block
    }
}

/// Finds messages in a stream of bytes that comes in pieces.
package protocol MessageFramer: Sendable {
    /// Takes the next piece.
    ///
    /// - Returns: The messages that are complete now.
    mutating func take(_ piece: [UInt8]) -> FoundMessages
    /// Takes the end of the stream.
    ///
    /// - Returns: The message that had no end, if there is one.
    mutating func finish() -> FoundMessages
    /// How many bytes wait for more.
    var waiting: Int { get }
}
