public import Basics
internal import Reactor

/// Where a pipeline takes the time of day from; the only place.
///
/// It may jump in either direction at any moment. It is for what is written and for comparing with times that
/// were written; deadlines, pauses and windows count on the loop's monotonic clock.
public struct WallClock: Sendable {
    /// The machine's.
    public static let machine = Self { Loop.main.moment.wall }

    private let read: @Sendable () -> Timestamp

    /// Makes a clock of something that tells the time.
    public init(_ read: @escaping @Sendable () -> Timestamp) {
        self.read = read
    }

    /// The time of day now.
    public var wall: Timestamp { read() }
    /// The time of day with the loop's clock.
    public var moment: Moment { Moment(instant: Loop.main.now, wall: wall) }
}
