import Basics
import System

/// The number of a wait; never used twice in a process.
struct WaitID: Hashable, Sendable {
    let number: UInt64
}

/// How a wait ended.
enum WaitOutcome: Sendable {
    /// What was waited for is there.
    case ready
    /// The deadline passed first.
    case timedOut
    /// The waiting task was cancelled first.
    case cancelled
    /// The descriptor was closed first.
    case closed
}

/// A direction of a descriptor.
enum Direction: Sendable {
    case reading, writing

    var interest: Poller.Interest { self == .reading ? .reading : .writing }
}

/// Everything that is being waited for, and what epoll knows of it.
///
/// Ownership: used by the loop's thread only.
final class Waits {
    /// What goes on when a wait ends; a call is made at most once, on the loop.
    @safe enum Resumption {
        case task(UnsafeContinuation<WaitOutcome, Never>)
        case call((WaitOutcome) -> Void)
    }

    private struct Wait {
        var resumption: Resumption
        var descriptor: Int32?
        var direction = Direction.reading
    }

    /// A descriptor that epoll watches.
    private struct Watched {
        var generation: UInt32
        var interest: Poller.Interest
        var reader: WaitID?
        var writer: WaitID?

        var wanted: Poller.Interest {
            var wanted: Poller.Interest = []
            if reader != nil { wanted.insert(.reading) }
            if writer != nil { wanted.insert(.writing) }
            return wanted
        }
    }

    private let poller: Poller
    private let alarm: AlarmClock
    private var waits: [WaitID: Wait] = [:]
    private var watched: [Int32: Watched] = [:]
    private var timers = TimerHeap()
    /// The instant the alarm is set to, which may be earlier than the first timer, never later.
    private var alarmSetting: Instant?
    /// Tasks that let others go first.
    private var yielded: [WaitID] = []
    private var lastNumber: UInt64 = 0
    private var generation: UInt32 = 0

    init(poller: Poller) throws(SystemError) {
        self.poller = poller
        alarm = try AlarmClock()
        try poller.add(alarm.number, .reading, token: Self.alarmToken)
    }

    /// The token of the alarm; tokens of descriptors have a generation of at least 1.
    static let alarmToken: UInt64 = 1

    /// How many deadlines are kept, those of ended waits included; for tests.
    var timerCount: Int { timers.count }

    /// How many waits there are; for tests and metrics.
    var count: Int { waits.count }

    func next() -> WaitID {
        lastNumber += 1
        return WaitID(number: lastNumber)
    }

    /// Starts a wait that ends by `finish`, at its deadline, or when its descriptor is ready.
    func begin(_ wait: WaitID, _ resumption: Resumption, deadline: Instant?) {
        waits[wait] = Wait(resumption: resumption)
        guard let deadline else { return }
        timers.insert(.init(instant: deadline, wait: wait))
        if timers.count > 64 && timers.count > 2 * waits.count {
            timers.compact { waits[$0] != nil }
        }
    }

    /// Ends a wait; one that has ended already is left alone.
    func finish(_ wait: WaitID, _ outcome: WaitOutcome) {
        guard let ended = waits.removeValue(forKey: wait) else { return }
        if let descriptor = ended.descriptor { clear(descriptor, ended.direction) }
        switch ended.resumption {
        case .task(let continuation): unsafe continuation.resume(returning: outcome)
        case .call(let call): call(outcome)
        }
    }

    /// Drops a wait without telling anybody.
    func forget(_ wait: WaitID) {
        waits[wait] = nil
    }

    /// Lets a wait end when the loop turns next.
    func finishNextTurn(_ wait: WaitID) {
        yielded.append(wait)
    }

    /// Whether a wait is due already.
    func isDue(_ now: Instant) -> Bool {
        guard yielded.isEmpty else { return true }
        guard let first = timers.first else { return false }
        return first.instant <= now
    }

    /// Ends the waits of tasks that let others go first.
    func finishYielded() {
        guard !yielded.isEmpty else { return }
        let ended = yielded
        yielded = []
        for wait in ended { finish(wait, .ready) }
    }

    // MARK: Descriptors

    /// Lets a wait end when a descriptor is ready.
    ///
    /// - Throws: `EBUSY` if somebody waits for the same; `EPERM` if the kernel cannot watch it.
    func attach(
        _ wait: WaitID,
        to descriptor: Int32,
        _ direction: Direction
    ) throws(SystemError) {
        var entry: Watched
        if let known = watched[descriptor] {
            entry = known
        } else {
            generation = generation == .max ? 1 : generation + 1
            entry = Watched(generation: generation, interest: [])
        }
        switch direction {
        case .reading:
            if entry.reader != nil { throw SystemError(busy, "read") }
            entry.reader = wait
        case .writing:
            if entry.writer != nil { throw SystemError(busy, "write") }
            entry.writer = wait
        }
        try arm(descriptor, &entry)
        watched[descriptor] = entry
        waits[wait]?.descriptor = descriptor
        waits[wait]?.direction = direction
    }

    /// Stops watching a descriptor nobody waits for; it may be closed then.
    func release(_ descriptor: Int32) {
        guard let entry = watched[descriptor], entry.wanted.isEmpty else { return }
        poller.remove(descriptor)
        watched[descriptor] = nil
    }

    /// Ends all waits for a descriptor that is about to be closed.
    func abandon(_ descriptor: Int32) {
        guard let entry = watched[descriptor] else { return }
        poller.remove(descriptor)
        watched[descriptor] = nil
        if let reader = entry.reader { finish(reader, .closed) }
        if let writer = entry.writer { finish(writer, .closed) }
    }

    private func clear(_ descriptor: Int32, _ direction: Direction) {
        switch direction {
        case .reading: watched[descriptor]?.reader = nil
        case .writing: watched[descriptor]?.writer = nil
        }
    }

    private func arm(_ descriptor: Int32, _ entry: inout Watched) throws(SystemError) {
        let wanted = entry.interest.union(entry.wanted)
        if wanted == entry.interest { return }
        let token = UInt64(entry.generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
        if entry.interest.isEmpty {
            try poller.add(descriptor, wanted, token: token)
        } else {
            try poller.change(descriptor, wanted, token: token)
        }
        entry.interest = wanted
    }

    // MARK: Events

    /// Ends the waits that an event of the poller is about.
    ///
    /// What nobody waits for is disarmed only when it shows up: a reader that comes back for more
    /// finds its descriptor still armed, which saves a system call each time.
    func dispatch(_ event: Poller.Event) {
        if event.token == Self.alarmToken {
            alarm.acknowledge()
            alarmSetting = nil
            return
        }
        let descriptor = Int32(bitPattern: UInt32(truncatingIfNeeded: event.token))
        guard var entry = watched[descriptor], UInt64(entry.generation) == event.token >> 32 else {
            return
        }
        let reader = event.ready.contains(.reading) ? entry.reader : nil
        let writer = event.ready.contains(.writing) ? entry.writer : nil
        if let reader { finish(reader, .ready) }
        if let writer { finish(writer, .ready) }
        if reader != nil || writer != nil { return }
        let wanted = entry.wanted
        if wanted.isEmpty {
            poller.remove(descriptor)
            watched[descriptor] = nil
        } else {
            entry.interest = wanted
            // It is watched, so a change of what is wanted cannot fail.
            try? poller.change(descriptor, wanted, token: event.token)
            watched[descriptor] = entry
        }
    }

    /// Ends the waits whose deadline has passed.
    func fireTimers(_ now: Instant) {
        while let first = timers.first, first.instant <= now || waits[first.wait] == nil {
            timers.removeFirst()
            finish(first.wait, .timedOut)
        }
    }

    /// Sets the alarm to the first deadline.
    func setAlarm() {
        guard let first = timers.first?.instant else { return }
        if let alarmSetting, alarmSetting <= first { return }
        alarm.set(first)
        alarmSetting = first
    }
}

private let busy: Int32 = 16
