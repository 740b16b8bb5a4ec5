public import Basics

/// A line of a container's log as CRI writes it: `2026-11-21T10:00:00.123456789Z stdout F text`.
public struct CRILine: Sendable, Hashable {
    /// Where the time stands in the line.
    public var time: Range<Int>
    /// Whether it is of the standard error, and otherwise of the standard output.
    public var isError: Bool
    /// Whether the text goes on in the next line of the stream.
    public var isPartial: Bool
    /// Where the text stands in the line.
    public var text: Range<Int>

    /// Takes a line apart; nil if it is none.
    ///
    /// Nothing is allocated.
    public init?(_ bytes: Span<UInt8>) {
        var at = 0
        while at < bytes.count, bytes[at] != 0x20 { at += 1 }
        guard at >= 20, at <= 40, at + 8 < bytes.count, bytes[at + 1] == 0x73,
            bytes[at + 2] == 0x74, bytes[at + 3] == 0x64
        else { return nil }
        time = 0..<at
        let isOut = bytes[at + 4] == 0x6F && bytes[at + 5] == 0x75 && bytes[at + 6] == 0x74
        isError = bytes[at + 4] == 0x65 && bytes[at + 5] == 0x72 && bytes[at + 6] == 0x72
        guard isOut || isError, bytes[at + 7] == 0x20 else { return nil }
        // Tags are separated by colons; the first says whether the line is whole.
        let tag = bytes[at + 8]
        guard tag == 0x46 || tag == 0x50 else { return nil }
        isPartial = tag == 0x50
        at += 9
        if at < bytes.count, bytes[at] == 0x3A {
            while at < bytes.count, bytes[at] != 0x20 { at += 1 }
        }
        guard at < bytes.count else {
            text = at..<at
            return
        }
        guard bytes[at] == 0x20 else { return nil }
        text = at + 1..<bytes.count
    }

    /// The point in time; nil if it is none.
    public func timestamp(in bytes: Span<UInt8>) -> Timestamp? {
        try? Timestamp(rfc3339: bytes.extracting(time))
    }

    /// The name of the stream.
    public var stream: String { isError ? "stderr" : "stdout" }
}
