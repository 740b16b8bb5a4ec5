import Basics
import HTTP
import Reactor

/// What the requests of a route pass before they are routed on, compiled for one worker.
final class FilterSteps {
    /// A limit of requests over time.
    final class RateStep {
        let limiter: RateLimiter
        let statistics: RateStatistics
        let edits: HeaderEdits

        init(_ limiter: RateLimiter, _ statistics: RateStatistics, _ edits: HeaderEdits) {
            self.limiter = limiter
            self.statistics = statistics
            self.edits = edits
        }
    }

    /// Names and passwords.
    final class BasicStep {
        let gate: BasicGate
        let run: SharedFilters.PasswordRunner
        let statistics: GateStatistics

        init(
            _ gate: BasicGate,
            _ run: @escaping SharedFilters.PasswordRunner,
            _ statistics: GateStatistics
        ) {
            self.gate = gate
            self.run = run
            self.statistics = statistics
        }
    }

    enum Step {
        case rateLimit(RateStep)
        case concurrency(ConcurrencyGate, GateStatistics)
        case apiKey(APIKeyGate, GateStatistics)
        case basic(BasicStep)
        /// Tokens, by the rules or by a requirement of the route.
        case token(TokenGate, requirement: Int?, GateStatistics)
        case cors(CORSGate)
        case addresses(AddressGate, GateStatistics)
        case policies(PolicyGate, GateStatistics)
        case bodyLimit(Int)
        case health(path: [UInt8])
        case delay(FaultSettings, FaultStatistics)
        case abort(FaultSettings, FaultStatistics)
        /// A service that is asked.
        case authorization(AuthorizationGate, AuthorizationStatistics)
        /// Fields that only a filter may write, which this route does without.
        case strip([[UInt8]])
    }

    enum Outcome {
        case pass
        case answered
        /// It goes on with the next step later.
        case held
        /// It goes on with the same step later.
        case heldAgain
    }

    let steps: [Step]

    init(_ steps: [Step]) {
        self.steps = steps
    }

    /// Lets a request pass, answers it, or holds it.
    ///
    /// - Returns: Whether it goes on now.
    func pass(_ exchange: Exchange) -> Bool {
        exchange.isFiltered = true
        return run(exchange, from: 0)
    }

    func run(_ exchange: Exchange, from start: Int) -> Bool {
        var index = start
        while index < steps.count {
            switch take(steps[index], exchange) {
            case .pass: index += 1
            case .answered: return false
            case .held:
                hold(exchange, index + 1)
                return false
            case .heldAgain:
                hold(exchange, index)
                return false
            }
        }
        return true
    }

    private func hold(_ exchange: Exchange, _ next: Int) {
        exchange.filtering.chain = self
        exchange.filtering.next = next
        exchange.filtering.isHeld = true
    }

    private func take(_ step: Step, _ exchange: Exchange) -> Outcome {
        switch step {
        case .rateLimit(let step): return limit(step, exchange)
        case .concurrency(let gate, let statistics): return count(gate, statistics, exchange)
        case .apiKey(let gate, let statistics): return askKey(gate, statistics, exchange)
        case .basic(let step): return askPassword(step, exchange)
        case .token(let gate, let requirement, let statistics):
            return askToken(gate, requirement, statistics, exchange)
        case .cors(let gate): return cross(gate, exchange)
        case .addresses(let gate, let statistics):
            let mayPass = gate.allows(exchange.client.address)
            return admit(mayPass, statistics, exchange)
        case .policies(let gate, let statistics):
            return admit(gate.allows(exchange), statistics, exchange)
        case .bodyLimit(let most):
            exchange.bodyMaximum = Int64(clamping: most)
            if case .length(let length) = exchange.request.framing, length > most {
                exchange.refuseBody()
                return .answered
            }
            return .pass
        case .health(let path): return answerProbe(path, exchange)
        case .delay(let settings, let statistics): return delay(settings, statistics, exchange)
        case .abort(let settings, let statistics): return abort(settings, statistics, exchange)
        case .authorization(let gate, let statistics):
            return authorize(gate, statistics, exchange)
        case .strip(let names):
            for name in names { exchange.request.fields.removeAll(named: name.span) }
            return .pass
        }
    }

    /// Writes what filters have to say into the head of an answer, whoever made it.
    static func finish(_ exchange: Exchange) {
        if let cors = exchange.filtering.cors {
            let origin = exchange.filtering.origin
            cors.rules.writeSimple(origin.span, to: &exchange.response.fields)
        }
        copyAnswerFields(exchange)
        if let rate = exchange.filtering.rate { write(rate, to: &exchange.response.fields) }
    }

    private static func write(_ rate: RateDecision, to fields: inout HeaderBlock) {
        var number = ByteBuffer()
        let limits = [rate.limit, rate.remaining, rate.resetSeconds]
        for (name, value) in zip(rateFields, limits) {
            number.append(decimal: value)
            fields.set(name: name.span, value: number.readable)
            number.removeAll()
        }
    }

    private static let rateFields = [
        "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset",
    ].map { Array($0.utf8) }
}
