/// Growing pauses between attempts.
///
/// Each attempt doubles the pause up to a cap, and a long time without attempts starts it over. A
/// value without clock and randomness: it is handed both.
public struct Backoff: Sendable, Hashable {
    /// How the pauses grow.
    public struct Policy: Sendable, Hashable {
        /// The first pause.
        public var initial: Duration
        /// What each pause is multiplied with.
        public var factor: Int
        /// The longest pause.
        public var cap: Duration
        /// The time without attempts after which the first pause comes again.
        public var resetAfter: Duration
        /// How much of a pause is random, in percent: 20 gives 80 % to 120 %.
        public var jitterPercent: Int

        /// Makes a policy.
        public init(
            initial: Duration,
            factor: Int = 2,
            cap: Duration,
            resetAfter: Duration,
            jitterPercent: Int = 0
        ) {
            precondition(factor >= 1 && (0...100).contains(jitterPercent))
            self.initial = initial
            self.factor = factor
            self.cap = cap
            self.resetAfter = resetAfter
            self.jitterPercent = jitterPercent
        }

        /// Restarts of a container, as the kubelet has them: 10 s to 300 s, over after 600 s.
        public static let crashLoop = Self(
            initial: .seconds(10),
            cap: .seconds(300),
            resetAfter: .seconds(600)
        )

        /// Retries of one operation inside the engine: 100 ms to 10 s with some jitter.
        public static let retry = Self(
            initial: .milliseconds(100),
            cap: .seconds(10),
            resetAfter: .seconds(60),
            jitterPercent: 20
        )
    }

    /// How the pauses grow.
    public let policy: Policy
    /// The pause that the last attempt began, without jitter; `nil` before the first.
    public private(set) var current: Duration?
    /// When the last attempt was.
    public private(set) var lastAttempt: Instant?

    /// Makes one that has seen no attempt.
    public init(_ policy: Policy) {
        self.policy = policy
    }

    /// Notes an attempt and tells the pause after it.
    public mutating func next(at now: Instant) -> Duration {
        let isOver = lastAttempt.map { now - $0 > policy.resetAfter } ?? true
        lastAttempt = now
        guard !isOver, let current else {
            self.current = min(policy.initial, policy.cap)
            return min(policy.initial, policy.cap)
        }
        // The cap is compared first, so that no product overflows.
        let next = current >= policy.cap / policy.factor ? policy.cap : current * policy.factor
        self.current = next
        return next
    }

    /// Notes an attempt and tells the pause after it, with the policy's jitter.
    public mutating func next(
        at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> Duration {
        let pause = next(at: now)
        guard policy.jitterPercent > 0 else { return pause }
        let spread = pause.nanoseconds / 100 * Int64(policy.jitterPercent)
        return pause + .nanoseconds(Int64.random(in: -spread...spread, using: &generator))
    }

    /// How long the pause after the last attempt still lasts; zero if it is over.
    public func remaining(at now: Instant) -> Duration {
        guard let current, let lastAttempt else { return .zero }
        return max(.zero, current - (now - lastAttempt))
    }

    /// Forgets all attempts.
    public mutating func reset() {
        current = nil
        lastAttempt = nil
    }
}
