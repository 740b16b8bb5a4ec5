/// What a tail source counts, for metrics.
public struct TailNumbers: Sendable, Hashable {
    /// Files that are followed now.
    public var files = 0
    /// Files that are open now.
    public var open = 0
    /// Bytes that are in the files and were not read, as far as is known.
    public var lag: Int64 = 0
    /// Files that were opened.
    public var opened: UInt64 = 0
    /// Files that were closed.
    public var closed: UInt64 = 0
    /// Files whose name another file took, or that were renamed or removed.
    public var rotated: UInt64 = 0
    /// Files that were emptied or written anew in place.
    public var truncated: UInt64 = 0
    /// Files that were removed after they were read (`removeAfter`).
    public var removed: UInt64 = 0
    /// Cuts of lines beyond the limit.
    public var linesSplit: UInt64 = 0
    /// Lines beyond the limit that were left out.
    public var linesSkipped: UInt64 = 0
    /// Lines whose rest beyond the limit was left out.
    public var linesTruncated: UInt64 = 0
    /// Bytes that made no record: of such lines, and zeros at the beginning of a file.
    public var bytesSkipped: UInt64 = 0
    /// Bytes that were known to be there and were gone before they could be read.
    public var bytesLost: UInt64 = 0
    /// Lines that were read again after a restart.
    public var linesRepeated: UInt64 = 0
    /// Reads and opens that failed.
    public var errors: UInt64 = 0

    /// Begins at nothing.
    public init() {}

    mutating func note(_ counts: LineCutter.Counts) {
        linesSplit += UInt64(counts.split)
        linesSkipped += UInt64(counts.skipped)
        linesTruncated += UInt64(counts.truncated)
        bytesSkipped += UInt64(counts.bytesSkipped)
    }
}
