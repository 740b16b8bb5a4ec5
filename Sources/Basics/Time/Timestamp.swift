/// A point on the wall clock: nanoseconds since 1970-01-01T00:00:00Z, leap seconds ignored.
///
/// Texts are RFC 3339; `Formats` has the reader and writer.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Nanoseconds since the Unix epoch.
    public var nanoseconds: Int64

    /// Makes a timestamp from nanoseconds since the Unix epoch.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// Makes a timestamp from seconds since the Unix epoch.
    public init(seconds: Int64) {
        self.nanoseconds = seconds * 1_000_000_000
    }

    /// Whole seconds since the Unix epoch, rounded down.
    public var seconds: Int64 {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }

    /// Orders by time.
    public static func < (left: Self, right: Self) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// The timestamp `duration` later.
    public static func + (stamp: Self, duration: Duration) -> Self {
        Self(nanoseconds: stamp.nanoseconds &+ duration.nanoseconds)
    }

    /// The timestamp `duration` earlier.
    public static func - (stamp: Self, duration: Duration) -> Self {
        Self(nanoseconds: stamp.nanoseconds &- duration.nanoseconds)
    }

    /// The time from `earlier` to `later`.
    public static func - (later: Self, earlier: Self) -> Duration {
        .nanoseconds(later.nanoseconds &- earlier.nanoseconds)
    }
}

/// One moment on both clocks: what every state machine is handed with an event.
///
/// Decisions use `instant`; what users read uses `wall`, so a clock that jumps changes texts only.
public struct Moment: Sendable, Hashable {
    /// The monotonic clock.
    public var instant: Instant
    /// The wall clock.
    public var wall: Timestamp

    /// Makes a moment from both clocks.
    public init(instant: Instant, wall: Timestamp) {
        self.instant = instant
        self.wall = wall
    }
}
