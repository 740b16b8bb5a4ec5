/// A point on the machine's monotonic clock (`CLOCK_BOOTTIME`), in nanoseconds.
///
/// Only differences mean anything. Pure code never reads a clock: it is handed an instant.
public struct Instant: Sendable, Hashable, Comparable {
    /// Nanoseconds since an arbitrary fixed point.
    public var nanoseconds: Int64

    /// Makes an instant from its nanoseconds.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The origin of the clock, handy in tests.
    public static let zero = Self(nanoseconds: 0)

    /// Orders by time.
    public static func < (left: Self, right: Self) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The instant that lies `duration` after `instant`, saturating at the ends.
    public static func + (instant: Self, duration: Duration) -> Self {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(duration.nanoseconds)
        return Self(nanoseconds: overflow ? (duration < .zero ? .min : .max) : sum)
    }

    /// Nanoseconds from `earlier` to this instant; negative if the order is reversed.
    @inlinable
    public func nanoseconds(since earlier: Self) -> Int64 { nanoseconds - earlier.nanoseconds }

    /// The time from `earlier` to `later`; negative if the order is reversed.
    public static func - (later: Self, earlier: Self) -> Duration {
        .nanoseconds(later.nanoseconds - earlier.nanoseconds)
    }
}

extension Duration {
    /// The whole duration in nanoseconds, saturating at the range of `Int64`.
    public var nanoseconds: Int64 {
        // 10^9 is 2^9 times 1,953,125: what is shorter than 78 minutes needs no arithmetic on 128 bits.
        let scaled = attoseconds >> 9
        if scaled >= 0, let short = Int64(exactly: scaled) { return short / 1_953_125 }
        let (seconds, fraction) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carry) = product.addingReportingOverflow(fraction / 1_000_000_000)
        return carry ? (seconds < 0 ? .min : .max) : sum
    }

    /// The duration in milliseconds, rounded towards zero.
    public var milliseconds: Int64 { nanoseconds / 1_000_000 }

    /// The duration in seconds as a floating-point number.
    public var inSeconds: Double { Double(nanoseconds) / 1e9 }
}
