import Basics
import HTTP
import Testing

@testable import Proxying

@Suite struct RateLimiterTests {
    private static func limiter(_ settings: RateLimitSettings) throws -> RateLimiter {
        try RateLimiter(settings, state: RateLimitState(settings), seed: 7)
    }

    private static let two = TokenBucketSettings(maximum: 2, fillInterval: .seconds(60))

    /// How many of so many requests pass.
    private static func passed(
        _ limiter: RateLimiter,
        _ head: borrowing RequestHead,
        client: String = "10.0.0.1",
        actions: RateActions = RateActions(),
        apiKey: Int = -1,
        of count: Int = 10
    ) -> Int {
        var random = RandomSource(seed: 1)
        var passed = 0
        for _ in 0..<count {
            let verdict = limiter.judge(
                head,
                client: address(client),
                actions: actions,
                cluster: Array("users".utf8),
                apiKey: apiKey,
                at: .zero,
                random: &random
            )
            if case .refused = verdict { continue }
            passed += 1
        }
        return passed
    }

    @Test func `one bucket is shared by all`() throws {
        let settings = RateLimitSettings(bucket: Self.two)
        let state = RateLimitState(settings)
        let one = try RateLimiter(settings, state: state, seed: 7)
        let two = try RateLimiter(settings, state: state, seed: 7)
        #expect(Self.passed(one, request("/"), of: 1) == 1)
        #expect(Self.passed(two, request("/"), client: "10.0.0.2") == 1)
        #expect(Self.passed(one, request("/")) == 0)
    }

    @Test func `each address, field or key has a bucket`() throws {
        let addresses = try Self.limiter(RateLimitSettings(bucket: Self.two, key: .address))
        #expect(Self.passed(addresses, request("/"), client: "10.0.0.1") == 2)
        #expect(Self.passed(addresses, request("/"), client: "10.0.0.1:99") == 0)
        #expect(Self.passed(addresses, request("/"), client: "::1") == 2)
        let fields = try Self.limiter(RateLimitSettings(bucket: Self.two, key: .header("x-user")))
        #expect(Self.passed(fields, request("/", [("X-User", "a")])) == 2)
        #expect(Self.passed(fields, request("/", [("X-User", "b")])) == 2)
        #expect(Self.passed(fields, request("/", [("X-User", "a")])) == 0)
        #expect(Self.passed(fields, request("/")) == 10)
        let keys = try Self.limiter(RateLimitSettings(bucket: Self.two, key: .apiKey))
        #expect(Self.passed(keys, request("/"), apiKey: 0) == 2)
        #expect(Self.passed(keys, request("/"), apiKey: 1) == 2)
        #expect(Self.passed(keys, request("/"), apiKey: 0) == 0)
    }

    @Test func `shares are looked at, and shares refused`() throws {
        let nothing = try Self.limiter(RateLimitSettings(bucket: Self.two, enabled: 0))
        #expect(Self.passed(nothing, request("/")) == 10)
        let lenient = try Self.limiter(RateLimitSettings(bucket: Self.two, enforced: 0))
        #expect(Self.passed(lenient, request("/")) == 10)
        var random = RandomSource(seed: 1)
        guard
            case .counted = lenient.judge(
                request("/"),
                client: PeerAddress(),
                at: .zero,
                random: &random
            )
        else {
            Issue.record("it was not counted")
            return
        }
        let half = try Self.limiter(RateLimitSettings(bucket: Self.two, enforced: 500_000))
        #expect(abs(Self.passed(half, request("/"), of: 1000) - 501) < 60)
    }

    @Test func `what waits in a queue passes later`() throws {
        let settings = RateLimitSettings(
            bucket: .init(maximum: 1, fillInterval: .seconds(1)),
            queueMaximum: 1
        )
        let limiter = try Self.limiter(settings)
        var random = RandomSource(seed: 1)
        let head = request("/")
        func judge() -> RateLimiter.Verdict {
            limiter.judge(head, client: PeerAddress(), at: .zero, random: &random)
        }
        guard case .allowed = judge(), case .wait(.seconds(1), _) = judge(),
            case .refused(let decision) = judge()
        else {
            Issue.record("not in this order")
            return
        }
        #expect(decision.retryAfterSeconds == 2)
    }

    private static func descriptors() throws -> RateLimiter {
        func bucket(_ maximum: Int) -> TokenBucketSettings {
            .init(maximum: maximum, fillInterval: .seconds(60))
        }
        return try limiter(
            RateLimitSettings(
                bucket: bucket(9),
                descriptors: [
                    .init(
                        entries: [
                            .init(key: "client", value: "ann"), .init(key: "path", value: "/a"),
                        ],
                        bucket: bucket(1)
                    ),
                    .init(entries: [.init(key: "client", value: "")], bucket: bucket(3)),
                    .init(
                        entries: [.init(key: "remote_address", value: "10.0.0.9")],
                        bucket: bucket(2)
                    ),
                    .init(entries: [.init(key: "kind", value: "post")], bucket: bucket(4)),
                    .init(entries: [.init(key: "generic_key", value: "none")], bucket: bucket(0)),
                    .init(
                        entries: [
                            .init(key: "destination_cluster", value: "users"),
                            .init(key: "to", value: "a"),
                        ],
                        bucket: bucket(5)
                    ),
                ]
            )
        )
    }

    private static func actions() throws -> RateActions {
        try RateActions(
            route: [
                [
                    .header(name: "x-client", key: "client", isSkippedIfAbsent: false),
                    .header(name: ":path-of", key: "path", isSkippedIfAbsent: true),
                ],
                [.remoteAddress],
                [
                    .headersMatch(
                        key: "kind",
                        value: "post",
                        expects: true,
                        tests: [.init(name: ":method", test: .text(.exact("POST")))]
                    )
                ],
                [
                    .query(name: "q", key: "generic_key", isSkippedIfAbsent: false),
                    .text(key: "generic_key", value: "some"),
                ],
                [.destinationCluster, .header(name: "x-to", key: "to", isSkippedIfAbsent: false)],
            ],
            host: [[.text(key: "generic_key", value: "none")]]
        )
    }

    @Test(
        arguments: [
            ("GET", [], "10.0.0.1", 9), ("GET", ["x-client: bob"], "10.0.0.1", 3),
            ("GET", ["x-client: ann"], "10.0.0.1", 3),
            ("GET", ["x-client: ann", ":path-of: /a"], "10.0.0.1", 1),
            ("GET", ["x-client: ann", ":path-of: /b"], "10.0.0.1", 9),
            ("GET", [], "10.0.0.9", 2), ("POST", [], "10.0.0.1", 4), ("POST", [], "10.0.0.9", 2),
            ("GET", ["x-to: a"], "10.0.0.1", 5),
            ("GET", ["x-to: b"], "10.0.0.1", 9),
        ] as [(String, [String], String, Int)]
    )
    func `descriptors have buckets of their own`(
        method: String,
        fields: [String],
        client: String,
        expected: Int
    ) throws {
        let head = request(
            "/",
            method: method,
            fields.map { line in
                let parts = line.split(separator: ": ", maxSplits: 1)
                return (String(parts[0]), String(parts[1]))
            }
        )
        let passed = Self.passed(
            try Self.descriptors(),
            head,
            client: client,
            actions: try Self.actions(),
            of: 20
        )
        #expect(passed == expected)
    }

    @Test func `an open entry gives each value a bucket`() throws {
        let limiter = try Self.descriptors()
        let actions = try Self.actions()
        func passed(_ client: String) -> Int {
            Self.passed(limiter, request("/", [("x-client", client)]), actions: actions)
        }
        #expect([passed("a"), passed("b"), passed("a")] == [3, 3, 0])
    }
}
