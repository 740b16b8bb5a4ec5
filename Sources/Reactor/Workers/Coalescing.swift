internal import Basics

/// Decides when a busy worker rests before it asks for events, so that it handles many at once.
///
/// What network cards do with interrupts: between two bursts of a few events a worker would fall asleep
/// and be woken, which costs more than the events. It rests only where that costs no throughput: when so
/// much comes in that a rest gathers at least `least` events, and for as long as it does. Few
/// connections that wait for each answer never reach that; the attempt is not repeated for a while, and
/// for longer each time.
struct Coalescing {
    /// How long a rest is; the kernel adds up to 0.05 ms.
    static let rest = Duration.microseconds(250)
    /// The events that a rest has to gather.
    static let least = 18
    private static let window = Duration.milliseconds(2)
    private static let firstDelay = Duration.milliseconds(10)
    private static let longestDelay = Duration.seconds(1)
    /// After so long an attempt has succeeded.
    private static let trial = Duration.milliseconds(100)

    /// Whether the worker rests before it would wait.
    private(set) var isOn = false
    /// When it was turned on, or the window began.
    private var start = Instant.zero
    private var events = 0
    /// Eight times the events of a rest, on average.
    private var average = 0
    private var notBefore = Instant.zero
    private var delay = firstDelay

    /// Notes a turn: how many events it has, whether the worker rested before it, and when it began.
    mutating func note(events count: Int, rested: Bool, at now: Instant) {
        guard isOn else {
            events += count
            let elapsed = now.nanoseconds(since: start)
            guard elapsed >= Self.window.nanoseconds else { return }
            let gathered = Int64(events) * Self.rest.nanoseconds / elapsed
            start = now
            events = 0
            guard gathered >= Int64(Self.least), now >= notBefore else { return }
            isOn = true
            average = Self.least * 9
            return
        }
        // A worker that finds events waiting does not rest, and loses nothing.
        guard rested else { return }
        average += count - average / 8
        if average >= Self.least * 8 {
            if now > start + Self.trial { delay = Self.firstDelay }
            return
        }
        isOn = false
        start = now
        events = 0
        notBefore = now + delay
        delay = min(delay * 2, Self.longestDelay)
    }
}
