public import Basics

/// How far a file was read and everything of it came to its end.
public struct Checkpoint: Sendable, Hashable {
    /// Its number; unique in its source.
    public var row: Int64
    /// Where the file lies; device 0 if that is not known.
    public var key: FileKey
    /// What it was called.
    public var path: String
    /// The bytes at its beginning.
    public var head: Fingerprint
    /// Everything before it came to its end.
    public var position: Int64
    /// The bytes before the position; nothing if they are not known.
    public var anchor: Fingerprint
    /// Whether the position lies in a line whose rest is left out.
    public var isSkipping: Bool
    /// What was handed in; what lies between is handed in again after a restart.
    public var reached: Int64
    /// When it was written down.
    public var seen: Timestamp

    /// Makes one.
    public init(
        row: Int64,
        key: FileKey,
        path: String,
        head: Fingerprint = .empty,
        position: Int64,
        anchor: Fingerprint = .empty,
        isSkipping: Bool = false,
        reached: Int64 = 0,
        seen: Timestamp
    ) {
        self.row = row
        self.key = key
        self.path = path
        self.head = head
        self.position = position
        self.anchor = anchor
        self.isSkipping = isSkipping
        self.reached = reached
        self.seen = seen
    }
}
