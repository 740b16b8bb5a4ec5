import Basics
import HTTP
import Testing

@testable import Proxying

@Suite struct RouteMatcherTests {
    private static func respond(_ status: Int, _ match: RouteMatch = RouteMatch()) -> Route {
        Route(match: match, action: .respond(status: status, body: ""))
    }

    private static func host(_ domains: [String], _ status: Int) -> VirtualHost {
        VirtualHost(name: "\(status)", domains: domains, routes: [respond(status)])
    }

    /// The status that a request is answered with; 0 if no host fits, 1 if no route, 2 for TLS.
    private static func status(
        _ matcher: RouteMatcher,
        _ head: borrowing RequestHead,
        client: String = "10.0.0.1"
    ) -> Int {
        var random = RandomSource(seed: 1)
        let client = address(client)
        switch matcher.match(head, client: client, isTLS: false, random: &random) {
        case .noHost: return 0
        case .noRoute: return 1
        case .requiresTLS: return 2
        case .route(let index):
            if case .respond(let status, _, _) = matcher.plans[index].action { return status }
            return -1
        }
    }

    /// As Envoy documents `domains`.
    @Test(arguments: [
        ("www.foo.com", 200), ("WWW.Foo.Com", 200), ("www.foo.com:8080", 208), ("a.foo.com", 201),
        ("foo.com", 204), ("fo.com", 299), ("baz-bar.foo.com", 202), ("-bar.foo.com", 201),
        ("foo.org", 203),
        ("foo.", 299), ("foo.bar", 204), ("", 299), ("example.net", 299), ("x.y.foo.com", 201),
    ])
    func `a host is found in Envoy's order`(name: String, expected: Int) throws {
        let matcher = try RouteMatcher(
            RouteTable(hosts: [
                Self.host(["*"], 299), Self.host(["*.foo.com"], 201),
                Self.host(["*-bar.foo.com"], 202), Self.host(["foo.*"], 204),
                Self.host(["foo.o*"], 203), Self.host(["www.foo.com"], 200),
                Self.host(["www.foo.com:8080"], 208),
            ]),
            clusters: []
        )
        #expect(Self.status(matcher, request("/", host: name)) == expected)
    }

    @Test(arguments: [
        ("app", true, 200), ("app:80", true, 200), ("app:80", false, 0), ("[::1]:80", true, 201),
        ("[::1]", true, 201), ("app:", true, 200), ("other:80", true, 0),
    ])
    func `ports of hosts count, or not`(name: String, ignoresPort: Bool, expected: Int) throws {
        let matcher = try RouteMatcher(
            RouteTable(
                hosts: [Self.host(["app"], 200), Self.host(["[::1]"], 201)],
                ignoresPort: ignoresPort
            ),
            clusters: []
        )
        #expect(Self.status(matcher, request("/", host: name)) == expected)
    }

    @Test func `many hosts are all found`() throws {
        let names = (0..<300).map { "host-\($0).example" }
        let matcher = try RouteMatcher(
            RouteTable(hosts: names.enumerated().map { Self.host([$1], 200 + $0) }),
            clusters: []
        )
        for (index, name) in names.enumerated() {
            #expect(Self.status(matcher, request("/", host: name)) == 200 + index)
        }
        #expect(Self.status(matcher, request("/", host: "host-300.example")) == 0)
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var match: RouteMatch
        var path = "/"
        var method = "GET"
        var fields: [String] = []
        var client = "10.0.0.1"
        var isTaken: Bool
        var testDescription: String { "\(match.path) \(method) \(path) \(fields)" }
    }

    private static func field(
        _ name: String,
        _ test: HeaderMatch.Test,
        inverted: Bool = false,
        missing: Bool = false
    ) -> RouteMatch {
        RouteMatch(headers: [
            HeaderMatch(
                name: name,
                test: test,
                isInverted: inverted,
                treatsMissingAsEmpty: missing
            )
        ])
    }

    private static func query(_ name: String, _ test: TextMatch? = nil) -> RouteMatch {
        RouteMatch(query: [QueryMatch(name: name, test: test)])
    }

    static let rows: [Row] = [
        Row(match: .init(path: .exact("/a")), path: "/a", isTaken: true),
        Row(match: .init(path: .exact("/a")), path: "/a?b", isTaken: true),
        Row(match: .init(path: .exact("/a")), path: "/a/", isTaken: false),
        Row(match: .init(path: .exact("/a")), path: "/A", isTaken: false),
        Row(match: .init(path: .exact("/a"), isCaseSensitive: false), path: "/A", isTaken: true),
        Row(match: .init(path: .prefix("/api")), path: "/apix", isTaken: true),
        Row(match: .init(path: .prefix("/api/")), path: "/api", isTaken: false),
        Row(match: .init(path: .prefix("/a?")), path: "/a?", isTaken: false),
        Row(match: .init(path: .separatedPrefix("/api")), path: "/api", isTaken: true),
        Row(match: .init(path: .separatedPrefix("/api")), path: "/api?x", isTaken: true),
        Row(match: .init(path: .separatedPrefix("/api")), path: "/api/v1", isTaken: true),
        Row(match: .init(path: .separatedPrefix("/api")), path: "/apiv1", isTaken: false),
        Row(match: .init(path: .regex("/b[io]t")), path: "/bit?x", isTaken: true),
        Row(match: .init(path: .regex("/b[io]t")), path: "/bite", isTaken: false),
        Row(match: .init(path: .regex("b.t", anywhere: true)), path: "/bite", isTaken: true),
        Row(match: .init(path: .regex("/BIT", ignoresCase: true)), path: "/bit", isTaken: true),
        Row(match: .init(methods: ["GET", "PURGE"]), isTaken: true),
        Row(match: .init(methods: ["GET", "PURGE"]), method: "PURGE", isTaken: true),
        Row(match: .init(methods: ["GET", "PURGE"]), method: "POST", isTaken: false),
        Row(match: .init(methods: ["GET", "PURGE"]), method: "purge", isTaken: false),
        Row(match: .init(methods: ["GET"]), method: "PURGE", isTaken: false),
        Row(match: field("x", .present), fields: ["X: 1"], isTaken: true),
        Row(match: field("x", .present), isTaken: false),
        Row(match: field("x", .present, inverted: true), isTaken: true),
        Row(match: field("x", .text(.exact("a"))), fields: ["x: a"], isTaken: true),
        Row(match: field("x", .text(.exact("a,b"))), fields: ["x: a", "X: b"], isTaken: true),
        Row(match: field("x", .text(.exact("a")), inverted: true), fields: ["x: b"], isTaken: true),
        Row(match: field("x", .text(.exact("a")), inverted: true), isTaken: false),
        Row(match: field("x", .text(.exact("")), missing: true), isTaken: true),
        Row(
            match: field("x", .text(.prefix("AB", ignoresCase: true))),
            fields: ["x: abc"],
            isTaken: true
        ),
        Row(match: field("x", .text(.suffix("c"))), fields: ["x: abc"], isTaken: true),
        Row(match: field("x", .text(.contains("b"))), fields: ["x: abc"], isTaken: true),
        Row(match: field("x", .text(.contains("d"))), fields: ["x: abc"], isTaken: false),
        Row(match: field("x", .text(.regex("a.c"))), fields: ["x: abc"], isTaken: true),
        Row(match: field("x", .text(.regex("a.c"))), fields: ["x: abcd"], isTaken: false),
        Row(match: field("x", .range(lower: -5, upper: 5)), fields: ["x: -5"], isTaken: true),
        Row(match: field("x", .range(lower: -5, upper: 5)), fields: ["x: 5"], isTaken: false),
        Row(match: field("x", .range(lower: -5, upper: 5)), fields: ["x: 1a"], isTaken: false),
        Row(match: field(":method", .text(.exact("GET"))), isTaken: true),
        Row(match: field(":authority", .text(.prefix("ap"))), isTaken: true),
        Row(match: field("accept", .present), fields: ["Accept: */*"], isTaken: true),
        Row(match: query("a"), path: "/?b=1&a", isTaken: true),
        Row(match: query("a"), path: "/?ab=1", isTaken: false),
        Row(match: query("a", .exact("1")), path: "/?a=1&a=2", isTaken: true),
        Row(match: query("a", .exact("2")), path: "/?a=1&a=2", isTaken: false),
        Row(match: query("a"), path: "/a=1", isTaken: false),
        Row(
            match: .init(isGRPC: true),
            fields: ["content-type: application/grpc+proto"],
            isTaken: true
        ),
        Row(
            match: .init(isGRPC: true),
            fields: ["content-type: application/grpcx"],
            isTaken: false
        ),
        Row(match: .init(isGRPC: true), isTaken: false),
        Row(
            match: .init(sources: [.init(address: [10, 0, 0, 0], prefixLength: 8)]),
            isTaken: true
        ),
        Row(
            match: .init(sources: [.init(address: [10, 0, 0, 0], prefixLength: 8)]),
            client: "192.168.0.1",
            isTaken: false
        ),
        Row(match: .init(fraction: 0), isTaken: false),
        Row(match: .init(fraction: 1_000_000), isTaken: true),
    ]

    @Test(arguments: rows) func `a match takes what it says`(_ row: Row) throws {
        let matcher = try RouteMatcher(
            RouteTable(hosts: [
                VirtualHost(name: "h", domains: ["*"], routes: [Self.respond(200, row.match)])
            ]),
            clusters: []
        )
        let fields = row.fields.map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            return (String(parts[0]), String(parts[1].dropFirst()))
        }
        let head = request(row.path, method: row.method, fields)
        #expect(Self.status(matcher, head, client: row.client) == (row.isTaken ? 200 : 1))
    }

    @Test func `the first route wins, and a fraction takes its share`() throws {
        let matcher = try RouteMatcher(
            RouteTable(hosts: [
                VirtualHost(
                    name: "h",
                    domains: ["*"],
                    routes: [
                        Self.respond(201, .init(path: .prefix("/"), fraction: 250_000)),
                        Self.respond(202, .init(path: .prefix("/"))),
                        Self.respond(203, .init(path: .exact("/"))),
                    ]
                )
            ]),
            clusters: []
        )
        var random = RandomSource(seed: 1)
        var counts = [0, 0, 0]
        let head = request("/")
        for _ in 0..<10_000 {
            let found = matcher.match(head, client: address("::1"), isTLS: true, random: &random)
            if case .route(let index) = found { counts[index] += 1 }
        }
        #expect(chiSquare(Array(counts.prefix(2)), shares: [1, 3]) < 15)
        #expect(counts[2] == 0)
    }

    @Test func `a host that wants TLS says so`() throws {
        let matcher = try RouteMatcher(
            RouteTable(hosts: [
                VirtualHost(
                    name: "h",
                    domains: ["*"],
                    routes: [Self.respond(200)],
                    requiresTLS: true
                )
            ]),
            clusters: []
        )
        #expect(Self.status(matcher, request("/")) == 2)
        var random = RandomSource(seed: 1)
        let found = matcher.match(
            request("/"),
            client: address("::1"),
            isTLS: true,
            random: &random
        )
        #expect(found == .route(0))
    }
}
