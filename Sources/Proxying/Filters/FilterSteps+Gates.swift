import Basics
import HTTP
import Reactor

/// What each filter does with a request.
extension FilterSteps {
    func limit(_ step: RateStep, _ exchange: Exchange) -> Outcome {
        let proxy = exchange.proxy
        var cluster: [UInt8] = []
        let actions = exchange.plan?.rateActions ?? RateActions()
        if !actions.lists.isEmpty { cluster = exchange.service?.chooseCluster(exchange) ?? [] }
        let verdict = step.limiter.judge(
            exchange.request,
            client: exchange.client.address,
            actions: actions,
            cluster: cluster,
            apiKey: exchange.filtering.apiKey,
            at: proxy.worker.now,
            random: &proxy.random
        )
        let slab = proxy.slab
        if verdict != .ignored { slab.add(step.statistics.enabled) }
        switch verdict {
        case .ignored: return .pass
        case .allowed(let decision):
            slab.add(step.statistics.allowed)
            note(decision, step, exchange)
            return .pass
        case .wait(let time, let decision):
            slab.add(step.statistics.allowed)
            note(decision, step, exchange)
            exchange.hold(for: time)
            return .held
        case .counted(let decision):
            slab.add(step.statistics.limited)
            note(decision, step, exchange)
            return .pass
        case .refused(let decision):
            slab.add(step.statistics.limited)
            slab.add(step.statistics.enforced)
            note(decision, step, exchange)
            refuse(decision, step, exchange)
            return .answered
        }
    }

    /// Keeps for the answer what the tightest limit says.
    private func note(_ decision: RateDecision, _ step: RateStep, _ exchange: Exchange) {
        guard step.limiter.settings.sendsRateLimitHeaders else { return }
        if let known = exchange.filtering.rate, known.remaining < decision.remaining { return }
        exchange.filtering.rate = decision
    }

    private func refuse(_ decision: RateDecision, _ step: RateStep, _ exchange: Exchange) {
        exchange.note(.rateLimited)
        if !step.edits.isEmpty { exchange.filtering.refusal = step }
        let seconds = Array("\(decision.retryAfterSeconds)".utf8)
        exchange.reply(
            step.limiter.settings.status,
            details: "local_rate_limited",
            change: { $0.fields.set(.retryAfter, value: seconds.span) },
            { $0.append("local_rate_limited") }
        )
    }

    func count(
        _ gate: ConcurrencyGate,
        _ statistics: GateStatistics,
        _ exchange: Exchange
    ) -> Outcome {
        if gate.take(exchange) {
            exchange.proxy.slab.add(statistics.allowed)
            return .pass
        }
        exchange.proxy.slab.add(statistics.refused)
        exchange.note(.rateLimited)
        exchange.reply(gate.settings.status, "", "concurrency_limited")
        return .answered
    }

    func askKey(
        _ gate: APIKeyGate,
        _ statistics: GateStatistics,
        _ exchange: Exchange
    ) -> Outcome {
        let details: StaticString
        switch gate.check(&exchange.request) {
        case .known(let index):
            exchange.filtering.apiKey = index
            exchange.filtering.userName = gate.names[index]
            exchange.proxy.slab.add(statistics.allowed)
            return .pass
        case .missing: details = "missing_api_key"
        case .unknown: details = "unknown_api_key"
        case .forbidden:
            exchange.proxy.slab.add(statistics.refused)
            exchange.reply(403, "Client is forbidden.", "client_not_allowed")
            return .answered
        }
        exchange.proxy.slab.add(statistics.refused)
        exchange.reply(
            401,
            details: details,
            change: { $0.fields.set(.wwwAuthenticate, value: "ApiKey realm=\"companion\"") },
            { $0.append("Client authentication failed.") }
        )
        return .answered
    }

    func askPassword(_ step: BasicStep, _ exchange: Exchange) -> Outcome {
        let isMissing = !exchange.request.fields.contains(.authorization)
        switch step.gate.check(&exchange.request, at: exchange.proxy.worker.now) {
        case .known(let index):
            exchange.filtering.userName = step.gate.names[index]
            exchange.proxy.slab.add(step.statistics.allowed)
            return .pass
        case .pending(let job):
            if exchange.proxy.passwords.ask(job, step.gate, exchange, step.run) {
                return .heldAgain
            }
            exchange.proxy.slab.add(step.statistics.refused)
            exchange.note(.overload)
            exchange.reply(
                503,
                "too many passwords are being checked",
                "basic_auth_overloaded"
            )
            return .answered
        case .refused: break
        }
        exchange.proxy.slab.add(step.statistics.refused)
        let challenge = step.gate.challenge
        exchange.reply(
            401,
            details: isMissing
                ? "no_credential_for_basic_auth" : "invalid_credential_for_basic_auth",
            change: { $0.fields.set(.wwwAuthenticate, value: challenge.span) },
            {
                $0.append("User authentication failed. ")
                $0.append(
                    isMissing
                        ? "Missing username and password."
                        : "Invalid username/password combination."
                )
            }
        )
        return .answered
    }

    func askToken(
        _ gate: TokenGate,
        _ requirement: Int?,
        _ statistics: GateStatistics,
        _ exchange: Exchange
    ) -> Outcome {
        let proxy = exchange.proxy
        let failure =
            if let requirement {
                gate.check(&exchange.request, prepared: requirement, at: proxy.worker.wall)
            } else {
                gate.check(
                    &exchange.request,
                    client: exchange.client.address,
                    at: proxy.worker.wall,
                    random: &proxy.random
                )
            }
        guard let failure else {
            proxy.slab.add(statistics.allowed)
            if !gate.subject.isEmpty { exchange.filtering.userName = gate.subject }
            return .pass
        }
        proxy.slab.add(statistics.refused)
        let realm = Self.realm(exchange.request, isSecure: exchange.isSecure)
        let challenge = Array(failure.challenge(realm: realm).utf8)
        exchange.reply(
            failure.status,
            details: failure.details,
            change: { $0.fields.set(.wwwAuthenticate, value: challenge.span) },
            { $0.append(text: failure.rawValue) }
        )
        return .answered
    }

    /// The address of what was asked for, without its query.
    private static func realm(_ head: borrowing RequestHead, isSecure: Bool) -> String {
        var text = ByteBuffer()
        text.append(isSecure ? "https://" : "http://")
        text.append(head.authority)
        text.append(head.path.extracting(first: head.path.queryStart))
        return realm(text)
    }

    private static func realm(_ text: borrowing ByteBuffer) -> String {
        String(decoding: Array(copying: text.readable), as: UTF8.self)
            .filter { $0 != "\"" && $0 != "\\" }
    }

    func cross(_ gate: CORSGate, _ exchange: Exchange) -> Outcome {
        let verdict = gate.rules.check(exchange.request)
        guard verdict != .ordinary, let index = exchange.request.fields.first(.origin) else {
            return .pass
        }
        let origin = Array(copying: exchange.request.fields.value(index))
        if verdict == .simple {
            exchange.filtering.cors = gate
            exchange.filtering.origin = origin
            return .pass
        }
        exchange.reply(
            200,
            details: "cors_response",
            change: { gate.rules.writePreflight(origin.span, to: &$0.fields) },
            { _ in }
        )
        return .answered
    }

    func admit(
        _ mayPass: Bool,
        _ statistics: GateStatistics,
        _ exchange: Exchange
    ) -> Outcome {
        if mayPass {
            exchange.proxy.slab.add(statistics.allowed)
            return .pass
        }
        exchange.proxy.slab.add(statistics.refused)
        exchange.reply(403, "RBAC: access denied", "rbac_access_denied_matched_policy[none]")
        return .answered
    }

    func answerProbe(_ path: [UInt8], _ exchange: Exchange) -> Outcome {
        let length = exchange.request.path.queryStart
        guard exchange.request.path.extracting(first: length).equals(path.span) else {
            return .pass
        }
        let proxy = exchange.proxy
        if proxy.isDraining || proxy.isFailing {
            exchange.note(.failedLocalHealthCheck)
            exchange.reply(503, "", "health_check_failed")
        } else {
            exchange.reply(200, "", "health_check_ok")
        }
        return .answered
    }

    func delay(
        _ settings: FaultSettings,
        _ statistics: FaultStatistics,
        _ exchange: Exchange
    ) -> Outcome {
        let proxy = exchange.proxy
        guard let time = settings.delay,
            proxy.random.passes(millionths: settings.delayFraction)
        else { return .pass }
        proxy.slab.add(statistics.delays)
        exchange.note(.delayInjected)
        exchange.hold(for: time)
        return .held
    }

    func abort(
        _ settings: FaultSettings,
        _ statistics: FaultStatistics,
        _ exchange: Exchange
    ) -> Outcome {
        let proxy = exchange.proxy
        guard let status = settings.status,
            proxy.random.passes(millionths: settings.statusFraction)
        else { return .pass }
        proxy.slab.add(statistics.aborts)
        exchange.note(.faultInjected)
        exchange.reply(status, "fault filter abort", "fault_filter_abort")
        return .answered
    }
}

extension TokenFailure {
    /// The words for access logs, in Envoy's form.
    var details: StaticString {
        switch self {
        case .missing: "jwt_authn_access_denied{Jwt_is_missing}"
        case .badFormat:
            "jwt_authn_access_denied{Jwt_is_not_in_the_form_of_Header.Payload.Signature_with_two_dots_and_3_sections}"
        case .badHeader: "jwt_authn_access_denied{Jwt_header_is_an_invalid_JSON}"
        case .badPayload: "jwt_authn_access_denied{Jwt_payload_is_an_invalid_JSON}"
        case .badAlgorithm:
            "jwt_authn_access_denied{Jwt_header_[alg]_field_value_is_not_supported}"
        case .critical: "jwt_authn_access_denied{Jwt_header_[crit]_is_not_supported}"
        case .badSignature: "jwt_authn_access_denied{Jwt_verification_fails}"
        case .expired: "jwt_authn_access_denied{Jwt_is_expired}"
        case .notYet: "jwt_authn_access_denied{Jwt_not_yet_valid}"
        case .unknownIssuer: "jwt_authn_access_denied{Jwt_issuer_is_not_configured}"
        case .badAudience: "jwt_authn_access_denied{Audiences_in_Jwt_are_not_allowed}"
        case .noKeys: "jwt_authn_access_denied{Jwks_remote_fetch_is_failed}"
        }
    }
}
