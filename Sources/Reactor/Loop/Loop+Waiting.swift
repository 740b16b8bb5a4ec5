public import Basics
import System

extension Loop {
    /// Lets the task sleep.
    ///
    /// - Throws: `cancelled` as soon as the task is cancelled.
    @MainLoop public func sleep(for duration: Duration) async throws(Failure) {
        try await sleep(until: now + duration)
    }

    /// Lets the task sleep until an instant; one that has passed gives other tasks a turn.
    ///
    /// - Throws: `cancelled` as soon as the task is cancelled.
    @MainLoop public func sleep(until instant: Instant) async throws(Failure) {
        switch await wait(deadline: instant) {
        case .cancelled: throw Failure(.cancelled, "the wait was cancelled")
        case .ready, .timedOut, .closed: return
        }
    }

    /// Waits until a read of the descriptor would not wait; one task at a time.
    ///
    /// The descriptor must stay open until this returns, and is not watched afterwards.
    /// - Throws: `timedOut`, `cancelled`; `conflict` if another task waits for the same.
    @MainLoop public func readable(
        _ descriptor: Int32,
        deadline: Instant? = nil
    ) async throws(Failure) {
        try await ready(descriptor, .reading, deadline)
    }

    /// Waits until a write to the descriptor would not wait; one task at a time.
    ///
    /// The descriptor must stay open until this returns, and is not watched afterwards.
    /// - Throws: `timedOut`, `cancelled`; `conflict` if another task waits for the same.
    @MainLoop public func writable(
        _ descriptor: Int32,
        deadline: Instant? = nil
    ) async throws(Failure) {
        try await ready(descriptor, .writing, deadline)
    }

    /// Lets other tasks and events go first, once.
    ///
    /// Unlike `Task.yield` it does not leave the loop's thread.
    @MainLoop public func turn() async {
        _ = await wait(deadline: nil) { waits.finishNextTurn($0) }
    }

    /// Calls back once, when other tasks and events had their turn.
    @MainLoop public func callNextTurn(_ body: @escaping () -> Void) {
        let id = waits.next()
        waits.begin(id, .call { _ in body() }, deadline: nil)
        waits.finishNextTurn(id)
    }

    @MainLoop private func ready(
        _ descriptor: Int32,
        _ direction: Direction,
        _ deadline: Instant?
    ) async throws(Failure) {
        defer { waits.release(descriptor) }
        try await wait(for: descriptor, direction, deadline: deadline, "descriptor \(descriptor)")
    }

    /// Waits for a descriptor that stays watched; whoever closes it calls `waits.abandon` first.
    @MainLoop func wait(
        for descriptor: Int32,
        _ direction: Direction,
        deadline: Instant?,
        _ subject: @autoclosure () -> String
    ) async throws(Failure) {
        var refusal: SystemError?
        let outcome = await wait(deadline: deadline) { wait in
            do throws(SystemError) {
                try waits.attach(wait, to: descriptor, direction)
            } catch {
                refusal = error
                waits.finish(wait, .closed)
            }
        }
        if let refusal { throw Failure("cannot wait for \(subject())", refusal) }
        switch outcome {
        case .ready: return
        case .timedOut:
            throw Failure(.timedOut, "cannot wait longer for \(subject())", cause: "time ran out")
        case .cancelled:
            throw Failure(.cancelled, "the wait for \(subject()) was cancelled")
        case .closed:
            throw Failure(.cancelled, "the wait for \(subject()) ended", cause: "it was closed")
        }
    }

    /// Suspends the task until its wait is finished, its deadline passes or it is cancelled.
    ///
    /// `register` makes the wait known to whoever will finish it.
    @MainLoop func wait(
        deadline: Instant?,
        _ register: (WaitID) -> Void = { _ in }
    ) async -> WaitOutcome {
        if Task.isCancelled { return .cancelled }
        let id = waits.next()
        return await withTaskCancellationHandler {
            await unsafe withUnsafeContinuation { continuation in
                unsafe waits.begin(id, .task(continuation), deadline: deadline)
                register(id)
            }
        } onCancel: {
            // It is handled on the loop, after the task has registered.
            cancel(id)
        }
    }

    /// Calls back on the loop at an instant, unless the returned wait is finished before.
    @MainLoop func call(at instant: Instant, _ body: @escaping (WaitOutcome) -> Void) -> WaitID {
        let id = waits.next()
        waits.begin(id, .call(body), deadline: instant)
        return id
    }

    /// Calls back once when a descriptor is ready.
    @MainLoop func call(
        when descriptor: Int32,
        _ direction: Direction,
        _ body: @escaping (WaitOutcome) -> Void
    ) throws(SystemError) -> WaitID {
        let id = waits.next()
        waits.begin(id, .call(body), deadline: nil)
        do throws(SystemError) {
            try waits.attach(id, to: descriptor, direction)
        } catch {
            // Nobody was told yet.
            waits.forget(id)
            throw error
        }
        return id
    }
}
