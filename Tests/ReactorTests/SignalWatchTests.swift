import Basics
import Foundation
import System
import Testing

@testable import Reactor

@Suite("Signals", .timeLimit(.minutes(1))) struct SignalWatchTests {
    @Test func `blocked signals arrive as events, in a process of its own`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            // All threads that run already would take the signal, so it goes to this one only.
            try SignalWatch.block([SIGUSR1, SIGTERM])
            let code = try await Self.receive()
            exit(code)
        }
    }

    @MainLoop private static func receive() async throws -> Int32 {
        try SignalWatch.block([SIGUSR1, SIGTERM])
        let watch = try SignalWatch([SIGUSR1, SIGTERM])
        let late = await #expect(throws: Failure.self) {
            try await watch.next(deadline: Loop.main.now + .milliseconds(2))
        }
        #expect(late?.code == .timedOut)
        pthread_kill(pthread_self(), SIGUSR1)
        #expect(try await watch.next(deadline: Loop.main.now + .seconds(20)) == SIGUSR1)
        let waiter = Task { @MainLoop in try await watch.next() }
        await Loop.main.turn()
        pthread_kill(pthread_self(), SIGTERM)
        #expect(try await waiter.value == SIGTERM)
        let closed = Task { @MainLoop in try await watch.next() }
        await Loop.main.turn()
        watch.close()
        let failure = await #expect(throws: Failure.self) { try await closed.value }
        #expect(failure?.code == .cancelled)
        return 7
    }
}
