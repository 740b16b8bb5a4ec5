internal import Basics
import Synchronization

/// A bucket of tokens that fills evenly, kept as one number: when it will be full again (GCRA).
///
/// A bucket of `maximum` tokens that gets `tokensPerFill` every `fillInterval` allows bursts of `maximum`
/// and that rate for ever; nginx's `rate=R burst=B nodelay` is a bucket of B + 1.
struct TokenRate: Sendable, Equatable {
    /// How many tokens a full bucket holds.
    let maximum: Int
    /// The time in which one token comes, in nanoseconds.
    let spacing: Int64
    /// How many may wait for tokens instead of being refused.
    let queueMaximum: Int

    init(_ settings: TokenBucketSettings, queueMaximum: Int = 0) {
        maximum = max(0, settings.maximum)
        let fill = max(1, settings.fillInterval.nanoseconds)
        // Years, not overflows: no bucket is emptier than this.
        let most = Int64(1) << 56 / Int64(max(1, maximum + queueMaximum))
        spacing = min(max(1, fill / Int64(max(1, settings.tokensPerFill))), max(1, most))
        self.queueMaximum = queueMaximum
    }

    /// What became of a wish for a token.
    enum Verdict: Sendable, Equatable {
        /// It was taken.
        case allowed
        /// It will be there after this time, and is taken already.
        case wait(Duration)
        /// There is none, and none for this time.
        case refused(retryAfter: Duration)
    }

    /// Takes a token of a bucket that will be full at `full`.
    func take(_ full: inout Int64, at now: Instant) -> Verdict {
        if maximum == 0 && queueMaximum == 0 {
            return .refused(retryAfter: .nanoseconds(spacing))
        }
        let base = max(full, now.nanoseconds)
        let next = base + spacing
        let excess = next - now.nanoseconds - Int64(maximum) * spacing
        if excess <= 0 {
            full = next
            return .allowed
        }
        if excess <= Int64(queueMaximum) * spacing {
            full = next
            return .wait(.nanoseconds(excess))
        }
        return .refused(retryAfter: .nanoseconds(excess))
    }

    /// How many tokens there are.
    func remaining(_ full: Int64, at now: Instant) -> Int {
        let missing = max(0, full - now.nanoseconds)
        return max(0, maximum - Int((missing + spacing - 1) / spacing))
    }

    /// How long until the bucket is full.
    func untilFull(_ full: Int64, at now: Instant) -> Duration {
        .nanoseconds(max(0, full - now.nanoseconds))
    }
}

/// A bucket of one thread.
struct TokenBucket {
    let rate: TokenRate
    private var full = Int64.min / 2

    init(_ settings: TokenBucketSettings, queueMaximum: Int = 0) {
        rate = TokenRate(settings, queueMaximum: queueMaximum)
    }

    mutating func take(at now: Instant) -> TokenRate.Verdict { rate.take(&full, at: now) }
    func remaining(at now: Instant) -> Int { rate.remaining(full, at: now) }
    func untilFull(at now: Instant) -> Duration { rate.untilFull(full, at: now) }
}

/// A bucket that all workers take from.
final class SharedTokenBucket: Sendable {
    private let full = Atomic<Int64>(.min / 2)

    init() {}

    /// Takes a token; what is left and when the bucket is full are those after it.
    func take(_ rate: TokenRate, at now: Instant) -> RateDecision {
        var seen = full.load(ordering: .relaxed)
        while true {
            var next = seen
            let verdict = rate.take(&next, at: now)
            if next == seen { return RateDecision(verdict, rate, next, now) }
            let (isDone, current) = full.weakCompareExchange(
                expected: seen,
                desired: next,
                ordering: .relaxed
            )
            if isDone { return RateDecision(verdict, rate, next, now) }
            seen = current
        }
    }
}

/// What a bucket said, and what is told to the client about it.
struct RateDecision: Sendable, Equatable {
    var verdict: TokenRate.Verdict
    /// `x-ratelimit-limit`.
    var limit: Int
    /// `x-ratelimit-remaining`.
    var remaining: Int
    /// How long until the bucket is full.
    var untilFull: Duration

    init(_ verdict: TokenRate.Verdict, _ rate: TokenRate, _ full: Int64, _ now: Instant) {
        self.verdict = verdict
        limit = rate.maximum
        remaining = rate.remaining(full, at: now)
        untilFull = rate.untilFull(full, at: now)
    }

    /// `x-ratelimit-reset`: whole seconds until the bucket is full.
    var resetSeconds: Int { Self.seconds(untilFull) }

    /// `Retry-After`: whole seconds until there is a token, at least 1.
    var retryAfterSeconds: Int {
        switch verdict {
        case .refused(let time): max(1, Self.seconds(time))
        case .allowed, .wait: 0
        }
    }

    private static func seconds(_ time: Duration) -> Int {
        Int((time.nanoseconds + 999_999_999) / 1_000_000_000)
    }
}
