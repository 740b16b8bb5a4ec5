import Basics
import HTTP

/// Asking a service whether requests may pass, compiled for one worker.
final class AuthorizationGate {
    /// What the service's answer means.
    enum Verdict: Equatable {
        case allowed
        case refused
        case failed
    }

    let settings: AuthorizationSettings
    let path: [UInt8]?
    private let tests: [RequestTest]
    private let plans: [RoutePlan]
    private let sent: NameTests?
    let passed: NameTests
    let appended: NameTests
    let answered: NameTests
    private let refusal: NameTests?

    /// Compiles settings; `clusters` are the names of the configuration's clusters in their order.
    ///
    /// - Throws: `invalid` for a pattern or route that cannot be compiled.
    init(_ settings: AuthorizationSettings, clusters: [String]) throws(Failure) {
        self.settings = settings
        path = settings.path.map { Array($0.utf8) }
        let host = VirtualHost(name: "authorization", domains: ["*"], routes: settings.routes)
        var tests: [RequestTest] = []
        var plans: [RoutePlan] = []
        for var route in settings.routes {
            route.errorPages = []
            let test = try RequestTest(route.match)
            tests.append(test)
            plans.append(
                try RoutePlan(
                    route,
                    of: host,
                    matchedLength: test.matchedLength,
                    clusters: clusters,
                    hostname: ""
                )
            )
        }
        self.tests = tests
        self.plans = plans
        sent = try settings.sentFields.map { names throws(Failure) in
            try NameTests(names + [.exact("authorization")])
        }
        passed = try NameTests(settings.passedFields)
        appended = try NameTests(settings.appendedFields)
        answered = try NameTests(settings.answerFields)
        refusal = try settings.refusalFields.map { names throws(Failure) in
            try NameTests(names + [.exact("location"), .exact("www-authenticate")])
        }
    }

    /// The plan of a question; `nil` if no route takes it.
    func plan(_ exchange: Exchange) -> RoutePlan? {
        let length = exchange.request.path.queryStart
        for index in tests.indices
        where tests[index].passes(
            exchange.request,
            pathLength: length,
            peer: exchange.client.address,
            random: &exchange.proxy.random
        ) {
            return plans[index]
        }
        return nil
    }

    /// Makes the question of a copy of a request.
    func prepare(_ request: inout RequestHead) {
        let asked = path == nil ? [] : Self.asked(request)
        request.upgrade = .none
        // The body is not sent, and the service waits for none.
        request.framing = .none
        let bodyFields: [HeaderID] = [
            .contentLength, .transferEncoding, .expect, .contentEncoding, .trailer,
        ]
        for name in bodyFields { request.fields.removeAll(name) }
        if let sent {
            var index = request.fields.count
            while index > 0 {
                index -= 1
                if !sent.take(request.fields.name(index)) { request.fields.remove(at: index) }
            }
        }
        guard let path else {
            if request.method != .get, request.method != .head { request.framing = .length(0) }
            return
        }
        request.fields.set(.xEnvoyOriginalPath, value: asked.span)
        request.setPath(path.span)
    }

    /// The path that a client asked for.
    private static func asked(_ request: borrowing RequestHead) -> [UInt8] {
        guard let known = request.fields.first(.xEnvoyOriginalPath) else {
            return Array(copying: request.path)
        }
        return Array(copying: request.fields.value(known))
    }

    /// What an answer means; `nil` is none that is whole.
    func judge(_ status: Int?) -> Verdict {
        guard let status else { return .failed }
        switch settings.verdict {
        case .answer(let passes):
            if passes.contains(status) { return .allowed }
            return status >= 500 ? .failed : .refused
        case .status:
            if (200..<300).contains(status) { return .allowed }
            return status == 401 || status == 403 ? .refused : .failed
        }
    }

    /// Whether the client gets a field of a refusal.
    func shows(_ name: Span<UInt8>) -> Bool {
        refusal?.take(name) ?? true
    }
}

/// Tests of the names of header fields, any of which may pass.
struct NameTests {
    private let tests: [TextTest]

    init(_ matches: [TextMatch]) throws(Failure) {
        tests = try matches.map { match throws(Failure) in try TextTest(match) }
    }

    var isEmpty: Bool { tests.isEmpty }

    /// Whether any test passes; names are compared in lower case.
    func take(_ name: Span<UInt8>) -> Bool {
        if tests.isEmpty { return false }
        let lowered = Array(copying: name).map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
        return tests.contains { $0.passes(lowered.span) }
    }
}
