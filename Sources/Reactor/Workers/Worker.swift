public import Basics
import Synchronization
public import System

/// One thread of a data plane: an event loop with its connections, timers and memory.
///
/// A connection lives and dies on its worker. Nothing that a worker owns is used by another thread;
/// other threads only `post` through its `handle`. Tests drive a worker without a thread and with a
/// clock of their own, by `turn`.
public final class Worker {
    /// Its number among the workers of the program, from 0.
    public let index: Int
    /// What other threads hold of it.
    public let handle: WorkerHandle
    /// The time when this turn began.
    public private(set) var now: Instant
    /// The wall clock when this turn began.
    public private(set) var wall: Timestamp
    /// The memory that buffers borrow.
    public let blocks: BlockPool
    /// The pipes that relays borrow.
    public let pipes = PipePool()
    /// The timers.
    public var timers: TimerWheel
    /// What the program keeps on this worker; set by a posted job.
    public var tenant: AnyObject?
    /// How many descriptors are watched.
    public private(set) var sourceCount = 0

    private let poller: EdgePoller
    private var sources: [EventSource?] = []
    private var generation: UInt32 = 0
    /// Links with something to send; each is watched, or retired, and so lives on to the turn's end.
    private var dirty: [Unretained<Link>] = []
    private var again: [EventSource] = []
    private var retired: [AnyObject] = []
    private var coalescing = Coalescing()
    private var isEnding = false

    /// Makes a worker that does nothing before `run` or `turn`.
    ///
    /// - Throws: `Failure` if the process has no descriptors left.
    public init(index: Int, moment: Moment = Clocks.moment) throws(Failure) {
        do throws(SystemError) {
            poller = try EdgePoller()
            handle = WorkerHandle(mailbox: try WorkerMailbox())
            try poller.add(handle.mailbox.wakeUp.number, token: Self.mailboxToken)
        } catch {
            throw Failure("cannot start a worker", error)
        }
        self.index = index
        now = moment.instant
        wall = moment.wall
        blocks = BlockPool(blockSize: 16 * 1024, keepsMaximum: 128)
        timers = TimerWheel(at: moment.instant)
    }

    /// Starts a worker on a thread of its own; it runs until `WorkerHandle.stop`.
    ///
    /// - Throws: `Failure` if the machine allows no more threads or descriptors.
    public static func start(index: Int) throws(Failure) -> WorkerHandle {
        let worker = try Worker(index: index)
        let handle = worker.handle
        // The worker belongs to its thread from here on; this one keeps only the handle.
        let passed = Passed(worker)
        do throws(SystemError) {
            try Threads.start("worker-\(index)") { passed.worker.run() }
        } catch {
            throw Failure("cannot start a worker", error)
        }
        return handle
    }

    /// Runs turns until the end is asked for.
    public func run() {
        while !isEnding { turn(waiting: true) }
        tenant = nil
        for source in sources { source?.close() }
        sources = []
        handle.mailbox.end()
    }

    /// One turn: waits for events if wanted, handles them, fires the timers that are due.
    ///
    /// `moment` is the time of the turn; without one the machine's clocks are read.
    public func turn(waiting: Bool, at moment: Moment? = nil) {
        flush()
        let mayRest = coalescing.isOn && waiting && again.isEmpty
        var count = mayRest ? poller.wait(milliseconds: 0) : 0
        let rests = mayRest && count == 0
        if rests { Threads.sleep(Coalescing.rest) }
        if count == 0 { count = poller.wait(milliseconds: waiting ? timeout : 0) }
        let moment = moment ?? Clocks.moment
        now = moment.instant
        wall = moment.wall
        coalescing.note(events: count, rested: rests, at: now)
        for index in 0..<count { handle(poller.event(at: index)) }
        while let due = timers.takeDue(at: now) {
            due.target.timerFired(due.tag)
            flush()
        }
        goOn()
        if !retired.isEmpty { retired.removeAll(keepingCapacity: true) }
    }

    /// Watches a descriptor, which the source closes.
    ///
    /// - Throws: `SystemError` if the kernel cannot watch it.
    func add(_ source: EventSource, isListener: Bool = false) throws(SystemError) {
        let number = source.descriptor
        generation &+= 1
        source.generation = generation
        let token = UInt64(generation) << 32 | UInt64(UInt32(bitPattern: number))
        if isListener {
            try poller.add(listener: number, token: token)
        } else {
            try poller.add(number, token: token)
        }
        while sources.count <= Int(number) { sources.append(nil) }
        sources[Int(number)] = source
        sourceCount += 1
    }

    /// Stops watching a descriptor; closing it is the caller's.
    func remove(_ source: EventSource, keepsOpen: Bool = false) {
        let number = Int(source.descriptor)
        guard number >= 0, number < sources.count, sources[number] === source else { return }
        // A method of it may be running.
        retire(source)
        sources[number] = nil
        sourceCount -= 1
        if keepsOpen { poller.remove(source.descriptor) }
    }

    /// Keeps an object alive until the turn's end: a method of it may still be running.
    public func retire(_ object: AnyObject) {
        retired.append(object)
    }

    /// Has a link sent at the end of the event at hand.
    @inline(__always) func willFlush(_ link: Link) {
        if link.generation == 0 { retire(link) }
        dirty.append(Unretained(link))
    }

    /// Has a source go on in this turn, after the others had theirs.
    func willGoOn(_ source: EventSource) {
        again.append(source)
    }

    /// Sends what was appended to links since the last event.
    private func flush() {
        var position = 0
        while position < dirty.count {
            let link = dirty[position]
            position += 1
            link.lend { $0.flushNow() }
        }
        dirty.removeAll(keepingCapacity: true)
    }

    private func handle(_ event: EdgePoller.Event) {
        if event.token == Self.mailboxToken {
            empty()
        } else {
            let number = Int(event.token & 0xffff_ffff)
            guard number < sources.count, let source = sources[number].map(Unretained.init),
                source.object.generation == UInt32(event.token >> 32)
            else { return }
            source.lend { $0.ready(event) }
        }
        flush()
    }

    private func goOn() {
        guard !again.isEmpty else { return }
        let waiting = again
        again = []
        for source in waiting {
            source.goOn()
            flush()
        }
    }

    private func empty() {
        for job in handle.mailbox.take() {
            if handle.mailbox.isStopped { isEnding = true }
            job(self)
        }
        if handle.mailbox.isStopped { isEnding = true }
    }

    private var timeout: Int32 {
        if !again.isEmpty { return 0 }
        guard let turn = timers.nextTurn else { return -1 }
        // Rounded up, or the last millisecond would be spent turning.
        let wait = (turn - Clocks.instant).nanoseconds + 999_999
        return Int32(clamping: max(0, wait / 1_000_000))
    }

    private static let mailboxToken = UInt64.max
}

/// Hands a worker over to its thread.
///
/// Safe because the maker drops its own reference before the thread uses it.
private struct Passed: @unchecked Sendable {
    let worker: Worker
    init(_ worker: Worker) { self.worker = worker }
}

/// What other threads hold of a worker.
public struct WorkerHandle: Sendable {
    let mailbox: WorkerMailbox

    /// Runs a job on the worker's thread, after those posted before.
    ///
    /// Returns: Whether the worker still takes jobs.
    @discardableResult
    public func post(_ job: @escaping @Sendable (Worker) -> Void) -> Bool {
        mailbox.put(job)
    }

    /// Ends the worker: its connections are closed where they are.
    public func stop() {
        mailbox.stop()
    }

    /// Whether the worker's thread has ended.
    public var hasEnded: Bool { mailbox.hasEnded }
}

/// The jobs on their way to a worker.
final class WorkerMailbox: Sendable {
    private struct State {
        var jobs: [@Sendable (Worker) -> Void] = []
        var isStopped = false
        var hasEnded = false
    }

    let wakeUp: WakeUp
    private let state = Mutex(State())

    init() throws(SystemError) {
        wakeUp = try WakeUp()
    }

    var isStopped: Bool { state.withLock { $0.isStopped } }
    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    func put(_ job: @escaping @Sendable (Worker) -> Void) -> Bool {
        let taken = state.withLock { state in
            if state.hasEnded { return false }
            state.jobs.append(job)
            return true
        }
        if taken { wakeUp.raise() }
        return taken
    }

    func take() -> [@Sendable (Worker) -> Void] {
        wakeUp.lower()
        return state.withLock { state in
            let jobs = state.jobs
            state.jobs = []
            return jobs
        }
    }

    func stop() {
        state.withLock { $0.isStopped = true }
        wakeUp.raise()
    }

    func end() {
        state.withLock { state in
            state.hasEnded = true
            state.jobs = []
        }
    }
}
