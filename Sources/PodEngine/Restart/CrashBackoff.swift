internal import Basics

/// The growing wait between the runs of one container: from nothing over 10, 20, 40 to 300 s.
///
/// The wait counts from the end of the last run. A run that ends more than twice the maximum after
/// the counter moved last starts over (kubelet, `flowcontrol/backoff.go`).
struct CrashBackoff: Sendable, Hashable {
    /// The wait after the next end.
    private(set) var delay: Duration
    private(set) var moved: Instant
    private let maximum: Duration
    private let initial: Duration

    /// The counter at the first restart, which happens at once.
    init(now: Instant, initial: Duration, maximum: Duration) {
        self.maximum = maximum
        self.initial = min(initial, maximum)
        self.delay = self.initial
        self.moved = now
    }

    /// When a container that ended at `end` may start again; nil means at once.
    func until(end: Instant) -> Instant? {
        isExpired(end) ? nil : end + delay
    }

    /// Counts a restart of a container that ended at `end`.
    mutating func advance(end: Instant, now: Instant) {
        delay = isExpired(end) ? initial : min(delay * 2, maximum)
        moved = now
    }

    private func isExpired(_ end: Instant) -> Bool {
        end - moved > maximum * 2
    }
}

/// The growing wait between two pulls of an image that cannot be had: 10 s doubling to 300 s.
struct ImageBackoff: Sendable, Hashable {
    private(set) var delay: Duration
    private var failed: Instant
    /// What the last pull said, shown while waiting.
    private(set) var failure: StepFailure
    static let initial = Duration.seconds(10)
    static let maximum = Duration.seconds(300)

    /// The first failure of a pull.
    init(_ failure: StepFailure, now: Instant) {
        self.delay = Self.initial
        self.failed = now
        self.failure = failure
    }

    /// The next pull may begin at this instant.
    var until: Instant { failed + delay }

    /// Counts another failed pull.
    mutating func advance(_ failure: StepFailure, now: Instant) {
        delay = now - failed > Self.maximum * 2 ? Self.initial : min(delay * 2, Self.maximum)
        failed = now
        self.failure = failure
    }
}
