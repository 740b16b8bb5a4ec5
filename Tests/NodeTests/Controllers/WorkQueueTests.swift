import Basics
import TestKit
import Testing

@testable import Node

@Suite("Work queue of the controllers") struct WorkQueueTests {
    private func item(_ name: String) -> WorkQueue.Item { WorkQueue.Item("pods", name) }
    private func at(_ seconds: Int) -> Instant { .zero + .seconds(seconds) }

    @Test func `wishes come once each and in order`() {
        var queue = WorkQueue()
        for name in ["a", "b", "a", "c", "b"] { queue.add(item(name)) }
        var order: [String] = []
        while let next = queue.next(at: .zero) { order.append(next.uid) }
        #expect(order == ["a", "b", "c"])
        #expect(queue.busyCount == 3)
    }

    @Test func `what changes while it is looked at is looked at again, by one at a time`() {
        var queue = WorkQueue()
        queue.add(item("a"))
        var next = queue.next(at: .zero)
        #expect(next == item("a"))
        queue.add(item("a"))
        next = queue.next(at: .zero)
        #expect(next == nil)
        queue.finish(item("a"))
        next = queue.next(at: .zero)
        #expect(next == item("a"))
        queue.finish(item("a"))
        #expect(queue.isEmpty)
    }

    @Test func `the earliest time counts, and a wish comes before it`() {
        var queue = WorkQueue()
        queue.add(item("a"), at: at(9))
        queue.add(item("b"), at: at(5))
        queue.add(item("a"), at: at(3))
        queue.add(item("a"), at: at(7))
        var wakes = [queue.nextWake]
        var taken = [queue.next(at: at(2)), queue.next(at: at(3))]
        queue.finish(item("a"))
        wakes.append(queue.nextWake)
        taken += [queue.next(at: at(20)), queue.next(at: at(20))]
        wakes.append(queue.nextWake)
        #expect(wakes == [at(3), at(5), nil])
        #expect(taken == [nil, item("a"), item("b"), nil])
    }

    @Test func `pauses after failures grow, and are over with a success`() {
        var queue = WorkQueue()
        var now = Instant.zero
        var pauses: [Int64] = []
        queue.add(item("a"))
        for number in 0..<9 {
            let next = queue.next(at: now)
            let isFirst = queue.fail(item("a"), at: now)
            #expect(next == item("a") && isFirst == (number == 0))
            let wake = queue.nextWake ?? now
            pauses.append((wake - now).milliseconds)
            now = wake
        }
        #expect(pauses == [100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000])
        var next = queue.next(at: now)
        queue.finish(item("a"))
        queue.add(item("a"))
        next = queue.next(at: now)
        let isFirst = queue.fail(item("a"), at: now)
        queue.forget(item("a"))
        let wake = queue.nextWake
        #expect(next == item("a") && isFirst && wake == nil)
    }

    /// Whatever happens, nothing that was wanted is lost and nothing is looked at twice at once.
    @Test(arguments: 0..<20) func `nothing is lost`(seed: Int) {
        var dice = SeededGenerator(seed: UInt64(seed))
        var queue = WorkQueue()
        var now = Instant.zero
        var dirty: Set<WorkQueue.Item> = []
        var busy: Set<WorkQueue.Item> = []
        for _ in 0..<2000 {
            let item = item(String(Int.random(in: 0..<8, using: &dice)))
            switch Int.random(in: 0..<6, using: &dice) {
            case 0, 1:
                queue.add(item)
                dirty.insert(item)
            case 2:
                queue.add(item, at: now + .seconds(Int.random(in: 0..<5, using: &dice)))
                dirty.insert(item)
            case 3: now = now + .seconds(1)
            case 4:
                guard let next = queue.next(at: now) else { continue }
                #expect(busy.insert(next).inserted)
                dirty.remove(next)
            default:
                guard let done = busy.randomElement(using: &dice) else { continue }
                busy.remove(done)
                if Bool.random(using: &dice) {
                    queue.fail(done, at: now)
                    dirty.insert(done)
                } else {
                    queue.finish(done)
                }
            }
        }
        for item in busy { queue.finish(item) }
        now = now + .seconds(60)
        while let item = queue.next(at: now) {
            dirty.remove(item)
            queue.finish(item)
        }
        #expect(dirty.isEmpty)
        #expect(queue.isEmpty)
    }
}
