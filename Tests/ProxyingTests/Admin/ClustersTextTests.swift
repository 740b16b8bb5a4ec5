import Formats
import Testing

@testable import Proxying

@Suite("ClustersText") struct ClustersTextTests {
    static let table: [(HostHealth.Flags, String)] = [
        ([], "healthy"), (.failedCheck, "/failed_active_hc"), (.ejected, "/failed_outlier_check"),
        ([.failedCheck, .ejected], "/failed_active_hc/failed_outlier_check"),
        (.pending, "/pending_active_hc"),
    ]

    private static func host(_ flags: HostHealth.Flags) -> HostReading {
        HostReading(
            address: "10.0.0.1:80",
            hostname: "app",
            weight: 2,
            priority: 1,
            health: flags,
            counts: HostHealth.Counts(
                requests: 30,
                uses: 7,
                successes: 20,
                errors: 3,
                timeouts: 2,
                connections: 5,
                connectionsTotal: 6,
                connectFailures: 1
            )
        )
    }

    @Test(arguments: table.indices) func `health is told in Envoy's words`(_ index: Int) {
        let (flags, words) = Self.table[index]
        let settings = ClusterSettings(name: "app", endpoints: [])
        let text = ClustersText.plain([(settings, [Self.host(flags)])])
        #expect(text.contains("\napp::10.0.0.1:80::health_flags::\(words)\n"))
        let lines = text.split(separator: "\n").filter { $0.contains("::10.0.0.1:80::") }
            .map { $0.split(separator: "::", omittingEmptySubsequences: false).dropFirst(2) }
        #expect(
            lines.prefix(8).map { $0.joined(separator: "=") } == [
                "cx_active=5", "cx_connect_fail=1", "cx_total=6", "rq_active=7", "rq_error=3",
                "rq_success=20", "rq_timeout=2", "rq_total=30",
            ]
        )
        #expect(
            lines.dropFirst(8).compactMap(\.first) == [
                "hostname", "health_flags", "weight", "region", "zone", "sub_zone", "canary",
                "priority", "success_rate", "local_origin_success_rate",
            ]
        )
    }

    @Test func `JSON names clusters and hosts`() {
        let json = ClustersText.json([
            (ClusterSettings(name: "app", endpoints: []), [Self.host([])])
        ])
        let status = json["cluster_statuses"]?[0]
        #expect(status?["name"]?.string == "app")
        let host = status?["host_statuses"]?[0]
        #expect(host?["health_status"]?["eds_health_status"]?.string == "HEALTHY")
        #expect(host?["stats"]?.array?.count == 8)
        #expect(host?["stats"]?[7] == ["name": "rq_total", "type": "COUNTER", "value": "30"])
    }
}
