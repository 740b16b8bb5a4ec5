import Basics
import HTTP
import Testing

@testable import Proxying

@Suite struct ForwardingTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var settings: ForwardingSettings
        var peer = "203.0.113.7"
        var isTLS = false
        var fields: [String] = []
        var client: String
        var isInternal: Bool
        var expected: [String]
        var testDescription: String { "\(peer) \(fields)" }
    }

    private static func edge(
        _ hops: Int = 0,
        _ client: ForwardingSettings.Client = .append,
        via: String? = nil
    ) -> ForwardingSettings {
        ForwardingSettings(
            forwardedFor: client,
            trustedHops: hops,
            usesRemoteAddress: true,
            setsRequestID: false,
            via: via
        )
    }

    private static func inner(_ hops: Int = 0) -> ForwardingSettings {
        ForwardingSettings(trustedHops: hops, setsRequestID: false)
    }

    static let rows: [Row] = [
        // An edge does not believe what comes.
        Row(
            settings: edge(),
            isTLS: true,
            fields: ["x-forwarded-for: 1.1.1.1", "x-forwarded-proto: http"],
            client: "203.0.113.7",
            isInternal: false,
            expected: [
                "x-forwarded-for: 1.1.1.1, 203.0.113.7", "x-forwarded-proto: https",
                "x-envoy-external-address: 203.0.113.7",
            ]
        ),
        Row(
            settings: edge(),
            fields: [
                "x-envoy-retry-on: 5xx", "x-envoy-upstream-rq-timeout-ms: 1",
                "x-envoy-internal: true", "x-envoy-external-address: 9.9.9.9",
            ],
            client: "203.0.113.7",
            isInternal: false,
            expected: [
                "x-forwarded-for: 203.0.113.7", "x-forwarded-proto: http",
                "x-envoy-external-address: 203.0.113.7",
            ]
        ),
        // One proxy in front is trusted.
        Row(
            settings: edge(1),
            fields: ["x-forwarded-for: 6.6.6.6, 198.51.100.1", "x-forwarded-proto: https"],
            client: "198.51.100.1",
            isInternal: false,
            expected: [
                "x-forwarded-for: 6.6.6.6, 198.51.100.1, 203.0.113.7",
                "x-forwarded-proto: https", "x-envoy-external-address: 198.51.100.1",
            ]
        ),
        Row(
            settings: edge(2),
            fields: ["x-forwarded-for: 6.6.6.6", "x-forwarded-for: 198.51.100.1"],
            client: "6.6.6.6",
            isInternal: false,
            expected: [
                "x-forwarded-for: 6.6.6.6", "x-forwarded-for: 198.51.100.1, 203.0.113.7",
                "x-forwarded-proto: http", "x-envoy-external-address: 6.6.6.6",
            ]
        ),
        Row(
            settings: edge(0, .remove),
            peer: "10.0.0.5",
            fields: ["X-Forwarded-For: 1.1.1.1", "x-envoy-retry-on: 5xx"],
            client: "10.0.0.5",
            isInternal: true,
            expected: [
                "x-envoy-retry-on: 5xx", "x-envoy-internal: true", "x-forwarded-proto: http",
            ]
        ),
        // Inside, what comes is believed.
        Row(
            settings: inner(),
            peer: "10.0.0.5",
            fields: ["x-forwarded-for: 1.1.1.1, 8.8.8.8", "x-forwarded-proto: https"],
            client: "8.8.8.8",
            isInternal: false,
            expected: ["x-forwarded-for: 1.1.1.1, 8.8.8.8", "x-forwarded-proto: https"]
        ),
        Row(
            settings: inner(1),
            peer: "10.0.0.5",
            fields: ["x-forwarded-for: 10.7.7.7,8.8.8.8"],
            client: "10.7.7.7",
            isInternal: true,
            expected: [
                "x-forwarded-for: 10.7.7.7,8.8.8.8", "x-envoy-internal: true",
                "x-forwarded-proto: http",
            ]
        ),
        Row(
            settings: inner(),
            peer: "127.0.0.1",
            fields: ["x-forwarded-for: nonsense"],
            client: "127.0.0.1",
            isInternal: true,
            expected: [
                "x-forwarded-for: nonsense", "x-envoy-internal: true", "x-forwarded-proto: http",
            ]
        ),
        Row(
            settings: edge(via: "1.1 companion"),
            peer: "10.0.0.5",
            fields: ["via: 1.0 fred"],
            client: "10.0.0.5",
            isInternal: true,
            expected: [
                "via: 1.0 fred, 1.1 companion", "x-envoy-internal: true",
                "x-forwarded-for: 10.0.0.5", "x-forwarded-proto: http",
            ]
        ),
    ]

    @Test(arguments: rows) func `headers tell where a request comes from`(_ row: Row) {
        var head = request(
            "/",
            row.fields.map { line in
                let parts = line.split(separator: ":", maxSplits: 1)
                return (String(parts[0]), String(parts[1].dropFirst()))
            }
        )
        var random = RandomSource(seed: 1)
        var scratch = ByteBuffer()
        let client = Forwarding(row.settings).apply(
            to: &head,
            peer: address(row.peer),
            isTLS: row.isTLS,
            random: &random,
            scratch: &scratch
        )
        let expected = Forwarding.Client(address: address(row.client), isInternal: row.isInternal)
        #expect(client == expected)
        #expect(lines(head.fields) == row.expected)
        let left = scratch.count
        #expect(left == 0)
    }

    @Test(arguments: [
        (true, false, "8.8.8.8", false), (true, true, "8.8.8.8", true),
        (true, false, "10.0.0.1", true), (false, false, "8.8.8.8", true),
    ])
    func `an identifier is made, and kept where it may be`(
        isEdge: Bool,
        keeps: Bool,
        peer: String,
        isKept: Bool
    ) {
        let forwarding = Forwarding(
            ForwardingSettings(usesRemoteAddress: isEdge, keepsExternalRequestID: keeps)
        )
        var random = RandomSource(seed: 1)
        var scratch = ByteBuffer()
        var head = request("/", [("x-request-id", "mine")])
        _ = forwarding.apply(
            to: &head,
            peer: address(peer),
            isTLS: false,
            random: &random,
            scratch: &scratch
        )
        #expect(lines(head.fields).contains("x-request-id: mine") == isKept)
        var bare = request("/")
        _ = forwarding.apply(
            to: &bare,
            peer: address(peer),
            isTLS: false,
            random: &random,
            scratch: &scratch
        )
        let made = lines(bare.fields).first { $0.hasPrefix("x-request-id: ") } ?? ""
        let form =
            /x-request-id: [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/
        #expect(made.wholeMatch(of: form) != nil)
    }

    @Test func `a trusted request's wishes are read`() {
        let head = request(
            "/",
            [
                ("x-envoy-retry-on", "5xx,reset"), ("x-envoy-retry-grpc-on", "unavailable"),
                ("x-envoy-max-retries", "4"), ("x-envoy-upstream-rq-timeout-ms", "250"),
                ("x-envoy-retriable-status-codes", "418"),
                ("x-envoy-upstream-rq-per-try-timeout-ms", "x"),
            ]
        )
        let wishes = RetryWishes(head.fields)
        #expect(
            wishes
                == RetryWishes(
                    conditions: [.serverErrors, .reset, .grpcUnavailable],
                    retriesMaximum: 4,
                    statuses: [418],
                    timeout: .milliseconds(250)
                )
        )
        let none = request("/", [("accept", "x")])
        #expect(RetryWishes(none.fields) == nil)
    }
}
