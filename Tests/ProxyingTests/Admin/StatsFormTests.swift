import Formats
import TestKit
import Testing

@testable import Proxying

@Suite("Statistics as texts") struct StatsFormTests {
    private static func sample() -> Statistics {
        let statistics = Statistics()
        let slab = statistics.slab()
        for name in ["cluster.a.upstream_rq_2xx", "cluster.b\"c.upstream_rq_2xx", "server.odd"] {
            slab.add(statistics.id(name, .counter), 3)
        }
        let time = statistics.id("cluster.a.upstream_rq_time", .histogram)
        for milliseconds in [1, 3, 3, 7, 20] as [Int64] {
            slab.observe(time, microseconds: milliseconds * 1000)
        }
        _ = statistics.id("cluster.b.upstream_rq_time", .histogram)
        slab.add(statistics.id("http.in.downstream_cx_active", .gauge), -2)
        return statistics
    }

    @Test func `Prometheus gets one family for each metric, whole histograms and escaped labels`()
        throws
    {
        let text = StatsPrometheus.text(Self.sample().readings)
        let page = try PrometheusPage(text)
        #expect(page.value("envoy_cluster_upstream_rq_xx", ["envoy_cluster_name": "a"]) == 3)
        #expect(page.value("envoy_cluster_upstream_rq_xx", ["envoy_cluster_name": "b\"c"]) == 3)
        #expect(page.value("envoy_server_odd") == 3)
        #expect(page.value("envoy_http_downstream_cx_active") == -2)
        let bucket = "envoy_cluster_upstream_rq_time_bucket"
        #expect(page.value(bucket, ["envoy_cluster_name": "a", "le": "1"]) == 1)
        #expect(page.value(bucket, ["envoy_cluster_name": "a", "le": "5"]) == 3)
        #expect(page.value(bucket, ["envoy_cluster_name": "a", "le": "+Inf"]) == 5)
        #expect(page.value("envoy_cluster_upstream_rq_time_sum", ["envoy_cluster_name": "a"]) == 34)
        #expect(text.contains("# TYPE envoy_cluster_upstream_rq_xx counter\n"))
    }

    @Test func `promtool can read it`() async throws {
        let text = StatsPrometheus.text(Self.sample().readings)
        let result = try await TestProgram.run("promtool", ["check", "metrics"], input: text)
        // 3 is advice on names, which are Envoy's; 1 is a page that cannot be read.
        #expect([.exited(0), .exited(3)].contains(result.ending), "\(result.errors)")
    }

    @Test(arguments: [
        "a 1\na 1\n", "# TYPE a counter\na{x=\"1\" 1\n", "a-b 1\n", "a one\n",
        "# TYPE a counter\na 1\nb 1\n# TYPE a counter\na 2\n", "a 1",
    ]) func `the strict reader refuses broken pages`(_ text: String) {
        #expect(throws: (any Error).self) { try PrometheusPage(text) }
    }

    @Test func `Envoy's lines have names, numbers and quantiles`() {
        let lines = StatsText.plain(Self.sample().readings).split(separator: "\n")
        #expect(lines.contains("cluster.a.upstream_rq_2xx: 3"))
        #expect(lines.contains("cluster.b.upstream_rq_time: No recorded values"))
        let quantiles = lines.first { $0.hasPrefix("cluster.a.upstream_rq_time: ") }
        #expect(quantiles?.contains(" P50(nan,4) ") == true, "\(quantiles ?? "")")
        #expect(quantiles?.hasSuffix(" P100(nan,25)") == true)
    }

    @Test func `Envoy's JSON has a list, and the histograms in one member`() throws {
        let json = try JSON.parse(StatsText.json(Self.sample().readings).text())
        let list = try #require(json["stats"]?.array)
        #expect(list.first?["name"]?.string == "cluster.a.upstream_rq_2xx")
        #expect(list.first?["value"]?.int == 3)
        let computed = list.last?["histograms"]?["computed_quantiles"]?.array
        #expect(computed?.count == 2)
    }
}
