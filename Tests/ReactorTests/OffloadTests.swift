import Basics
import Foundation
import Synchronization
import System
import Testing

@testable import Reactor

@Suite("Offload", .serialized, .timeLimit(.minutes(1))) struct OffloadTests {
    @Test @MainLoop func `work runs off the loop and its result comes back to it`() async throws {
        let thread = try await Loop.main.offload { Threads.current }
        #expect(thread != Threads.current)
        #expect(Loop.main.isCurrent)
    }

    @Test @MainLoop func `errors come back`() async {
        let error = await #expect(throws: SystemError.self) {
            try await Loop.main.offload { try Files.read("/nonexistent") }
        }
        #expect(error?.number == 2)
    }

    @Test @MainLoop func `no more than four run at a time and all run`() async throws {
        let running = Tally()
        let tasks = (0..<200).map { _ in
            Task { @MainLoop in try await Loop.main.offload { running.visit() } }
        }
        for task in tasks { try await task.value }
        #expect(running.all == 200)
        #expect(running.most <= Workers.maximum)
    }

    @Test @MainLoop func `work that has not begun is skipped when cancelled`() async throws {
        let gate = DispatchSemaphore(value: 0)
        let begun = Tally()
        let blockers = (0..<Workers.maximum).map { _ in
            Task { @MainLoop in
                try await Loop.main.offload {
                    begun.visit()
                    gate.wait()
                }
            }
        }
        // All threads are taken, so that what comes now waits.
        while begun.all < Workers.maximum { await Task.yield() }
        let ran = Flag()
        let late = Task { @MainLoop in try await Loop.main.offload { ran.raise() } }
        while Loop.main.workers.queued == 0 { await Task.yield() }
        late.cancel()
        for _ in blockers { gate.signal() }
        for blocker in blockers { try await blocker.value }
        let failure = await #expect(throws: Failure.self) { try await late.value }
        #expect(failure?.code == .cancelled)
        #expect(!ran.isRaised)
    }
}

private final class Tally: Sendable {
    private let counts = Mutex((now: 0, most: 0, all: 0))

    var most: Int { counts.withLock { $0.most } }
    var all: Int { counts.withLock { $0.all } }

    func visit() {
        counts.withLock {
            $0.now += 1
            $0.all += 1
            $0.most = max($0.most, $0.now)
        }
        sched_yield()
        counts.withLock { $0.now -= 1 }
    }
}
