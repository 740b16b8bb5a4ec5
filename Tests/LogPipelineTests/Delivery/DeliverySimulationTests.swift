import Basics
import TestKit
import Testing

@testable import LogPipeline

@Suite("Delivery in a simulated world") struct DeliverySimulationTests {
    /// What a bad server says.
    static func answer(_ count: Int, _ random: inout SeededGenerator) -> DeliveryAnswer {
        var setback = Setback(.retry, "down", code: 503)
        switch Int.random(in: 0..<10, using: &random) {
        case 0...3: return .delivered
        case 4, 5:
            let verdicts = (0..<count).compactMap { item -> ItemVerdict? in
                guard Bool.random(using: &random) else { return nil }
                return ItemVerdict(
                    item: item,
                    isRetriable: Bool.random(using: &random),
                    reason: "said so",
                    code: 400
                )
            }
            return .partly(verdicts)
        case 6: setback.isUncertain = true
        case 7: setback.isUnreached = true
        case 8:
            setback.remedy = Bool.random(using: &random) ? .split : .reject
        default: setback.retryAfter = .seconds(Int.random(in: 0..<5, using: &random))
        }
        return .failed(setback)
    }

    @Test(arguments: 0..<120)
    func `every record ends once, whatever the server does`(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var world = DeliveryWorld(seed: UInt64(seed)) {
            $0.concurrency = 1 + seed % 4
            $0.isOrdered = seed % 5 == 0
            $0.retry.isFullyRandom = seed % 3 == 0
            $0.retry.limit = seed % 7 == 0 ? 2 : nil
            $0.retry.timeout = seed % 11 == 0 ? .seconds(20) : nil
            $0.batchRecords = seed % 2 == 0 ? 3 : nil
        }
        for _ in 0..<400 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0...2:
                let key = world.isOrdered ? [] : [UInt8.random(in: 0..<3, using: &random)]
                if !world.machine.isFull {
                    world.put(Int.random(in: 1..<8, using: &random), key: key)
                }
            case 3...6:
                guard let id = world.open.keys.sorted().randomElement(using: &random) else { break }
                world.answer(id, Self.answer(world.open[id]?.count ?? 0, &random))
            case 7:
                guard let id = world.graves.keys.sorted().first else { break }
                world.bury(id, isKept: Bool.random(using: &random))
            case 8: world.now = world.now + .milliseconds(Int.random(in: 0..<700, using: &random))
            default: world.wake()
            }
        }
        // The server is well again: everything ends, and soon.
        let start = world.now
        var steps = 0
        while world.machine.tally.buffered > 0, steps < 2000 {
            steps += 1
            for id in world.open.keys.sorted() { world.answer(id, .delivered) }
            for id in world.graves.keys.sorted() { world.bury(id, isKept: true) }
            world.wake()
        }
        #expect(world.complaints == [])
        #expect(world.machine.tally.buffered == 0 && world.machine.isEmpty && steps < 2000)
        #expect(world.now - start < .seconds(60))
        #expect(world.machine.nextWake == nil)
    }

    @Test(arguments: 0..<30)
    func `attempts are bounded and spread`(_ seed: Int) {
        var world = DeliveryWorld(seed: UInt64(seed)) { $0.retry.cap = .seconds(1) }
        world.put(30)
        let end = at(120)
        while world.now < end {
            for id in world.open.keys.sorted() {
                world.answer(id, .failed(Setback(.retry, "down")))
            }
            world.wake()
        }
        // Two minutes, one attempt a second at most once the pauses have grown.
        #expect(world.sends < 200 && world.sends > 60)
        #expect(world.machine.tally.buffered == 30 && world.complaints == [])
    }

    @Test(arguments: 0..<30)
    func `an end comes by the deadline and loses no record`(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var world = DeliveryWorld(seed: UInt64(seed)) { $0.isOrdered = seed % 2 == 0 }
        world.put(37)
        world.finish(after: .seconds(10))
        var steps = 0
        while !world.machine.isOver, steps < 1000 {
            steps += 1
            for id in world.open.keys.sorted() where Bool.random(using: &random) {
                world.answer(id, Self.answer(world.open[id]?.count ?? 0, &random))
            }
            world.wake()
        }
        #expect(world.machine.isOver && world.now <= at(10))
        #expect(world.complaints == [])
    }

    // MARK: All of a small world

    private enum Step: CaseIterable {
        case put, deliver, fail, lose, refuse, part, keep, drop, wake, finish
    }

    private static func take(_ step: Step, _ world: inout DeliveryWorld) -> Bool {
        let first = world.open.keys.min()
        let grave = world.graves.keys.min()
        var setback = Setback(.retry, "x")
        switch step {
        case .put where world.put < 4: world.put(2)
        case .deliver:
            guard let first else { return false }
            world.answer(first, .delivered)
        case .fail:
            guard let first else { return false }
            world.answer(first, .failed(setback))
        case .lose:
            setback.isUncertain = true
            setback.remedy = .split
            guard let first else { return false }
            world.answer(first, .failed(setback))
        case .refuse:
            setback.remedy = .reject
            guard let first else { return false }
            world.answer(first, .failed(setback))
        case .part:
            let verdict = ItemVerdict(item: 0, isRetriable: true, reason: "x", code: nil)
            guard let first else { return false }
            world.answer(first, .partly([verdict]))
        case .keep:
            guard let grave else { return false }
            world.bury(grave, isKept: true)
        case .drop:
            guard let grave else { return false }
            world.bury(grave, isKept: false)
        case .wake:
            guard world.machine.nextWake != nil else { return false }
            world.wake()
        case .finish where world.put > 0: world.finish(after: .seconds(1))
        case .put, .finish: return false
        }
        return true
    }

    private static func explore(_ world: DeliveryWorld, _ depth: Int, _ seen: inout Int) -> [String]
    {
        seen += 1
        if !world.complaints.isEmpty { return world.complaints }
        guard depth > 0, !world.machine.isOver else { return [] }
        for step in Step.allCases {
            var next = world
            guard take(step, &next) else { continue }
            let complaints = explore(next, depth - 1, &seen)
            if !complaints.isEmpty { return ["\(step)"] + complaints }
        }
        return []
    }

    @Test(arguments: [false, true])
    func `nothing goes wrong in any order of events`(_ isOrdered: Bool) {
        let world = DeliveryWorld(seed: 3) {
            $0.isOrdered = isOrdered
            $0.batchRecords = 2
            $0.breakerAfter = 2
            $0.concurrency = 2
        }
        var seen = 0
        #expect(Self.explore(world, 7, &seen) == [])
        #expect(seen > 500)
    }
}
