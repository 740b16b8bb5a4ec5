import Basics
import Testing

@Suite("Back-off") struct BackoffTests {
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state
        }
    }

    private func at(_ seconds: Int) -> Instant { .zero + .seconds(seconds) }

    @Test func `restarts pause as the kubelet does`() {
        var backoff = Backoff(.crashLoop)
        var now = 0
        var pauses: [Duration] = []
        for _ in 0..<8 {
            let pause = backoff.next(at: at(now))
            pauses.append(pause)
            now += Int(pause.inSeconds)
        }
        #expect(pauses == [10, 20, 40, 80, 160, 300, 300, 300].map { .seconds($0) })
    }

    @Test(arguments: [(600, 20), (601, 10)])
    func `a long quiet time starts over`(_ quiet: Int, _ expected: Int) {
        var backoff = Backoff(.crashLoop)
        _ = backoff.next(at: at(100))
        #expect(backoff.next(at: at(100 + quiet)) == .seconds(expected))
    }

    @Test func `what remains of a pause shrinks to nothing`() {
        var backoff = Backoff(.crashLoop)
        #expect(backoff.remaining(at: at(0)) == .zero)
        _ = backoff.next(at: at(0))
        #expect(backoff.remaining(at: at(4)) == .seconds(6))
        #expect(backoff.remaining(at: at(10)) == .zero)
        #expect(backoff.remaining(at: at(100)) == .zero)
        backoff.reset()
        #expect(backoff.current == nil)
        #expect(backoff.next(at: at(200)) == .seconds(10))
    }

    @Test func `jitter stays within its share and comes from the generator`() {
        var pauses: [Duration] = []
        for _ in 0..<2 {
            var generator = Generator(state: 7)
            var backoff = Backoff(.retry)
            for _ in 0..<20 { pauses.append(backoff.next(at: .zero, using: &generator)) }
        }
        #expect(pauses[..<20] == pauses[20...])
        #expect(Set(pauses).count > 15)
        #expect(pauses[0] >= .milliseconds(80) && pauses[0] <= .milliseconds(120))
        #expect(pauses.allSatisfy { $0 <= .seconds(12) })
        #expect(pauses[19] >= .seconds(8))
    }
}
