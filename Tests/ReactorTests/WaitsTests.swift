import Basics
import System
import Testing

@testable import Reactor

@Suite("Waits") struct WaitsTests {
    private func instant(_ nanoseconds: Int64) -> Instant { Instant(nanoseconds: nanoseconds) }

    @Test func `deadlines fire in their order and at once for equal ones in that of adding`() throws
    {
        let waits = try Waits(poller: try Poller())
        var fired: [Int] = []
        for (index, time) in [50, 10, 30, 10, 40, 20, 30].enumerated() {
            waits.begin(
                waits.next(),
                .call { _ in fired.append(index) },
                deadline: instant(Int64(time))
            )
        }
        waits.fireTimers(instant(9))
        #expect(fired == [])
        waits.fireTimers(instant(30))
        #expect(fired == [1, 3, 5, 2, 6])
        waits.fireTimers(instant(100))
        #expect(fired == [1, 3, 5, 2, 6, 4, 0])
        #expect(waits.count == 0)
    }

    @Test func `a wait ends once`() throws {
        let waits = try Waits(poller: try Poller())
        var outcomes: [WaitOutcome] = []
        let wait = waits.next()
        waits.begin(wait, .call { outcomes.append($0) }, deadline: instant(5))
        waits.finish(wait, .cancelled)
        waits.finish(wait, .ready)
        waits.fireTimers(instant(10))
        #expect(outcomes == [.cancelled])
    }

    @Test func `deadlines of waits that have ended do not pile up`() throws {
        let waits = try Waits(poller: try Poller())
        for _ in 0..<10_000 {
            let wait = waits.next()
            waits.begin(wait, .call { _ in }, deadline: instant(1 << 40))
            waits.finish(wait, .ready)
        }
        #expect(waits.count == 0)
        #expect(waits.timerCount <= 65)
    }

    @Test func `random deadlines come out sorted`() {
        var heap = TimerHeap()
        var state: UInt64 = 42
        for number in 0..<1000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let entry = TimerHeap.Entry(
                instant: instant(Int64(state >> 54)),
                wait: WaitID(number: UInt64(number))
            )
            heap.insert(entry)
            if number == 500 { heap.compact { $0.number % 3 != 0 } }
        }
        var all: [TimerHeap.Entry] = []
        while let entry = heap.removeFirst() { all.append(entry) }
        #expect(all.count == 1000 - 167)
        for (left, right) in zip(all, all.dropFirst()) {
            #expect(
                left.instant < right.instant
                    || left.instant == right.instant && left.wait.number < right.wait.number
            )
        }
    }

    @Test func `a descriptor nobody waits for any more is let go when it shows up`() throws {
        let poller = try Poller()
        let waits = try Waits(poller: poller)
        let (number, peer) = try Sockets.pair()
        defer { [number, peer].forEach { Descriptors.close($0) } }
        _ = try Descriptors.write(peer, [1])
        var outcomes: [WaitOutcome] = []
        let wait = waits.next()
        waits.begin(wait, .call { outcomes.append($0) }, deadline: nil)
        try waits.attach(wait, to: number, .reading)
        for _ in 0..<2 {
            var events: [Poller.Event] = []
            try poller.wait(false, into: &events)
            #expect(events.count == 1)
            events.forEach(waits.dispatch)
        }
        #expect(outcomes == [.ready])
        var events: [Poller.Event] = []
        try poller.wait(false, into: &events)
        #expect(events == [])
    }

    @Test func `an event of an earlier use of a number is not taken for the new one`() throws {
        let waits = try Waits(poller: try Poller())
        let (number, peer) = try Sockets.pair()
        defer { [number, peer].forEach { Descriptors.close($0) } }
        var outcomes: [WaitOutcome] = []
        let first = waits.next()
        waits.begin(first, .call { outcomes.append($0) }, deadline: nil)
        try waits.attach(first, to: number, .reading)
        waits.abandon(number)
        let second = waits.next()
        waits.begin(second, .call { outcomes.append($0) }, deadline: nil)
        try waits.attach(second, to: number, .reading)
        let old = UInt64(1) << 32 | UInt64(number)
        waits.dispatch(Poller.Event(token: old, ready: .reading))
        #expect(outcomes == [.closed])
        waits.dispatch(Poller.Event(token: UInt64(2) << 32 | UInt64(number), ready: .reading))
        #expect(outcomes == [.closed, .ready])
    }
}
