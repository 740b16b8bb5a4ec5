import Basics

/// Counts what costs a peer nothing against what it may do.
struct H2FloodGuard {
    private let limits: H2FloodLimits
    private var control: Bucket
    private var resets: Bucket
    private var emptyFrames = 0
    private var priorities = 0
    private var windowUpdates = 0
    private var streams = 0
    private var sentFrames = 0

    init(_ limits: H2FloodLimits) {
        self.limits = limits
        control = Bucket(limits.control.burst, perSecond: limits.control.perSecond)
        resets = Bucket(limits.resets.burst, perSecond: limits.resets.perSecond)
    }

    mutating func streamOpened() { streams += 1 }
    mutating func dataSent() { sentFrames += 1 }

    mutating func controlFrame(_ now: Instant) -> H2Violation? {
        control.take(now) ? nil : .controlFlood
    }

    /// A stream was reset by the peer, or for what it did.
    mutating func reset(_ now: Instant) -> H2Violation? {
        resets.take(now) ? nil : .resetFlood
    }

    mutating func priority() -> H2Violation? {
        priorities += 1
        return priorities <= limits.prioritiesPerStream * (1 + streams) ? nil : .priorityFlood
    }

    mutating func windowUpdate() -> H2Violation? {
        windowUpdates += 1
        let allowed = 5 + 2 * (streams + limits.windowUpdatesPerFrame * sentFrames)
        return windowUpdates <= allowed ? nil : .windowFlood
    }

    /// A DATA frame that does not end its stream.
    mutating func data(isEmpty: Bool) -> H2Violation? {
        emptyFrames = isEmpty ? emptyFrames + 1 : 0
        return emptyFrames <= limits.emptyFrames ? nil : .emptyFrameFlood
    }

    /// A token bucket: a time up to which events are paid for.
    private struct Bucket {
        private let interval: Int64
        private let burst: Int64
        private var paid: Int64 = .min

        init(_ burst: Int, perSecond: Int) {
            precondition(burst > 0 && perSecond > 0)
            interval = 1_000_000_000 / Int64(perSecond)
            self.burst = Int64(burst)
        }

        mutating func take(_ now: Instant) -> Bool {
            let next = max(paid, now.nanoseconds) &+ interval
            guard next - now.nanoseconds <= interval * burst else { return false }
            paid = next
            return true
        }
    }
}
