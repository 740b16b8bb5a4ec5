import Basics
import HTTP
import Testing

@testable import Proxying

@Suite struct ForwardPlanTests {
    private static func plan(_ action: ForwardAction, _ clusters: [String]) throws -> ForwardPlan {
        try ForwardPlan(
            action,
            of: VirtualHost(name: "h", domains: ["*"], routes: []),
            route: Route(action: .forward(action)),
            clusters: clusters,
            hostname: "pod-1"
        )
    }

    @Test func `clusters get their shares`() throws {
        let plan = try Self.plan(
            ForwardAction(
                target: .clusters([
                    .init(name: "b", weight: 90), .init(name: "gone", weight: 0),
                    .init(name: "a", weight: 10),
                ])
            ),
            ["a", "b"]
        )
        var random = RandomSource(seed: 2)
        var counts = [0, 0]
        for _ in 0..<10_000 { counts[plan.choose(request("/"), random: &random).cluster] += 1 }
        #expect(chiSquare(counts, shares: [1, 9]) < 15)
    }

    @Test func `a cluster may be named by a header`() throws {
        let plan = try Self.plan(ForwardAction(target: .header("x-cluster")), ["a", "b"])
        var random = RandomSource(seed: 2)
        func choose(_ fields: [(String, String)]) -> Int {
            plan.choose(request("/", fields), random: &random).cluster
        }
        #expect(choose([("X-Cluster", "b")]) == 1)
        #expect(choose([("X-Cluster", "c")]) == -1)
        #expect(choose([]) == -1)
    }

    @Test func `clusters without any weight are refused`() {
        #expect(throws: Failure.self) {
            try Self.plan(
                ForwardAction(target: .clusters([.init(name: "a", weight: 0)])),
                ["a"]
            )
        }
    }

    typealias Rewrite = ForwardAction.PathRewrite

    @Test(
        arguments: [
            (Rewrite.keep, "/a?b", 2, "/a?b"), (.prefix("/x"), "/api/v1?q=1", 4, "/x/v1?q=1"),
            (.prefix("/"), "/api", 4, "/"), (.prefix(""), "/api/v1", 4, "/v1"),
            (.prefix("/x"), "/api/v1", nil, "/x"), (.prefix(""), "/api", 4, "/"),
            (.prefix("/"), "/api/v1", 5, "/v1"), (.whole("/y"), "/api?q", 4, "/y?q"),
            (.whole("/y?z=1"), "/api?q", 4, "/y?z=1"),
            (
                .regex(pattern: "^/service/([^/]+)(/.*)$", substitution: "\\2/instance/\\1"),
                "/service/foo/v1/api?a=1", nil, "/v1/api/instance/foo?a=1"
            ),
            (
                .regex(pattern: "one", substitution: "two"), "/xxx/one/yyy/one/zzz", nil,
                "/xxx/two/yyy/two/zzz"
            ),
            (.regex(pattern: "^/(.*)$", substitution: "\\1"), "/a", nil, "/a"),
        ] as [(Rewrite, String, Int?, String)]
    )
    func `a path is rewritten as Envoy does`(
        rewrite: Rewrite,
        path: String,
        matched: Int?,
        expected: String
    ) throws {
        let plan = try Self.plan(
            ForwardAction(target: .clusters([.init(name: "a")]), pathRewrite: rewrite),
            ["a"]
        )
        var head = request(path)
        var scratch = ByteBuffer()
        plan.rewrite(
            &head,
            matchedLength: matched,
            upstreamHost: Array("".utf8).span,
            keepsOriginal: true,
            scratch: &scratch
        )
        #expect(String(copying: head.path) == expected)
        let isChanged = rewrite != .keep
        #expect(lines(head.fields) == (isChanged ? ["x-envoy-original-path: \(path)"] : []))
        let left = scratch.count
        #expect(left == 0)
    }

    @Test(arguments: [
        (ForwardAction.HostRewrite.keep, "app"), (.literal("other:81"), "other:81"),
        (.upstream, "db.local"), (.header("x-host"), "named"), (.header("none"), "app"),
    ])
    func `a host is rewritten`(rewrite: ForwardAction.HostRewrite, expected: String) throws {
        let plan = try Self.plan(
            ForwardAction(target: .clusters([.init(name: "a")]), hostRewrite: rewrite),
            ["a"]
        )
        var head = request("/", [("x-host", "named")])
        var scratch = ByteBuffer()
        plan.rewrite(
            &head,
            matchedLength: 0,
            upstreamHost: Array("db.local".utf8).span,
            keepsOriginal: false,
            scratch: &scratch
        )
        #expect(String(copying: head.authority) == expected)
    }

    @Test(arguments: [
        (RedirectAction(scheme: "https"), "app", "/a?b", "https://app/a?b"),
        (.init(scheme: "https"), "app:80", "/a", "https://app/a"),
        (.init(scheme: "https"), "app:8080", "/a", "https://app:8080/a"),
        (.init(scheme: "https", port: 8443), "app:8080", "/a", "https://app:8443/a"),
        (.init(host: "new.example"), "app:8080", "/a", "http://new.example/a"),
        (.init(port: 81), "[::1]:80", "/a", "http://[::1]:81/a"),
        (.init(path: .whole("/x")), "app", "/a?b", "http://app/x?b"),
        (.init(path: .whole("/x?y")), "app", "/a?b", "http://app/x?y"),
        (.init(path: .prefix("/n"), stripsQuery: true), "app", "/api/v1?b", "http://app/n/v1"),
        (.init(stripsQuery: true), "app", "/a?b", "http://app/a"),
        (.init(location: "/at/%REQ(:AUTHORITY)%%REQ(NONE)%"), "app", "/a", "/at/app"),
    ])
    func `a redirect keeps what it does not change`(
        action: RedirectAction,
        host: String,
        path: String,
        expected: String
    ) throws {
        let plan = try RedirectPlan(action)
        var scratch = ByteBuffer()
        var buffer = ByteBuffer()
        plan.write(
            request(path, host: host),
            AccessRecord(),
            matchedLength: 4,
            scratch: &scratch,
            into: &buffer
        )
        #expect(String(copying: buffer.readable) == expected)
        let left = scratch.count
        #expect(left == 0)
    }

    @Test func `a proxy in front that ended TLS is believed`() throws {
        let plan = try RedirectPlan(RedirectAction(host: "new"))
        var scratch = ByteBuffer()
        var buffer = ByteBuffer()
        plan.write(
            request("/", [("x-forwarded-proto", "https")]),
            AccessRecord(),
            matchedLength: nil,
            scratch: &scratch,
            into: &buffer
        )
        #expect(String(copying: buffer.readable) == "https://new/")
    }
}
