import Basics
import Testing

@testable import Proxying

@Suite struct RetryDecisionTests {
    typealias End = RetryDecision.End
    typealias Conditions = RetrySettings.Conditions

    struct Row: Sendable, CustomTestStringConvertible {
        var conditions: Conditions
        var end: End
        var isRetried: Bool
        var testDescription: String { "\(conditions.rawValue) \(end)" }
    }

    static func answer(
        _ status: Int,
        grpc: Int? = nil,
        limited: Bool = false,
        headers: Bool = false
    ) -> End {
        .answer(status: status, grpcStatus: grpc, isRateLimited: limited, headersMatch: headers)
    }

    private static func row(_ conditions: Conditions, _ end: End, _ isRetried: Bool) -> Row {
        Row(conditions: conditions, end: end, isRetried: isRetried)
    }

    /// As the documentation of Envoy's router says of each condition.
    static let rows: [Row] = [
        row(.serverErrors, answer(500), true), row(.serverErrors, answer(503), true),
        row(.serverErrors, answer(499), false), row(.serverErrors, answer(200), false),
        row(.serverErrors, .reset(wasSent: true), true), row(.serverErrors, .connectFailure, true),
        row(.serverErrors, .timeout, true), row(.serverErrors, .overflow, false),
        row(.serverErrors, answer(503, limited: true), false),
        row(.rateLimited, answer(429, limited: true), true),
        row(.rateLimited, answer(429), false),
        row(.gatewayErrors, answer(502), true), row(.gatewayErrors, answer(504), true),
        row(.gatewayErrors, answer(500), false), row(.gatewayErrors, answer(505), false),
        row(.gatewayErrors, .reset(wasSent: true), true),
        row(.reset, .reset(wasSent: true), true), row(.reset, .timeout, true),
        row(.reset, answer(503), false), row(.reset, .connectFailure, true),
        row(.resetBeforeRequest, .reset(wasSent: false), true),
        row(.resetBeforeRequest, .reset(wasSent: true), false),
        row(.resetBeforeRequest, .connectFailure, true),
        row(.connectFailure, .connectFailure, true),
        row(.connectFailure, .reset(wasSent: false), false),
        row(.connectFailure, answer(503), false),
        row(.refusedStream, .refused, true), row(.refusedStream, .reset(wasSent: true), false),
        row(.retriable4xx, answer(409), true), row(.retriable4xx, answer(404), false),
        row(.statuses, answer(418), true), row(.statuses, answer(419), false),
        row(.headers, answer(200, headers: true), true), row(.headers, answer(200), false),
        row(.grpcCancelled, answer(200, grpc: 1), true),
        row(.grpcDeadlineExceeded, answer(200, grpc: 4), true),
        row(.grpcResourceExhausted, answer(200, grpc: 8), true),
        row(.grpcInternal, answer(200, grpc: 13), true),
        row(.grpcUnavailable, answer(200, grpc: 14), true),
        row(.grpcUnavailable, answer(200, grpc: 13), false),
        row(.grpcUnavailable, answer(200, grpc: 0), false),
        row(.timeout, .timeout, true), row(.timeout, .reset(wasSent: true), false),
        row([], answer(500), false), row([], .connectFailure, false),
    ]

    @Test(arguments: rows) func `what is retried follows the conditions`(_ row: Row) {
        var random = RandomSource(seed: 1)
        let settings = RetrySettings(
            conditions: row.conditions.union(.anyMethod),
            retriesMaximum: 1,
            statuses: [418]
        )
        var decision = RetryDecision(RetryRules(settings))
        let verdict = decision.decide(row.end, RetryDecision.Facts(), nil, &random)
        if row.isRetried {
            guard case .retry = verdict else {
                Issue.record("\(verdict)")
                return
            }
            #expect(decision.decide(row.end, RetryDecision.Facts(), nil, &random) == .stop(.limit))
        } else {
            #expect(verdict == .stop(.notRetriable))
        }
    }

    @Test(
        arguments: [
            (RetryDecision.Facts(isIdempotent: false), answer(503), false),
            (.init(isIdempotent: false), .reset(wasSent: true), false),
            (.init(isIdempotent: false, wasSent: false), .reset(wasSent: false), true),
            (.init(isIdempotent: false), .connectFailure, true),
            (.init(isIdempotent: false), .refused, true),
            (.init(isRepeatable: false), answer(503), false),
            (.init(hasAnswered: true), .reset(wasSent: true), false),
            (.init(), answer(503), true),
        ] as [(RetryDecision.Facts, End, Bool)]
    )
    func `nothing is done twice that must not be`(
        facts: RetryDecision.Facts,
        end: End,
        isRetried: Bool
    ) {
        var random = RandomSource(seed: 1)
        var decision = RetryDecision(RetryRules(RetrySettings(conditions: .serverErrors)))
        let verdict = decision.decide(end, facts, nil, &random)
        #expect((verdict == .stop(.notRepeatable)) == !isRetried)
    }

    /// The first retry is delayed by 0-24 ms, the 2nd by 0-74, the 3rd by 0-174, at most 250.
    @Test func `pauses are Envoy's`() {
        let seed: UInt64 = 11
        var random = RandomSource(seed: seed)
        var longest = Array(repeating: Int64(0), count: 6)
        for _ in 0..<4000 {
            var decision = RetryDecision(
                RetryRules(
                    RetrySettings(conditions: [.serverErrors, .anyMethod], retriesMaximum: 6)
                )
            )
            for index in 0..<6 {
                let verdict = decision.decide(Self.answer(500), .init(), nil, &random)
                guard case .retry(let pause) = verdict else {
                    Issue.record("no retry")
                    return
                }
                longest[index] = max(longest[index], pause.milliseconds)
            }
        }
        #expect(longest == [24, 74, 174, 249, 249, 249], "seed \(seed)")
    }

    @Test func `without a base there is no pause`() {
        var random = RandomSource(seed: 1)
        var decision = RetryDecision(
            RetryRules(RetrySettings(conditions: .connectFailure, backoffBase: .zero))
        )
        #expect(
            decision.decide(.connectFailure, .init(), nil, &random) == .retry(after: .zero)
        )
    }

    @Test func `the cluster's limit of retries holds`() {
        var random = RandomSource(seed: 1)
        let breaker = CircuitBreaker(CircuitLimits(retries: 1), CircuitCounts())
        func verdict(_ breaker: CircuitBreaker) -> RetryDecision.Verdict {
            var decision = RetryDecision(RetryRules(RetrySettings(conditions: .serverErrors)))
            return decision.decide(.connectFailure, .init(), breaker, &random)
        }
        guard case .retry = verdict(breaker) else {
            Issue.record("no retry")
            return
        }
        #expect(verdict(breaker) == .stop(.overflow))
        breaker.giveBack(.retries)
        #expect(verdict(breaker) != .stop(.overflow))
    }

    @Test(
        arguments: [
            ("5xx", Conditions.serverErrors), ("gateway-error, reset", [.gatewayErrors, .reset]),
            (" connect-failure ,refused-stream,", [.connectFailure, .refusedStream]),
            ("unavailable,cancelled,nonsense", [.grpcUnavailable, .grpcCancelled]), ("", []),
            ("5XX", []),
        ] as [(String, Conditions)]
    )
    func `a request names its conditions`(text: String, expected: Conditions) {
        #expect(RetryWishes.conditions(Array(text.utf8).span) == expected)
    }

    @Test func `a request's own words go before the route's`() {
        var random = RandomSource(seed: 1)
        let wishes = RetryWishes(
            conditions: .statuses,
            retriesMaximum: 2,
            statuses: RetryWishes.statuses(Array("418, x, 421".utf8).span)
        )
        #expect(wishes.statuses == [418, 421])
        var decision = RetryDecision(nil, wishes)
        #expect(decision.isEnabled)
        let facts = RetryDecision.Facts(isIdempotent: false)
        for _ in 0..<2 {
            let verdict = decision.decide(Self.answer(421), facts, nil, &random)
            if case .stop = verdict { Issue.record("\(verdict)") }
        }
        #expect(decision.decide(Self.answer(421), facts, nil, &random) == .stop(.limit))
        #expect(!RetryDecision(nil).isEnabled)
    }

    @Test(
        arguments: [
            (nil, nil, 15, nil, 15, nil), (5, nil, 15, nil, 5, nil), (0, nil, 15, 3, nil, 3),
            (nil, 2, 15, nil, 15, 2), (nil, nil, 15, 15, 15, nil), (nil, 20, 15, 2, 15, nil),
            (1, nil, 15, 2, 1, nil),
        ] as [(Int?, Int?, Int?, Int?, Int?, Int?)]
    )
    func `time limits are the request's, then the route's`(
        own: Int?,
        ownTry: Int?,
        route: Int?,
        routeTry: Int?,
        whole: Int?,
        one: Int?
    ) {
        func seconds(_ number: Int?) -> Duration? { number.map { .seconds($0) } }
        let wishes = RetryWishes(timeout: seconds(own), perTryTimeout: seconds(ownTry))
        let limits = wishes.limits(timeout: seconds(route), perTry: seconds(routeTry))
        #expect(limits.timeout == seconds(whole))
        #expect(limits.perTry == seconds(one))
    }
}
