/// The share of traffic that each priority of a cluster gets, in percent (Envoy's spill-over).
///
/// The health of a priority is the share of its hosts that are healthy times the overprovisioning
/// factor, at most 100. Priorities take their health's worth of the load in order; if all together have
/// less than 100, each takes its part of the sum. What rounding leaves over goes to the first.
struct PriorityLoad: Equatable {
    /// The hosts of a priority that may be used at all, by health.
    struct Hosts: Equatable {
        var all = 0
        var healthy = 0
        var degraded = 0
    }

    /// The load of healthy hosts, or of all hosts in a panic, by priority.
    var healthy: [Int]
    /// The load of degraded hosts.
    var degraded: [Int]
    /// Whether health is disregarded in a priority.
    var isPanic: [Bool]

    init(_ priorities: [Hosts], overprovisioning: Int = 140, panicPercent: Double = 50) {
        let count = priorities.count
        healthy = Array(repeating: 0, count: count)
        degraded = healthy
        isPanic = Array(repeating: false, count: count)
        func score(_ number: Int, of all: Int) -> Int {
            all == 0 ? 0 : min(100, number.saturatingProduct(overprovisioning) / all)
        }
        let health = priorities.map { score($0.healthy, of: $0.all) }
        let degradedHealth = priorities.map { score($0.degraded, of: $0.all) }
        let total = min(100, health.reduce(0, +) + degradedHealth.reduce(0, +))
        if total > 0 {
            var rest = Self.distribute(100, by: health, total, to: &healthy)
            rest = Self.distribute(rest, by: degradedHealth, total, to: &degraded)
            if let first = health.firstIndex(where: { $0 > 0 }) {
                healthy[first] += rest
            } else if let first = degradedHealth.firstIndex(where: { $0 > 0 }) {
                degraded[first] += rest
            }
        }
        if panicPercent <= 0 || total == 100 { return }
        for index in 0..<count {
            let hosts = priorities[index]
            let good = Double(hosts.healthy + hosts.degraded)
            isPanic[index] = hosts.all == 0 || 100 * good < panicPercent * Double(hosts.all)
        }
        if isPanic.allSatisfy({ $0 }) { spreadOverAll(priorities) }
    }

    /// Gives each priority what it can take, and tells what is left.
    private static func distribute(
        _ load: Int,
        by health: [Int],
        _ total: Int,
        to shares: inout [Int]
    ) -> Int {
        var rest = load
        for index in health.indices {
            shares[index] = min(rest, health[index] * 100 / total)
            rest -= shares[index]
        }
        return rest
    }

    /// When every priority panics, health is not asked at all: the numbers of hosts are the shares.
    private mutating func spreadOverAll(_ priorities: [Hosts]) {
        let total = priorities.reduce(0) { $0 + $1.all }
        guard let first = priorities.firstIndex(where: { $0.all > 0 }) else { return }
        var rest = 100
        for index in priorities.indices {
            healthy[index] = 100 * priorities[index].all / total
            degraded[index] = 0
            rest -= healthy[index]
        }
        healthy[first] += rest
    }
}

extension Int {
    fileprivate func saturatingProduct(_ factor: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: factor)
        return overflow ? .max : product
    }
}
