internal import Basics

/// What is known of one content that is followed.
///
/// A file that is emptied and written anew is another content, with a number of its own.
struct TrackedFile: Sendable {
    typealias Place = PendingLots.Place

    /// Its number; lots carry it as their group.
    let id: Int
    /// Its number in the checkpoints.
    let row: Int64
    var key: FileKey
    /// What it is called in tags and fields.
    var path: String
    /// The paths that lead to it now.
    var names: [String] = []
    /// A path that was found by looking for it, after all names were gone.
    var hiding: String?
    var descriptor: Int32?

    /// Where the next line begins.
    var place: Place
    /// Up to which no delimiter comes after it.
    var scanned: Int64
    /// The bytes at its beginning.
    var head = Fingerprint.empty
    /// Whether they were looked at since it was last read to its end.
    var isHeadChecked = false
    /// Whether they agreed with what a checkpoint says.
    var isVerified = true
    var size: Int64
    var modified: Timestamp
    var links: UInt64 = 1
    /// Where the file ended when the source was told to finish.
    var finalSize: Int64?
    /// The block that the next line needs, if that is more than usual.
    var want = 0

    /// Everything before it came to its end.
    var settled: Place
    var pending = PendingLots()
    /// Lines before it were handed in by a run before.
    var reached: Int64 = 0

    var isQueued = false
    /// Another content took its place; only its lots are waited for.
    var isOver = false
    /// Whether it was looked for in vain.
    var isLost = false
    /// It was emptied, and a copy of what it held is looked for.
    var isSought = false
    /// What is unread of it if no copy is found.
    var lost: Int64 = 0
    /// It was found by looking for a content; should it be another, it is let go of.
    var isGuess = false
    /// The content that had its path before, and is to be read first.
    var before: Int?
    /// The last time something came, settled, or a name went.
    var quietSince: Instant
    /// The moment to wait for before it is tried again.
    var retryAt: Instant?
    var warned = false

    var isGone: Bool { names.isEmpty }
    var unread: Int64 { max(0, size - place.position) }
    /// Whether there is something in it that nobody has looked at.
    var hasFresh: Bool { min(size, finalSize ?? size) > max(scanned, place.position) }

    /// What is written down of it.
    func checkpoint(at wall: Timestamp) -> Checkpoint {
        Checkpoint(
            row: row,
            key: key,
            path: path,
            head: head,
            position: settled.position,
            anchor: settled.anchor,
            isSkipping: settled.state.isSkipping,
            reached: max(place.position, reached),
            seen: wall
        )
    }
}
