import Basics
import HTTP

/// Policies about who may ask for what, compiled.
final class PolicyGate {
    private indirect enum Test {
        case any
        case all([Test])
        case either([Test])
        case not(Test)
        case field(FieldTest)
        case path(TextTest)
        case client(AddressTest, isDirect: Bool)
        case own(AddressTest)
        case port(ClosedRange<Int>)
        case serverName(TextTest)
        case certificate(TextTest?)

        init(_ condition: AccessPolicies.Condition) throws(Failure) {
            switch condition {
            case .any: self = .any
            case .all(let parts): self = .all(try Self.tests(parts))
            case .either(let parts): self = .either(try Self.tests(parts))
            case .not(let part): self = .not(try Self(part))
            case .field(let match): self = .field(try FieldTest(match))
            case .path(let match): self = .path(try TextTest(match))
            case .client(let range, let isDirect):
                self = .client(AddressTest(range), isDirect: isDirect)
            case .own(let range): self = .own(AddressTest(range))
            case .port(let range): self = .port(range)
            case .serverName(let match): self = .serverName(try TextTest(match))
            case .certificate(let match):
                self = .certificate(try match.map { match throws(Failure) in try TextTest(match) })
            }
        }

        static func tests(_ parts: [AccessPolicies.Condition]) throws(Failure) -> [Self] {
            try parts.map { part throws(Failure) in try Self(part) }
        }

        private static func path(of head: borrowing RequestHead, passes test: TextTest) -> Bool {
            test.passes(head.path.extracting(first: head.path.queryStart))
        }

        func passes(_ exchange: Exchange) -> Bool {
            switch self {
            case .any: return true
            case .all(let tests): return tests.allSatisfy { $0.passes(exchange) }
            case .either(let tests): return tests.contains { $0.passes(exchange) }
            case .not(let test): return !test.passes(exchange)
            case .field(let test): return test.passes(exchange.request, exchange.security)
            case .path(let test):
                return Self.path(of: exchange.request, passes: test)
            case .client(let range, let isDirect):
                return (isDirect ? exchange.peer : exchange.client.address).isIn(range)
            case .own(let range): return exchange.endpoints.own.isIn(range)
            case .port(let range): return range.contains(Int(exchange.endpoints.localPort))
            case .serverName(let test):
                let name = exchange.endpoints.serverName
                return test.passes(name.span)
            case .certificate(let test):
                guard let names = exchange.security?.principals else { return false }
                guard let test else { return true }
                return names.contains { name in
                    let bytes = Array(name.utf8)
                    return test.passes(bytes.span)
                }
            }
        }
    }

    private let allows: Bool
    private let policies: [(permissions: [Test], principals: [Test])]

    init(_ settings: AccessPolicies) throws(Failure) {
        allows = settings.allows
        policies = try settings.policies.map { policy throws(Failure) in
            (try Test.tests(policy.permissions), try Test.tests(policy.principals))
        }
    }

    /// Whether a request may pass.
    func allows(_ exchange: Exchange) -> Bool {
        let holds = policies.contains { policy in
            policy.permissions.contains { $0.passes(exchange) }
                && policy.principals.contains { $0.passes(exchange) }
        }
        return holds == allows
    }
}
