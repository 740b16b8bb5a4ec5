import Basics
import HTTP
import Reactor
import Testing

@testable import Proxying

/// Limits of requests by what their route shows.
@Suite struct RateFilterTests {
    private static func bucket(_ maximum: Int) -> TokenBucketSettings {
        TokenBucketSettings(maximum: maximum, fillInterval: .seconds(60))
    }

    @Test func `a descriptor has buckets for each text that the route shows`() throws {
        let limit = RateLimitSettings(
            statPrefix: "limit",
            bucket: Self.bucket(100),
            descriptors: [
                .init(
                    entries: [
                        .init(key: "destination_cluster", value: "app"),
                        .init(key: "who", value: ""),
                    ],
                    bucket: Self.bucket(1)
                )
            ]
        )
        let bench = try ProxyBench(
            simpleConfiguration { http, _ in
                http.filters = [.rateLimit(limit)]
                http.routes.hosts[0].rateLimits = [
                    [
                        .destinationCluster,
                        .header(name: "x-who", key: "who", isSkippedIfAbsent: false),
                    ]
                ]
            }
        )
        for (who, code) in [("a", 200), ("a", 429), ("b", 200), ("b", 429)] {
            #expect(status(answer(bench, "GET / HTTP/1.1", "x-who: \(who)")) == code)
        }
        for _ in 0..<3 { #expect(status(answer(bench)) == 200) }
        #expect(bench.value("cluster.app.upstream_rq_total") == 5)
    }

    @Test func `each API key has a bucket, and each host of nginx's zones`() throws {
        var limit = RateLimitSettings(bucket: Self.bucket(1), key: .apiKey)
        let keys = APIKeySettings(keys: [.inline("one\ntwo")])
        let byKey = try ProxyBench(
            simpleConfiguration { http, _ in http.filters = [.apiKey(keys), .rateLimit(limit)] }
        )
        for (key, code) in [("one", 200), ("one", 429), ("two", 200), ("two", 429)] {
            #expect(status(answer(byKey, "GET / HTTP/1.1", "x-api-key: \(key)")) == code)
        }
        limit.key = .header(":authority")
        let byHost = try ProxyBench(
            simpleConfiguration { http, _ in http.filters = [.rateLimit(limit)] }
        )
        #expect(status(answer(byHost)) == 200)
        #expect(status(answer(byHost)) == 429)
    }

    @Test func `places that name a zone share its buckets`() throws {
        var limit = RateLimitSettings(bucket: Self.bucket(2))
        limit.zone = "all"
        let bench = try ProxyBench(
            simpleConfiguration { http, _ in
                var other = http.routes.hosts[0].routes[0]
                other.match = RouteMatch(path: .prefix("/other"))
                http.routes.hosts[0].routes.insert(other, at: 0)
                for index in 0..<2 { http.routes.hosts[0].routes[index].filters.rateLimit = limit }
            }
        )
        #expect(status(answer(bench)) == 200)
        #expect(status(answer(bench, "GET /other HTTP/1.1")) == 200)
        #expect(status(answer(bench, "GET /other HTTP/1.1")) == 429)
        #expect(status(answer(bench)) == 429)
    }

    @Test func `what is over the limit and not enforced passes, and is counted`() throws {
        let limit = RateLimitSettings(statPrefix: "limit", bucket: Self.bucket(1), enforced: 0)
        let bench = try ProxyBench(
            simpleConfiguration { http, _ in http.filters = [.rateLimit(limit)] }
        )
        for _ in 0..<3 { #expect(status(answer(bench)) == 200) }
        #expect(bench.value("limit.http_local_rate_limit.rate_limited") == 2)
        #expect(bench.value("limit.http_local_rate_limit.enforced") == 0)
    }

    @Test func `a held request's body goes to its copy too`() throws {
        var action = ForwardAction(target: .clusters([WeightedCluster(name: "app")]))
        action.mirrors = [MirrorSettings(cluster: "app")]
        let bench = try ProxyBench(
            simpleConfiguration(route: action) { http, _ in
                http.filters = [
                    .fault(FaultSettings(delay: .seconds(1), delayFraction: 1_000_000))
                ]
            }
        )
        let client = bench.client()
        client.send("POST / HTTP/1.1\r\nHost: a\r\ncontent-length: 4\r\n\r\nbody")
        bench.settle()
        #expect(bench.hosts.isEmpty)
        bench.pass(.milliseconds(1_100))
        #expect(bench.hosts.count == 2)
        #expect(bench.hosts.allSatisfy { $0.text.hasSuffix("\r\n\r\nbody") })
        #expect(bench.hosts.filter { $0.text.contains("host: a-shadow\r\n") }.count == 1)
    }
}
