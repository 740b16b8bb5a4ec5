internal import Basics
internal import HTTP

/// The routes of an HTTP listener, compiled for one worker.
final class RouteMatcher {
    /// What was found for a request.
    enum Found: Equatable {
        /// The index of a plan.
        case route(Int)
        /// The host wants TLS, and the connection is plain text.
        case requiresTLS
        /// No virtual host fits (404, `NR`).
        case noHost
        /// No route of the host fits (404, `NR`).
        case noRoute
    }

    /// What is done, by route.
    let plans: [RoutePlan]
    private let tests: [RequestTest]
    /// Whether any route asks what the TLS of the connection tells.
    let asksSecurity: Bool
    private let hosts: HostTable
    /// Where the routes of each host begin and end.
    private let ranges: [(start: Int, end: Int, requiresTLS: Bool)]

    /// Compiles routes; `clusters` are the names of the configuration's clusters in their order.
    init(_ table: RouteTable, clusters: [String], hostname: String = "") throws(Failure) {
        hosts = try HostTable(table.hosts, ignoresPort: table.ignoresPort)
        var plans: [RoutePlan] = []
        var tests: [RequestTest] = []
        var ranges: [(start: Int, end: Int, requiresTLS: Bool)] = []
        for host in table.hosts {
            let start = tests.count
            for route in host.routes {
                let test = try RequestTest(route.match)
                tests.append(test)
                plans.append(
                    try RoutePlan(
                        route,
                        of: host,
                        matchedLength: test.matchedLength,
                        clusters: clusters,
                        hostname: hostname
                    )
                )
            }
            ranges.append((start, tests.count, host.requiresTLS))
        }
        self.plans = plans
        self.tests = tests
        asksSecurity = tests.contains(where: \.asksSecurity)
        self.ranges = ranges
    }

    /// Finds the route of a request: the first of its host that takes it.
    func match(
        _ head: borrowing RequestHead,
        client: PeerAddress,
        isTLS: Bool,
        security: ConnectionSecurity? = nil,
        random: inout RandomSource
    ) -> Found {
        let host = hosts.host(for: head.authority)
        if host < 0 { return .noHost }
        let (start, end, requiresTLS) = ranges[host]
        if requiresTLS && !isTLS { return .requiresTLS }
        let length = head.path.queryStart
        for index in start..<end
        where tests[index].passes(
            head,
            pathLength: length,
            peer: client,
            security: security,
            random: &random
        ) {
            return .route(index)
        }
        return .noRoute
    }
}
