import Basics
import System
import Testing

@testable import Reactor

@Suite("Loop", .timeLimit(.minutes(1))) struct LoopTests {
    @Test @MainLoop func `tasks of the main loop run on its one thread`() async {
        let first = Threads.current
        await Task.yield()
        #expect(Loop.main.isCurrent)
        #expect(Threads.current == first)
        let other = await Task { @MainLoop in Threads.current }.value
        #expect(other == first)
    }

    @Test @MainLoop func `a turn lets others run and comes back`() async {
        var others = 0
        let other = Task { @MainLoop in
            for _ in 0..<100 {
                others += 1
                await Loop.main.turn()
            }
        }
        for _ in 0..<1000 where others < 100 { await Loop.main.turn() }
        #expect(others == 100)
        await other.value
    }

    @Test func `the loop stands still while nothing happens`() async {
        // In a process of its own, where nothing else uses the loop.
        await #expect(processExitsWith: .success) {
            try await Self.standStill()
        }
    }

    @MainLoop private static func standStill() async throws {
        // A peer that has hung up is ready for ever; once nobody asks it must not wake the loop.
        let (left, right) = ByteStream.pair()
        let reader = Task { @MainLoop in try await left.read() }
        await Loop.main.turn()
        right.close()
        #expect(try await reader.value == [])
        // A deadline that was given up may wake it once, and so may the peer.
        let given = Task { @MainLoop in try await Loop.main.sleep(for: .milliseconds(5)) }
        await Loop.main.turn()
        given.cancel()
        _ = await given.result
        let before = Loop.main.turns
        let processor = Clocks.processorTime
        try await Loop.main.sleep(for: .milliseconds(300))
        #expect(Loop.main.turns - before <= 6)
        #expect(Clocks.processorTime - processor < .milliseconds(60))
        #expect(left.descriptor >= 0)
    }

    @Test @MainLoop func `sleeps end in the order of their instants`() async throws {
        // Far enough away that every sleep has begun before the first ends, however busy the machine is.
        let start = Loop.main.now + .milliseconds(500)
        var order: [Int] = []
        let tasks = [40, 10, 30, 20, 10].map { delay in
            Task { @MainLoop in
                try await Loop.main.sleep(until: start + .milliseconds(delay))
                order.append(delay)
            }
        }
        for task in tasks { try await task.value }
        #expect(order == [10, 10, 20, 30, 40])
        #expect(Loop.main.now - start >= .milliseconds(40))
    }

    @Test @MainLoop func `a cancelled sleep ends at once`() async {
        let start = Loop.main.now
        let sleeper = Task { @MainLoop in try await Loop.main.sleep(for: .seconds(3600)) }
        await Task.yield()
        sleeper.cancel()
        let result = await sleeper.result
        #expect(throws: Failure.self) { try result.get() }
        #expect(Loop.main.now - start < .seconds(10))
    }

    @Test @MainLoop func `a sleep of a cancelled task does not begin`() async {
        let task = Task { @MainLoop in
            withUnsafeCurrentTask { $0?.cancel() }
            try await Loop.main.sleep(for: .seconds(3600))
        }
        let failure = await #expect(throws: Failure.self) { try await task.value }
        #expect(failure?.code == .cancelled)
    }

    @Test @MainLoop func `calls between functions of the loop do not suspend`() async {
        var steps: [Int] = []
        let other = Task { @MainLoop in steps.append(9) }
        await Self.step { steps.append(1) }
        await Self.step { steps.append(2) }
        #expect(steps == [1, 2])
        await other.value
    }

    @MainLoop private static func step(_ body: () -> Void) async { body() }

    @Test @MainLoop func `a descriptor can be awaited for reading and writing at once`()
        async throws
    {
        let (number, peer) = try Sockets.pair()
        defer { [number, peer].forEach { Descriptors.close($0) } }
        try fill(number)
        let reader = Task { @MainLoop in try await Loop.main.readable(number, deadline: nil) }
        let writer = Task { @MainLoop in try await Loop.main.writable(number, deadline: nil) }
        await Task.yield()
        _ = try Descriptors.write(peer, [1])
        try await reader.value
        while (try? Descriptors.read(peer, upTo: 65536)) != nil {}
        try await writer.value
    }

    @Test @MainLoop func `a second reader of a descriptor is refused`() async throws {
        let (number, peer) = try Sockets.pair()
        defer { [number, peer].forEach { Descriptors.close($0) } }
        let first = Task { @MainLoop in try await Loop.main.readable(number, deadline: nil) }
        await Task.yield()
        let failure = await #expect(throws: Failure.self) {
            try await Loop.main.readable(number, deadline: nil)
        }
        #expect(failure?.code == .conflict)
        _ = try Descriptors.write(peer, [1])
        try await first.value
    }

    @Test @MainLoop func `a descriptor number that is used again is watched again`() async throws {
        for _ in 0..<20 {
            let (number, peer) = try Sockets.pair()
            _ = try Descriptors.write(peer, [1])
            try await Loop.main.readable(number, deadline: Loop.main.now + .seconds(10))
            [number, peer].forEach { Descriptors.close($0) }
        }
    }

    @Test @MainLoop func `the deadline of a body cancels it`() async {
        let failure = await #expect(throws: Failure.self) {
            try await Loop.main.withDeadline(.milliseconds(5), "wait for ever") {
                try await Loop.main.sleep(for: .seconds(3600))
            }
        }
        #expect(failure?.code == .timedOut)
        #expect(failure?.description == "cannot wait for ever: not done within 0.005 s")
    }

    @Test @MainLoop func `a body within its deadline gives its value or its error`() async throws {
        let value = try await Loop.main.withDeadline(.seconds(60), "count") { 7 }
        #expect(value == 7)
        let failure = await #expect(throws: Failure.self) {
            try await Loop.main.withDeadline(.seconds(60), "count") { () throws -> Int in
                throw Failure(.invalid, "no")
            }
        }
        #expect(failure?.code == .invalid)
    }

    @Test @MainLoop func `cancelling a task cancels its body with a deadline`() async {
        let task = Task { @MainLoop in
            try await Loop.main.withDeadline(.seconds(3600), "wait") {
                try await Loop.main.sleep(for: .seconds(3600))
            }
        }
        await Task.yield()
        task.cancel()
        let failure = await #expect(throws: Failure.self) { try await task.value }
        #expect(failure?.code == .cancelled)
    }

    @Test @MainLoop func `many tasks that hop between each other all finish`() async {
        let tasks = (0..<1000).map { index in
            Task { @MainLoop in
                for _ in 0..<10 { await Task.yield() }
                return index
            }
        }
        var sum = 0
        for task in tasks { sum += await task.value }
        #expect(sum == 499_500)
    }

    @Test func `threads outside may call in`() async {
        let tasks = (0..<8).map { _ in
            Task { @concurrent in
                var hits = 0
                for _ in 0..<200 { hits += await Self.hit() }
                return hits
            }
        }
        var total = 0
        for task in tasks { total += await task.value }
        #expect(total == 1600)
    }

    @MainLoop private static func hit() -> Int { Loop.main.isCurrent ? 1 : 0 }

    private func fill(_ number: Int32) throws {
        let block = [UInt8](repeating: 0, count: 65536)
        while (try? Descriptors.write(number, block[...])) != nil {}
    }
}
