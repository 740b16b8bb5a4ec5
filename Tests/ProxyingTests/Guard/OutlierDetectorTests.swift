import Basics
import Testing

@testable import Proxying

@Suite struct OutlierDetectorTests {
    private static func at(_ seconds: Int) -> Instant { .zero + .seconds(seconds) }

    private func detector(
        _ hosts: [HostHealth],
        _ settings: OutlierSettings = OutlierSettings(ejectionPercentMaximum: 50)
    ) -> OutlierDetector {
        var detector = OutlierDetector(settings, at: .zero)
        detector.setHosts(hosts)
        return detector
    }

    private func hosts(_ count: Int) -> [HostHealth] { (0..<count).map { _ in HostHealth() } }

    @Test func `failures in a row are told once, and a success begins anew`() {
        let host = HostHealth()
        let thresholds = HostHealth.Thresholds(consecutive5xx: 3, consecutiveGateway: 2)
        let outcomes: [(HostHealth.Outcome, HostHealth.Reached)] = [
            (.serverError, []), (.gatewayFailure, []), (.success, []), (.gatewayFailure, []),
            (.gatewayFailure, .consecutiveGateway), (.serverError, .consecutive5xx),
            (.serverError, []), (.gatewayFailure, []),
        ]
        for (outcome, reached) in outcomes {
            #expect(host.shared.note(outcome, thresholds) == reached)
        }
        #expect(host.totals == (8, 1))
        host.forgetFailures()
        #expect(host.shared.note(.serverError, .init(consecutive5xx: 1)) == .consecutive5xx)
        #expect(host.shared.note(.serverError, .init()) == [])
    }

    @Test(arguments: [
        (200, HostHealth.Outcome.success), (404, .success), (499, .success), (500, .serverError),
        (501, .serverError), (502, .gatewayFailure), (503, .gatewayFailure), (504, .gatewayFailure),
        (505, .serverError),
    ])
    func `a status is an outcome`(status: Int, outcome: HostHealth.Outcome) {
        #expect(HostHealth.Outcome(status: status) == outcome)
    }

    @Test func `a host is out for longer each time, and forgiven slowly`() {
        var random = RandomSource(seed: 1)
        let hosts = hosts(4)
        var detector = detector(hosts)
        func out(at seconds: Int) -> Int {
            let change = detector.handle(
                .consecutive5xx,
                host: hosts[2],
                at: Self.at(seconds),
                random: &random
            )
            #expect(change == .init(host: 2, cause: .consecutive5xx))
            #expect(hosts[2].flags == .ejected)
            var now = seconds
            while hosts[2].flags == .ejected {
                now += 1
                _ = detector.tick(at: Self.at(now), random: &random)
            }
            return now
        }
        #expect(out(at: 0) == 30)
        #expect(out(at: 30) == 90)
        #expect(out(at: 90) == 180)
        // Two intervals without an ejection take two of the three off.
        _ = detector.tick(at: Self.at(190), random: &random)
        _ = detector.tick(at: Self.at(200), random: &random)
        #expect(out(at: 200) == 260)
    }

    @Test func `an ejection has a longest time`() {
        var random = RandomSource(seed: 1)
        let hosts = hosts(4)
        var detector = detector(
            hosts,
            OutlierSettings(
                baseEjection: .seconds(30),
                ejectionMaximum: .seconds(50),
                ejectionPercentMaximum: 50
            )
        )
        var now = 0
        for expected in [30, 50, 50, 50] {
            _ = detector.handle(
                .consecutive5xx,
                host: hosts[0],
                at: Self.at(now),
                random: &random
            )
            let start = now
            while hosts[0].flags == .ejected {
                now += 10
                _ = detector.tick(at: Self.at(now), random: &random)
            }
            #expect(now - start == expected)
        }
    }

    @Test(arguments: [(1, 10, 1), (10, 10, 1), (10, 30, 3), (10, 100, 10), (3, 50, 1), (4, 0, 1)])
    func `no more hosts are out than may be, but one always`(
        count: Int,
        percent: Int,
        expected: Int
    ) {
        var random = RandomSource(seed: 1)
        let hosts = hosts(count)
        var detector = detector(hosts, OutlierSettings(ejectionPercentMaximum: percent))
        for host in hosts {
            _ = detector.handle(.consecutive5xx, host: host, at: .zero, random: &random)
        }
        #expect(detector.statistics.active == expected)
        #expect(detector.statistics.overflow == count - expected)
        #expect(detector.statistics.detected[0] == count)
        #expect(hosts.count { $0.flags == .ejected } == expected)
    }

    @Test func `a verdict that is not enforced is only counted`() {
        var random = RandomSource(seed: 1)
        let hosts = hosts(2)
        var detector = detector(hosts, OutlierSettings(enforcing5xx: 0))
        #expect(
            detector.handle(.consecutive5xx, host: hosts[0], at: .zero, random: &random) == nil
        )
        #expect(
            detector.handle(.consecutiveGateway, host: hosts[0], at: .zero, random: &random) == nil
        )
        #expect(detector.statistics.detected == [1, 1, 0])
        #expect(hosts[0].flags == [])
    }

    /// Mean 90, deviation 20: below 90 - 1.9 * 20 = 52 is out.
    @Test func `a host whose success rate is far below the others is out`() {
        #expect(OutlierDetector.threshold([100, 100, 100, 100, 50], factor: 1900) == 52)
        var random = RandomSource(seed: 1)
        let hosts = hosts(5)
        var detector = detector(hosts)
        for (index, host) in hosts.enumerated() {
            for number in 0..<100 {
                let isBad = index == 4 && number % 2 == 0
                _ = host.shared.note(isBad ? .serverError : .success, .init())
            }
        }
        #expect(detector.tick(at: Self.at(9), random: &random) == [])
        #expect(
            detector.tick(at: Self.at(10), random: &random)
                == [.init(host: 4, cause: .successRate)]
        )
        #expect(detector.nextTick == Self.at(20))
    }

    @Test(arguments: [(4, 100), (5, 99)]) func `few hosts or requests are not compared`(
        count: Int,
        requests: Int
    ) {
        var random = RandomSource(seed: 1)
        let hosts = hosts(count)
        var detector = detector(hosts)
        for (index, host) in hosts.enumerated() {
            for _ in 0..<requests {
                _ = host.shared.note(index == 0 ? .serverError : .success, .init())
            }
        }
        #expect(detector.tick(at: Self.at(10), random: &random) == [])
    }

    @Test func `hosts that stay keep their history, and those that go do not count`() {
        var random = RandomSource(seed: 1)
        let hosts = hosts(4)
        var detector = detector(hosts)
        _ = detector.handle(.consecutive5xx, host: hosts[0], at: .zero, random: &random)
        detector.setHosts([hosts[1], hosts[0]])
        #expect(detector.statistics.active == 1)
        #expect(detector.checkSucceeded(hosts[1]) == nil)
        #expect(detector.checkSucceeded(hosts[0]) == .init(host: 1))
        _ = detector.handle(.consecutive5xx, host: hosts[0], at: .zero, random: &random)
        detector.setHosts([hosts[1]])
        #expect(detector.statistics.active == 0)
        #expect(detector.handle(.consecutive5xx, host: hosts[0], at: .zero, random: &random) == nil)
    }

    @Test func `in any order of events flags and counts agree`() {
        let seed: UInt64 = 4711
        var random = RandomSource(seed: seed)
        for round in 0..<50 {
            let all = hosts(8)
            var current = all
            var detector = detector(all, OutlierSettings(ejectionPercentMaximum: 40))
            for step in 0..<200 {
                let host = all[random.below(8)]
                let now = Self.at(step * 3)
                switch random.below(5) {
                case 0:
                    current = all.filter { _ in random.below(4) > 0 }
                    detector.setHosts(current)
                case 1: _ = detector.checkSucceeded(host)
                case 2, 3:
                    _ = detector.handle(.consecutive5xx, host: host, at: now, random: &random)
                default: _ = detector.tick(at: now, random: &random)
                }
                let out = current.count { $0.flags == .ejected }
                let known = detector.statistics.active
                #expect(known == out, "seed \(seed) round \(round) step \(step)")
                #expect(all.count { $0.flags == .ejected } == out, "seed \(seed) step \(step)")
            }
        }
    }
}
