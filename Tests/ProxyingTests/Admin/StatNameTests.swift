import Testing

@testable import Proxying

@Suite("StatName") struct StatNameTests {
    static let table: [(name: String, metric: String, labels: [String])] = [
        (
            "cluster.app.upstream_rq_total", "envoy_cluster_upstream_rq_total",
            ["envoy_cluster_name=app"]
        ),
        (
            "cluster.app.upstream_rq_2xx", "envoy_cluster_upstream_rq_xx",
            ["envoy_cluster_name=app", "envoy_response_code_class=2"]
        ),
        (
            "cluster.app.upstream_rq_503", "envoy_cluster_upstream_rq",
            ["envoy_cluster_name=app", "envoy_response_code=503"]
        ),
        (
            "cluster.api.example.com:443.upstream_cx_total", "envoy_cluster_upstream_cx_total",
            ["envoy_cluster_name=api.example.com:443"]
        ),
        (
            "cluster.app.circuit_breakers.default.cx_open",
            "envoy_cluster_circuit_breakers_default_cx_open", ["envoy_cluster_name=app"]
        ),
        (
            "http.ingress.downstream_rq_5xx", "envoy_http_downstream_rq_xx",
            ["envoy_http_conn_manager_prefix=ingress", "envoy_response_code_class=5"]
        ),
        (
            "http.0.0.0.0:8080.downstream_cx_active", "envoy_http_downstream_cx_active",
            ["envoy_http_conn_manager_prefix=0.0.0.0:8080"]
        ),
        ("http.in.no_route", "envoy_http_no_route", ["envoy_http_conn_manager_prefix=in"]),
        (
            "listener.0.0.0.0_10000.downstream_cx_total", "envoy_listener_downstream_cx_total",
            ["envoy_listener_address=0.0.0.0_10000"]
        ),
        ("tcp.db.downstream_cx_total", "envoy_tcp_downstream_cx_total", ["envoy_tcp_prefix=db"]),
        ("server.uptime", "envoy_server_uptime", []),
        ("cluster_manager.active_clusters", "envoy_cluster_manager_active_clusters", []),
        (
            "cluster.app.upstream_rq_time", "envoy_cluster_upstream_rq_time",
            ["envoy_cluster_name=app"]
        ),
    ]

    @Test(arguments: table.indices) func `names become a metric and labels`(_ index: Int) {
        let row = Self.table[index]
        let name = StatName(row.name)
        #expect(name.metric == row.metric)
        #expect(name.labels.map { "\($0.name)=\($0.value)" } == row.labels)
    }

    @Test func `a colon does not end a name too early`() {
        #expect(
            StatName.shown("cluster.users:80.upstream_rq_total")
                == "cluster.users_80.upstream_rq_total"
        )
    }
}
