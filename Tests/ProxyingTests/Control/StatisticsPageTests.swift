import Basics
import Reactor
import Testing

@testable import Proxying

/// What the page of statistics tells of clusters that the control thread looks after.
@Suite(.serialized) struct StatisticsPageTests {
    private static let text = """
        listen: 127.0.0.1:80
        to: app
        services:
          app:
            hosts: ['127.0.0.1:1', '127.0.0.1:2']
            health: tcp
            outliers: on
        """

    @Test @MainLoop func `checks, ejections, lookups and limits that are reached are shown`() throws
    {
        var configuration = try Reading.value(Self.text, .own).configuration
        configuration.listeners = []
        configuration.clusters[0].limits.connections = 0
        let server = ProxyServer(journal: .silent)
        defer { server.stop() }
        try server.apply(configuration)
        let lines = Set(try server.statisticsText(.text).split(separator: "\n").map(String.init))
        let names = Set(lines.map { String($0.prefix { $0 != ":" }) })
        for name in [
            "health_check.attempt", "health_check.success", "health_check.failure",
            "outlier_detection.ejections_active", "outlier_detection.ejections_enforced_total",
            "update_attempt", "update_failure", "membership_total", "membership_healthy",
        ] { #expect(names.contains("cluster.app.\(name)"), "\(name)") }
        #expect(lines.contains("cluster.app.circuit_breakers.default.cx_open: 1"))
        #expect(lines.contains("cluster.app.circuit_breakers.default.rq_open: 0"))
        #expect(lines.contains("cluster.app.circuit_breakers.high.rq_retry_open: 0"))
        let page = try server.statisticsText(.prometheus)
        #expect(page.contains("# TYPE envoy_cluster_outlier_detection_ejections_active gauge"))
        #expect(page.contains("# TYPE envoy_cluster_health_check_attempt counter"))
        #expect(
            page.contains(
                "envoy_cluster_circuit_breakers_default_cx_open{envoy_cluster_name=\"app\"} 1"
            )
        )
    }
}
