import Basics
import System
import Testing

@testable import Reactor

@Suite("Queues and watches", .timeLimit(.minutes(1))) struct QueueTests {
    @Test @MainLoop func `elements come out in order and the end after them`() async {
        let queue = AsyncQueue<Int>()
        for number in 0..<1000 { #expect(queue.send(number)) }
        queue.finish()
        #expect(!queue.send(7))
        var got: [Int] = []
        while let number = await queue.next() { got.append(number) }
        #expect(got == Array(0..<1000))
        #expect(await queue.next() == nil)
    }

    @Test @MainLoop func `a full queue refuses and counts`() async {
        let queue = AsyncQueue<Int>(capacity: 2)
        #expect(queue.send(1))
        #expect(queue.send(2))
        #expect(!queue.send(3))
        #expect(queue.refused == 1)
        #expect(await queue.next() == 1)
        #expect(queue.send(4))
        #expect(queue.count == 2)
    }

    @Test @MainLoop func `a receiver without a task is told of each element and of the end`() {
        let queue = AsyncQueue<Int>(capacity: 200)
        var told = 0
        queue.onChange = { told += 1 }
        for number in 0..<200 { #expect(queue.send(number)) }
        #expect(!queue.send(200))
        #expect(told == 200 && !queue.isOver)
        queue.finish()
        #expect(told == 201 && !queue.isOver)
        for number in 0..<200 { #expect(queue.nextIfThere() == number) }
        #expect(queue.nextIfThere() == nil && queue.isOver)
    }

    @Test @MainLoop func `a sender waits for room`() async {
        let queue = AsyncQueue<Int>(capacity: 1)
        let sender = Task { @MainLoop in
            for number in 0..<100 { await queue.sendWhenRoom(number) }
            queue.finish()
        }
        var got: [Int] = []
        while let number = await queue.next() { got.append(number) }
        #expect(got == Array(0..<100))
        await sender.value
    }

    @Test @MainLoop func `a receiver is woken by a send, the end and its cancellation`() async {
        let queue = AsyncQueue<Int>()
        let first = Task { @MainLoop in await queue.next() }
        await Task.yield()
        queue.send(5)
        #expect(await first.value == 5)
        let second = Task { @MainLoop in await queue.next() }
        await Task.yield()
        second.cancel()
        #expect(await second.value == nil)
        let third = Task { @MainLoop in await queue.next() }
        await Task.yield()
        queue.finish()
        #expect(await third.value == nil)
    }

    @Test @MainLoop func `changes in a directory are seen in order`() async throws {
        let directory = try Files.makeTemporaryDirectory("/tmp/remora-test-")
        defer { try? Files.removeTree(directory) }
        let watch = try DirectoryWatch([directory])
        let late = await #expect(throws: Failure.self) {
            try await watch.next(deadline: Loop.main.now + .milliseconds(2))
        }
        #expect(late?.code == .timedOut)
        try Files.writeAtomically(directory + "/exit", [48], sync: false)
        try Files.remove(directory + "/exit")
        var seen: [DirectoryWatch.Change] = []
        while !seen.contains(where: { $0.mask.contains(.deleted) }) {
            seen += try await watch.next(deadline: Loop.main.now + .seconds(20))
        }
        let final = seen.filter { $0.name == "exit" }
        #expect(final.first?.mask == .movedTo)
        #expect(final.last?.mask == .deleted)
        #expect(final.allSatisfy { $0.path == directory })
    }

    @Test @MainLoop func `watching what is not there is a failure`() {
        let failure = #expect(throws: Failure.self) { try DirectoryWatch(["/nonexistent"]) }
        #expect(failure?.code == .notFound)
    }

    @Test @MainLoop func `a watch can be cancelled and closed`() async throws {
        let watch = try DirectoryWatch(["/tmp"], mask: .selfDeleted)
        let first = Task { @MainLoop in _ = try await watch.next() }
        await Task.yield()
        first.cancel()
        let cancelled = await #expect(throws: Failure.self) { try await first.value }
        #expect(cancelled?.code == .cancelled)
        let second = Task { @MainLoop in _ = try await watch.next() }
        await Task.yield()
        watch.close()
        let closed = await #expect(throws: Failure.self) { try await second.value }
        #expect(closed?.code == .cancelled)
    }
}
