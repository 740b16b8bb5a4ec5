public import Basics
import Glibc
import Synchronization
import System

/// The event loop: one thread that runs tasks and waits for descriptors and instants.
///
/// The thread starts with the first task that is handed over, or is the caller's own with `run`. It
/// sleeps in `epoll_wait` whenever there is nothing to do.
///
/// It is no `TaskExecutor`: a task that prefers one would suspend at every call between functions of
/// the loop, and what runs between two awaits would no longer be one step.
///
/// Ownership: `waits` and `poller` belong to the loop's thread. `inbox` is shared by all threads.
public final class Loop: SerialExecutor, @unchecked Sendable {
    // Unchecked, because `waits` and `poller` are no `Sendable`: they are touched by `turn`, which
    // runs on the loop's thread, and by functions isolated to `MainLoop`, which run there too.

    /// The one loop of the program.
    public static let main = Loop()

    private struct Inbox {
        var jobs: [UnownedJob] = []
        var cancelled: [WaitID] = []
        var isStarted = false
        var isSleeping = false
    }

    let waits: Waits
    let workers = Workers()
    @MainLoop let readBuffer = ReadBuffer(65536)
    /// How often the loop has woken; it belongs to the loop's thread as `waits` does.
    private(set) var turns: UInt64 = 0
    private let poller: Poller
    private let wakeUp: WakeUp
    private let inbox = Mutex(Inbox())
    private let thread = Atomic<Int32>(0)
    private static let wakeUpToken: UInt64 = 0
    /// Batches of tasks between two looks at the descriptors.
    private static let batchesPerTurn = 8

    private init() {
        Signals.ignoreBrokenPipes()
        do throws(SystemError) {
            poller = try Poller()
            wakeUp = try WakeUp()
            waits = try Waits(poller: poller)
            try poller.add(wakeUp.number, .reading, token: Self.wakeUpToken)
        } catch {
            preconditionFailure("the event loop cannot start: \(error)")
        }
    }

    // MARK: Clocks

    /// The monotonic clock (`CLOCK_BOOTTIME`).
    public nonisolated var now: Instant { Clocks.instant }

    /// Both clocks.
    public nonisolated var moment: Moment { Clocks.moment }

    // MARK: Executor

    /// Takes a task's next piece of work; from any thread.
    public func enqueue(_ job: UnownedJob) {
        post { $0.jobs.append(job) }
    }

    /// The loop as the executor of actors.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        unsafe UnownedSerialExecutor(ordinary: self)
    }

    /// Ends the process if the caller does not run on the loop.
    public func checkIsolated() {
        precondition(isCurrent, "not on the event loop")
    }

    /// Whether the caller runs on the loop's thread.
    public var isCurrent: Bool { thread.load(ordering: .relaxed) == Threads.current }

    /// Runs the loop on the calling thread, for the whole life of the program.
    ///
    /// Call it once, from `main` and before anything else uses the loop. From then on there are no
    /// other threads than this one and the workers of `offload`.
    /// - Parameter body: What the program does; its result is the exit code.
    public static func run(_ body: @escaping @MainLoop @Sendable () async -> Int32) -> Never {
        let wasStarted = main.inbox.withLock { inbox in
            let before = inbox.isStarted
            inbox.isStarted = true
            return before
        }
        precondition(!wasStarted, "the loop runs already")
        takeGlobalJobs()
        Task { @MainLoop in exit(await body()) }
        main.runForever()
    }

    /// Runs what belongs to no executor on the loop as well.
    ///
    /// The runtime resumes a continuation on its own threads, only to come back here: two switches
    /// of threads for every wait. A runtime without the hook costs just that.
    private static func takeGlobalJobs() {
        _ = unsafe GlobalJobs.take { job in
            guard let job = unsafe job else { return }
            unsafe Loop.main.enqueue(unsafeBitCast(job, to: UnownedJob.self))
        }
    }

    func cancel(_ wait: WaitID) {
        post { $0.cancelled.append(wait) }
    }

    private func post(_ change: (inout Inbox) -> Void) {
        let (mustStart, mustWake) = inbox.withLock { inbox in
            change(&inbox)
            let result = (!inbox.isStarted, inbox.isSleeping)
            inbox.isStarted = true
            inbox.isSleeping = false
            return result
        }
        if mustWake { wakeUp.raise() }
        if mustStart { startThread() }
    }

    private func startThread() {
        do throws(SystemError) {
            try Threads.start("loop") { self.runForever() }
        } catch {
            preconditionFailure("the event loop cannot start: \(error)")
        }
    }

    // MARK: Turning

    private func runForever() -> Never {
        thread.store(Threads.current, ordering: .relaxed)
        var events: [Poller.Event] = []
        while true {
            runTasks()
            let isDue = waits.isDue(now)
            if !isDue { waits.setAlarm() }
            let mayWait = inbox.withLock { inbox in
                inbox.isSleeping = !isDue && inbox.jobs.isEmpty && inbox.cancelled.isEmpty
                return inbox.isSleeping
            }
            do throws(SystemError) {
                try poller.wait(mayWait, into: &events)
            } catch {
                preconditionFailure("the event loop cannot wait: \(error)")
            }
            turns &+= 1
            if mayWait { inbox.withLock { $0.isSleeping = false } }
            for event in events {
                if event.token == Self.wakeUpToken { wakeUp.lower() } else { waits.dispatch(event) }
            }
            events.removeAll(keepingCapacity: true)
            waits.finishYielded()
            waits.fireTimers(now)
        }
    }

    private func runTasks() {
        for _ in 0..<Self.batchesPerTurn {
            let (jobs, cancelled) = inbox.withLock { inbox in
                let taken = (inbox.jobs, inbox.cancelled)
                inbox.jobs = []
                inbox.cancelled = []
                return taken
            }
            if jobs.isEmpty && cancelled.isEmpty { return }
            for wait in cancelled { waits.finish(wait, .cancelled) }
            for job in jobs {
                unsafe job.runSynchronously(on: asUnownedSerialExecutor())
            }
        }
    }
}
