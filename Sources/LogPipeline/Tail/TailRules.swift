internal import Basics

/// What the rules of a tail need of its settings.
struct TailRules: Sendable {
    var readsFromHead: Bool?
    var rotateWait: Duration
    var ignoreOlder: Duration?
    var removeAfter: Duration?
    /// How many bytes at the beginning tell a file from another; 0: none do.
    var fingerprintBytes: Int
    var endsAtEnd: Bool
    var openMaximum: Int
    /// How many bytes are read at a time.
    var blockBytes = 256 << 10
    /// How long a line may grow before it is no longer read from its beginning each time.
    var carryBytes = 64 << 10
    /// How many bytes before the place where reading goes on must be as they were.
    var anchorBytes = 32
    /// Files that were made later are new: the pod's beginning, or the last time that state was written down.
    var youngSince: Timestamp
    /// When a run before looked around last; nil: there was none.
    var lookedSince: Timestamp?
    var cutter: LineCutter
    /// How many files are remembered that have no name here any more.
    var knownMaximum = 10_000

    init(_ settings: TailSettings, youngSince: Timestamp) {
        readsFromHead = settings.readsFromHead
        rotateWait = settings.rotateWait
        ignoreOlder = settings.ignoreOlder
        removeAfter = settings.removeAfter
        fingerprintBytes =
            settings.identity == .fingerprint ? min(max(settings.fingerprintBytes, 1), 65_536) : 0
        endsAtEnd = settings.endsAtEnd
        openMaximum = max(settings.openMaximum, 1)
        self.youngSince = youngSince
        cutter = LineCutter(settings)
    }
}
