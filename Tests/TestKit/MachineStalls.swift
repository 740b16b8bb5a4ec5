public import Basics
import Foundation
import Synchronization
import System

/// Watches when the machine stood still, so that a test that measures a delay answers for its own part only.
///
/// A thread sleeps a millisecond at a time; where it woke much later the machine had no processor for it,
/// or did not run at all. What is late for another reason - a timer that is too long, a lock, work that is
/// put off - does not hold the thread up, and is not excused.
public final class MachineStalls: Sendable {
    private let record = Mutex(StallRecord(Clocks.instant))

    /// Begins to watch, until the value is released.
    public init() {
        let thread = Thread { [weak self] in
            while let self {
                self.record.withLock { $0.wake(at: Clocks.instant) }
                usleep(1000)
            }
        }
        thread.start()
    }

    /// How long the machine stood still between two instants, of which the later has come.
    public func lost(from start: Instant, to end: Instant) -> Duration {
        record.withLock { $0.lost(from: start, to: end, at: Clocks.instant) }
    }
}

/// The gaps between the moments at which a thread that hardly sleeps has woken.
public struct StallRecord: Sendable {
    /// What a timer may be late without anything standing still.
    public static let tolerance = Duration.milliseconds(5)
    /// The most gaps that are kept; the oldest go first.
    public static let gapsMaximum = 1000

    private var gaps: [(start: Instant, end: Instant)] = []
    private var woke: Instant

    /// Begins at an instant.
    public init(_ start: Instant) {
        woke = start
    }

    /// The thread has woken.
    public mutating func wake(at now: Instant) {
        if now - woke > Self.tolerance { gaps.append((woke, now)) }
        if gaps.count > Self.gapsMaximum { gaps.removeFirst() }
        woke = now
    }

    /// How much of a time lies within gaps, the one that has not ended at `now` included.
    public func lost(from start: Instant, to end: Instant, at now: Instant) -> Duration {
        let open = now - woke > Self.tolerance ? [(start: woke, end: now)] : []
        return (gaps + open).reduce(.zero) { sum, gap in
            sum + max(.zero, min(gap.end, end) - max(gap.start, start))
        }
    }
}
