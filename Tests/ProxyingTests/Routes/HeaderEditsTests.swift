import Basics
import HTTP
import Testing

@testable import Proxying

@Suite struct HeaderEditsTests {
    private static func apply(
        _ removals: [String],
        _ additions: [HeaderAddition],
        _ fields: [(String, String)]
    ) throws -> [String] {
        let edits = try HeaderEdits(removals: removals, additions: additions, hostname: "pod-1")
        var head = request("/p", fields)
        var scratch = ByteBuffer()
        var record = AccessRecord()
        record.downstreamRemote = Array("10.0.0.9:1".utf8)
        record.routeName = Array("CN=a\r\nx: y".utf8)
        edits.apply(to: &head, record, scratch: &scratch)
        let left = scratch.count
        #expect(left == 0)
        return lines(head.fields)
    }

    @Test(arguments: [
        (HeaderAddition.Mode.append, ["X-A: 1", "X-A: 2"], ["X-A: 2"]),
        (.overwrite, ["X-A: 2"], ["X-A: 2"]), (.addIfAbsent, ["X-A: 1"], ["X-A: 2"]),
        (.overwriteIfPresent, ["X-A: 2"], []),
    ])
    func `a field is added as its mode says`(
        mode: HeaderAddition.Mode,
        present: [String],
        absent: [String]
    ) throws {
        let addition = HeaderAddition(name: "X-A", value: "2", mode: mode)
        #expect(try Self.apply([], [addition], [("X-A", "1")]) == present)
        #expect(try Self.apply([], [addition], []) == absent)
    }

    @Test func `removals come first, in any case`() throws {
        let lines = try Self.apply(
            ["x-a", "server"],
            [.init(name: "x-a", value: "new")],
            [("X-A", "1"), ("x-a", "2"), ("Server", "s"), ("b", "3")]
        )
        #expect(lines == ["b: 3", "x-a: new"])
    }

    @Test func `values are made of commands`() throws {
        let lines = try Self.apply(
            [],
            [
                .init(name: "x-ip", value: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"),
                .init(name: "x-pod", value: "%HOSTNAME%-%REQ(x)%"),
                .init(name: "x-empty", value: "%REQ(x)%"),
                .init(name: "x-kept", value: "%REQ(x)%", keepsEmpty: true),
                .init(name: "x-bad", value: "%ROUTE_NAME%"),
                .init(name: "x-copy", value: "%REQ(x-ip)%"),
            ],
            []
        )
        #expect(lines == ["x-ip: 10.0.0.9", "x-pod: pod-1-", "x-kept: ", "x-copy: 10.0.0.9"])
    }

    @Test func `a response is changed with the request in view`() throws {
        let edits = try HeaderEdits(
            removals: ["x-powered-by"],
            additions: [
                .init(name: "x-path", value: "%REQ(:PATH)%"),
                .init(name: "x-s", value: "%RESP(:STATUS)%"),
            ]
        )
        var head = ResponseHead()
        head.fields.append(name: Array("X-Powered-By".utf8).span, value: Array("php".utf8).span)
        var scratch = ByteBuffer()
        edits.apply(to: &head, request: request("/p"), AccessRecord(), scratch: &scratch)
        #expect(lines(head.fields) == ["x-path: /p", "x-s: 200"])
    }

    @Test func `route and host follow one another`() throws {
        let matcher = try RouteMatcher(
            RouteTable(hosts: [
                VirtualHost(
                    name: "h",
                    domains: ["*"],
                    routes: [
                        Route(
                            action: .close,
                            headers: .init(requestAdditions: [.init(name: "a", value: "route")])
                        )
                    ],
                    headers: .init(requestAdditions: [
                        .init(name: "a", value: "host", mode: .addIfAbsent),
                        .init(name: "b", value: "host"),
                    ])
                )
            ]),
            clusters: []
        )
        var head = request("/")
        var scratch = ByteBuffer()
        matcher.plans[0].requestEdits.apply(to: &head, AccessRecord(), scratch: &scratch)
        #expect(lines(head.fields) == ["a: route", "b: host"])
    }

    @Test(arguments: [
        (
            ["Connection: keep-alive, X-Private", "Keep-Alive: 5", "x-private: 1", "b: 2"],
            ["b: 2"]
        ),
        (["connection: upgrade", "upgrade: websocket"], []),
        (["te: trailers, deflate"], ["te: trailers"]), (["te: gzip"], []),
        (["Proxy-Connection: close", "transfer-encoding: chunked"], []),
        (
            ["connection: authorization, content-length, ,close", "authorization: x"],
            ["authorization: x"]
        ),
        (["connection: a", "connection: b", "a: 1", "A: 2", "b: 3", "c: 4"], ["c: 4"]),
    ])
    func `what is about one connection ends there`(fields: [String], expected: [String]) {
        var head = request(
            "/",
            fields.map { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                return (String(parts[0]), String(parts[1].dropFirst()))
            }
        )
        HopByHop.remove(from: &head.fields)
        #expect(lines(head.fields) == expected)
    }
}
