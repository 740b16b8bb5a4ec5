import Basics
import Reactor
import Testing

@Suite struct TimerWheelTests {
    private final class Recorder: TimerTarget {
        var fired: [Int] = []
        func timerFired(_ tag: Int) { fired.append(tag) }
    }

    private static func at(_ milliseconds: Int64) -> Instant {
        Instant(nanoseconds: milliseconds * 1_000_000)
    }

    private func turn(_ wheel: inout TimerWheel, _ now: Instant) {
        while let due = wheel.takeDue(at: now) { due.target.timerFired(due.tag) }
    }

    @Test(
        arguments: [
            1, 2, 63, 64, 255, 256, 257, 511, 512, 16383, 16384, 16385, 20_000, 1_048_575,
            1_048_576,
            70_000_000, 200_000_000,
        ] as [Int64]
    )
    func `a timer fires at its time, not a millisecond before`(delay: Int64) {
        for start in [0, 1, 255, 256, 12_345_678] as [Int64] {
            let recorder = Recorder()
            var wheel = TimerWheel(at: Self.at(start))
            _ = wheel.set(recorder, at: Self.at(start + delay), tag: 7)
            turn(&wheel, Self.at(start + delay - 1))
            #expect(recorder.fired == [])
            turn(&wheel, Self.at(start + delay))
            #expect(recorder.fired == [7])
            #expect(wheel.count == 0)
            #expect(wheel.nextTurn == nil)
        }
    }

    @Test func `parts of a millisecond are rounded up`() {
        let recorder = Recorder()
        var wheel = TimerWheel(at: .zero)
        _ = wheel.set(recorder, at: Instant(nanoseconds: 1_500_000))
        turn(&wheel, Instant(nanoseconds: 1_999_999))
        #expect(recorder.fired == [])
        turn(&wheel, Self.at(2))
        #expect(recorder.fired == [0])
    }

    @Test func `a time in the past fires at the next millisecond`() {
        let recorder = Recorder()
        var wheel = TimerWheel(at: Self.at(1000))
        _ = wheel.set(recorder, at: Self.at(10))
        turn(&wheel, Self.at(1001))
        #expect(recorder.fired == [0])
    }

    @Test func `a dropped timer does not fire, and its name drops no other`() {
        let recorder = Recorder()
        var wheel = TimerWheel(at: .zero)
        var first = wheel.set(recorder, at: Self.at(10), tag: 1)
        var copy = first
        wheel.drop(&first)
        #expect(first.isNone)
        _ = wheel.set(recorder, at: Self.at(10), tag: 2)
        wheel.drop(&copy)
        turn(&wheel, Self.at(100))
        #expect(recorder.fired == [2])
    }

    @Test func `a timer may set another when it fires`() {
        final class Chain: TimerTarget {
            var count = 0
            func timerFired(_ tag: Int) { count += 1 }
        }
        let chain = Chain()
        var wheel = TimerWheel(at: .zero)
        _ = wheel.set(chain, at: Self.at(5))
        var now: Int64 = 0
        while chain.count < 100, now < 10_000 {
            now += 1
            while let due = wheel.takeDue(at: Self.at(now)) {
                due.target.timerFired(due.tag)
                _ = wheel.set(chain, at: Self.at(now + 5))
            }
        }
        #expect(now == 500)
    }

    /// The wheel against a list that is searched from end to end.
    @Test(arguments: 1...40) func `many timers fire in their order`(seed: UInt64) {
        var random = seed &* 0x9e37_79b9_7f4a_7c15
        func next(_ bound: Int64) -> Int64 {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            return Int64(random >> 1) % bound
        }
        let recorder = Recorder()
        var now = next(1 << 30)
        var wheel = TimerWheel(at: Self.at(now))
        var model: [(due: Int64, tag: Int, id: TimerWheel.ID)] = []
        for tag in 0..<400 {
            switch next(4) {
            case 0 where !model.isEmpty:
                let index = Int(next(Int64(model.count)))
                var id = model.remove(at: index).id
                wheel.drop(&id)
            case 1:
                // At most as far as the wheel asks to be turned, or anywhere.
                let span: Int64 = [10, 300, 20_000, 2_000_000][Int(next(4))]
                now += next(span)
                recorder.fired = []
                turn(&wheel, Self.at(now))
                let expected = model.filter { $0.due <= now }
                model.removeAll { $0.due <= now }
                #expect(Set(recorder.fired) == Set(expected.map(\.tag)), "seed \(seed)")
                let dues = recorder.fired.map { tag in expected.first { $0.tag == tag }?.due ?? -1 }
                #expect(dues == dues.sorted(), "seed \(seed)")
            default:
                let span: Int64 = [200, 300, 16_500, 2_000_000, 90_000_000][Int(next(5))]
                let due = now + 1 + next(span)
                model.append((due, tag, wheel.set(recorder, at: Self.at(due), tag: tag)))
            }
            let soonest = model.map(\.due).min()
            #expect(wheel.count == model.count)
            #expect((wheel.nextTurn == nil) == (soonest == nil))
            if let turn = wheel.nextTurn, let soonest {
                #expect(turn <= Self.at(soonest), "seed \(seed)")
                #expect(turn > Self.at(now), "seed \(seed)")
            }
        }
    }
}
