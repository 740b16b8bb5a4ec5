import Testing

@testable import Proxying

@Suite struct PriorityLoadTests {
    struct Row: Sendable, CustomTestStringConvertible {
        /// Percent of healthy hosts, by priority.
        var healthy: [Int]
        /// Percent of the load.
        var load: [Int]
        var isPanic: [Bool] = []
        var testDescription: String { "\(healthy) -> \(load)" }
    }

    private static func hosts(_ healthy: [Int]) -> [PriorityLoad.Hosts] {
        healthy.map { PriorityLoad.Hosts(all: 100, healthy: $0) }
    }

    /// The tables of Envoy's documentation of priority levels.
    ///
    /// Its last row says 36, 36, 28; Envoy's
    /// code rounds down and gives what is left to the first priority.
    @Test(arguments: [
        Row(healthy: [100, 100], load: [100, 0]), Row(healthy: [72, 100], load: [100, 0]),
        Row(healthy: [71, 100], load: [99, 1]), Row(healthy: [50, 100], load: [70, 30]),
        Row(healthy: [25, 100], load: [35, 65]), Row(healthy: [0, 100], load: [0, 100]),
        Row(healthy: [72, 72], load: [100, 0]), Row(healthy: [71, 71], load: [99, 1]),
        Row(healthy: [50, 50], load: [70, 30]), Row(healthy: [25, 25], load: [50, 50]),
        Row(healthy: [100, 100, 100], load: [100, 0, 0]),
        Row(healthy: [72, 72, 100], load: [100, 0, 0]),
        Row(healthy: [71, 71, 100], load: [99, 1, 0]),
        Row(healthy: [50, 50, 100], load: [70, 30, 0]),
        Row(healthy: [25, 100, 100], load: [35, 65, 0]),
        Row(healthy: [25, 25, 100], load: [35, 35, 30]),
        Row(healthy: [25, 25, 20], load: [37, 35, 28]),
    ])
    func `the load spills over as Envoy documents`(_ row: Row) {
        #expect(PriorityLoad(Self.hosts(row.healthy), panicPercent: 0).healthy == row.load)
    }

    /// The tables of Envoy's documentation of the panic threshold.
    @Test(arguments: [
        Row(healthy: [72, 100], load: [100, 0], isPanic: [false, false]),
        Row(healthy: [25, 100], load: [35, 65], isPanic: [false, false]),
        Row(healthy: [0, 100], load: [0, 100], isPanic: [false, false]),
        Row(healthy: [71, 71], load: [99, 1], isPanic: [false, false]),
        Row(healthy: [25, 25], load: [50, 50], isPanic: [true, true]),
        Row(healthy: [5, 65], load: [8, 92], isPanic: [true, false]),
        Row(healthy: [0, 0], load: [50, 50], isPanic: [true, true]),
        Row(healthy: [49], load: [100], isPanic: [true]),
        Row(healthy: [50], load: [100], isPanic: [false]),
    ])
    func `a priority panics when too few are healthy anywhere`(_ row: Row) {
        let load = PriorityLoad(Self.hosts(row.healthy))
        #expect(load.healthy == row.load)
        #expect(load.isPanic == row.isPanic)
    }

    @Test func `degraded hosts get what healthy ones leave`() {
        let hosts = [
            PriorityLoad.Hosts(all: 10, healthy: 3, degraded: 7),
            PriorityLoad.Hosts(all: 10, healthy: 2),
        ]
        let load = PriorityLoad(hosts)
        #expect(load.healthy == [42, 28])
        #expect(load.degraded == [30, 0])
    }

    @Test func `a backup is used when nobody else is healthy`() {
        for healthy in 0...100 {
            let load = PriorityLoad(
                Self.hosts([healthy, 100]),
                overprovisioning: ClusterSettings.backupOnly,
                panicPercent: 0
            )
            #expect(load.healthy == (healthy == 0 ? [0, 100] : [100, 0]))
        }
    }

    @Test func `in every small world the load is whole, and falls on somebody`() {
        let worlds = (0...3).flatMap { all in
            (0...all).flatMap { healthy in
                (0...(all - healthy)).map {
                    PriorityLoad.Hosts(all: all, healthy: healthy, degraded: $0)
                }
            }
        }
        for first in worlds {
            for second in worlds {
                for third in worlds {
                    for panic in [0.0, 50] { check([first, second, third], panic) }
                }
            }
        }
    }

    private func check(_ hosts: [PriorityLoad.Hosts], _ panic: Double) {
        let load = PriorityLoad(hosts, panicPercent: panic)
        let total = load.healthy.reduce(0, +) + load.degraded.reduce(0, +)
        let usable = hosts.contains { $0.healthy + $0.degraded > 0 }
        let any = hosts.contains { $0.all > 0 }
        #expect(total == (usable || (panic > 0 && any) ? 100 : 0), "\(hosts)")
        for (index, one) in hosts.enumerated() {
            if load.healthy[index] > 0 {
                #expect(load.isPanic[index] ? one.all > 0 : one.healthy > 0, "\(hosts)")
            }
            if load.degraded[index] > 0 { #expect(one.degraded > 0, "\(hosts)") }
        }
    }
}
