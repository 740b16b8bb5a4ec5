import Basics
import Testing

@testable import Proxying

@Suite struct HealthMachineTests {
    typealias Result = HealthMachine.Result
    typealias State = HealthMachine.State

    private static func settings(
        startsHealthy: Bool = false,
        failsAtOnce: Bool = false,
        jitter: Duration = .zero
    ) -> HealthCheckSettings {
        HealthCheckSettings(
            check: .tcp(send: [], expect: []),
            timeout: .seconds(1),
            interval: .seconds(5),
            noTrafficInterval: .seconds(60),
            unhealthyInterval: .seconds(2),
            unhealthyThreshold: 3,
            healthyThreshold: 2,
            jitter: jitter,
            startsHealthy: startsHealthy,
            failsAtOnce: failsAtOnce
        )
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var startsHealthy = false
        var failsAtOnce = false
        /// `+` success, `d` degraded, `-` unreachable, `!` refused.
        var results: String
        /// `H`, `D`, `U` after each.
        var states: String
        var testDescription: String { "\(results) \(startsHealthy) \(failsAtOnce)" }
    }

    @Test(arguments: [
        Row(results: "+", states: "H"), Row(results: "-+", states: "UU"),
        Row(results: "-++", states: "UUH"), Row(results: "+--", states: "HHH"),
        Row(results: "+---", states: "HHHU"), Row(results: "+--+--+", states: "HHHHHHH"),
        Row(results: "+---+-++", states: "HHHUUUUH"), Row(results: "+!!!", states: "HHHU"),
        Row(failsAtOnce: true, results: "+!", states: "HU"),
        Row(failsAtOnce: true, results: "+-!++", states: "HHUUH"),
        Row(startsHealthy: true, results: "-", states: "U"),
        Row(startsHealthy: true, results: "-++", states: "UUH"),
        Row(startsHealthy: true, results: "+---", states: "HHHU"),
        Row(results: "+d+", states: "HDH"), Row(results: "+---dd", states: "HHHUUD"),
        Row(results: "d", states: "D"),
    ])
    func `thresholds are those of Envoy and HAProxy`(_ row: Row) {
        var random = RandomSource(seed: 1)
        let settings = Self.settings(
            startsHealthy: row.startsHealthy,
            failsAtOnce: row.failsAtOnce
        )
        var machine = HealthMachine(settings, at: .zero, random: &random)
        #expect(machine.state == (row.startsHealthy ? .healthy : .unhealthy))
        let kinds: [Character: Result] = [
            "+": .success, "d": .degraded, "-": .unreachable, "!": .refused,
        ]
        let states: [Character: State] = ["H": .healthy, "D": .degraded, "U": .unhealthy]
        for (result, state) in zip(row.results, row.states) {
            let before = machine.state
            let changed = machine.ended(
                kinds[result] ?? .success,
                at: .zero,
                hasTraffic: true,
                random: &random
            )
            #expect(machine.state == states[state])
            #expect(changed == (machine.state != before))
        }
    }

    @Test func `the next check comes sooner for the sick and later without traffic`() {
        var random = RandomSource(seed: 1)
        var machine = HealthMachine(Self.settings(), at: .zero, random: &random)
        #expect(machine.nextCheck == .zero)
        let now = Instant.zero + .seconds(100)
        func after(_ result: Result, _ hasTraffic: Bool) -> Duration {
            _ = machine.ended(result, at: now, hasTraffic: hasTraffic, random: &random)
            return machine.nextCheck - now
        }
        #expect(after(.unreachable, false) == .seconds(2))
        #expect(after(.success, true) == .seconds(2))
        #expect(after(.success, true) == .seconds(5))
        #expect(after(.success, false) == .seconds(60))
        #expect(after(.unreachable, true) == .seconds(5))
    }

    @Test func `jitter is added, and no more than may be`() {
        let seed: UInt64 = 3
        var random = RandomSource(seed: seed)
        let settings = Self.settings(jitter: .seconds(1))
        var pauses: [Int64] = []
        for _ in 0..<500 {
            var machine = HealthMachine(settings, at: .zero, random: &random)
            #expect(machine.nextCheck - .zero < .seconds(1))
            _ = machine.ended(.success, at: .zero, hasTraffic: true, random: &random)
            pauses.append((machine.nextCheck - .zero).milliseconds)
        }
        #expect(pauses.allSatisfy { (5000..<6000).contains($0) }, "seed \(seed)")
        #expect((pauses.max() ?? 0) - (pauses.min() ?? 0) > 900, "seed \(seed)")
    }

    @Test func `in all worlds of seven checks a state needs its results`() {
        let kinds: [Result] = [.success, .unreachable, .refused]
        for number in 0..<2187 {
            var rest = number
            var random = RandomSource(seed: 1)
            var machine = HealthMachine(Self.settings(), at: .zero, random: &random)
            var history: [Result] = []
            for _ in 0..<7 {
                let result = kinds[rest % 3]
                rest /= 3
                let before = machine.state
                _ = machine.ended(result, at: .zero, hasTraffic: true, random: &random)
                history.append(result)
                let isFirst = history.count == 1
                if before != machine.state, machine.state == .healthy {
                    #expect(isFirst || history.suffix(2).allSatisfy { $0 == .success })
                }
                if before != machine.state, machine.state == .unhealthy {
                    #expect(history.suffix(3).allSatisfy { $0 != .success })
                }
            }
        }
    }
}
