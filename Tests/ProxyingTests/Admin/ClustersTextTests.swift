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
            uses: 7
        )
    }

    @Test(arguments: table.indices) func `health is told in Envoy's words`(_ index: Int) {
        let (flags, words) = Self.table[index]
        let settings = ClusterSettings(name: "app", endpoints: [])
        let text = ClustersText.plain([(settings, [Self.host(flags)])])
        #expect(text.contains("\napp::10.0.0.1:80::health_flags::\(words)\n"))
        #expect(text.contains("\napp::10.0.0.1:80::rq_active::7\n"))
    }

    @Test func `JSON names clusters and hosts`() {
        let json = ClustersText.json([
            (ClusterSettings(name: "app", endpoints: []), [Self.host([])])
        ])
        let status = json["cluster_statuses"]?[0]
        #expect(status?["name"]?.string == "app")
        let host = status?["host_statuses"]?[0]
        #expect(host?["health_status"]?["eds_health_status"]?.string == "HEALTHY")
    }
}
