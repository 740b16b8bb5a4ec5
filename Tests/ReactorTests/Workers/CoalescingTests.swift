import Basics
import Testing

@testable import Reactor

/// Clients that each wait for their answer, and a backend, in simulated time.
private struct ClosedLoop {
    let rests: Bool
    var coalescing = Coalescing()
    var now = Instant.zero + .seconds(1)
    /// When the next event of each connection comes.
    var due: [Instant]
    var handled = 0

    init(connections: Int, rests: Bool) {
        self.rests = rests
        due = (0..<connections).map { .zero + .seconds(1) + .microseconds($0) }
    }

    /// One turn: 9 us for each event, and its connection's next event 60 us after its own.
    mutating func turn() {
        let isIdle = due.allSatisfy { $0 > now }
        let rested = rests && isIdle && coalescing.isOn
        if rested { now = now + Coalescing.rest }
        if let next = due.min() { now = max(now, next) }
        let ready = due.indices.filter { due[$0] <= now }
        coalescing.note(events: ready.count, rested: rested, at: now)
        for index in ready {
            now = now + .microseconds(9)
            due[index] = now + .microseconds(60)
        }
        handled += ready.count
    }

    static func handled(connections: Int, rests: Bool) -> Int {
        var loop = Self(connections: connections, rests: rests)
        while loop.now < .zero + .seconds(3) { loop.turn() }
        return loop.handled
    }
}

struct CoalescingTests {
    @Test(arguments: [1, 2, 4, 6, 8, 16, 64])
    func `connections that wait for their answers lose no throughput`(count: Int) {
        let without = ClosedLoop.handled(connections: count, rests: false)
        let with = ClosedLoop.handled(connections: count, rests: true)
        #expect(Double(with) > Double(without) * 0.99)
    }

    @Test func `many events are gathered by rests`() {
        var coalescing = Coalescing()
        var now = Instant.zero + .seconds(1)
        // 100,000 events in a second, a few at a time.
        for _ in 0..<500 {
            coalescing.note(events: 4, rested: false, at: now)
            now = now + (.microseconds(40))
        }
        #expect(coalescing.isOn)
        for _ in 0..<1000 {
            coalescing.note(events: 30, rested: true, at: now)
            now = now + (.microseconds(300))
        }
        #expect(coalescing.isOn)
        // The load ends.
        for _ in 0..<40 {
            coalescing.note(events: 2, rested: true, at: now)
            now = now + (.microseconds(300))
        }
        #expect(!coalescing.isOn)
    }

    @Test(arguments: [100, 1000, 10_000, 50_000])
    func `a light load never waits`(perSecond: Int) {
        var coalescing = Coalescing()
        var now = Instant.zero + .seconds(1)
        for _ in 0..<10_000 {
            coalescing.note(events: 1, rested: false, at: now)
            #expect(!coalescing.isOn)
            now = now + (.nanoseconds(1_000_000_000 / perSecond))
        }
    }

    @Test func `a single burst does not wait`() {
        var coalescing = Coalescing()
        var now = Instant.zero + .seconds(1)
        coalescing.note(events: 1, rested: false, at: now)
        now = now + (.microseconds(100))
        coalescing.note(events: 100, rested: false, at: now)
        #expect(!coalescing.isOn)
        now = now + (.milliseconds(5))
        coalescing.note(events: 1, rested: false, at: now)
        #expect(!coalescing.isOn)
    }

    @Test func `after an attempt that gathers little the next is delayed`() {
        var coalescing = Coalescing()
        var now = Instant.zero + .seconds(1)
        var attempts: [Instant] = []
        while now < .zero + .seconds(5) {
            let wasOn = coalescing.isOn
            coalescing.note(events: 8, rested: wasOn, at: now)
            if coalescing.isOn, !wasOn { attempts.append(now) }
            now = now + (wasOn ? .microseconds(300) : .microseconds(60))
        }
        let pauses = zip(attempts, attempts.dropFirst()).map { $1.nanoseconds(since: $0) }
        #expect(attempts.count >= 4 && attempts.count <= 12)
        #expect(pauses == pauses.sorted())
    }
}
