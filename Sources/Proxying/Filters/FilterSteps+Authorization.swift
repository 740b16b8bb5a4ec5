import Basics
import HTTP
import Reactor

/// What becomes of a request when a service was asked about it.
extension FilterSteps {
    func authorize(
        _ gate: AuthorizationGate,
        _ statistics: AuthorizationStatistics,
        _ exchange: Exchange
    ) -> Outcome {
        let check: AuthorizationCheck
        if let asked = exchange.filtering.check {
            check = asked
        } else {
            check = AuthorizationCheck(gate, for: exchange)
            exchange.filtering.check = check
            check.begin()
            if !check.isOver { return .heldAgain }
        }
        exchange.filtering.check = nil
        exchange.filtering.authorization = check
        let slab = exchange.proxy.slab
        switch gate.judge(check.status) {
        case .allowed:
            slab.add(statistics.allowed)
            pass(check, gate, exchange)
            return .pass
        case .refused:
            slab.add(statistics.refused)
            refuse(check, gate, exchange)
            return .answered
        case .failed:
            slab.add(statistics.failed)
            if gate.settings.passesOnFailure {
                slab.add(statistics.passedOnFailure)
                if gate.settings.tellsFailure {
                    exchange.request.fields.set(name: Self.failureField.span, value: Self.yes.span)
                }
                return .pass
            }
            exchange.note(.unauthorized)
            exchange.reply(gate.settings.failureStatus, "", "ext_authz_error")
            return .answered
        }
    }

    private static let failureField = Array("x-envoy-auth-failure-mode-allowed".utf8)
    private static let yes = Array("true".utf8)

    /// Changes a request that may pass as the answer says.
    private func pass(
        _ check: AuthorizationCheck,
        _ gate: AuthorizationGate,
        _ exchange: Exchange
    ) {
        check.forEachField { _, name, value in
            // It names the fields of the request that the host is not to see.
            if name.equalsFolded("x-envoy-auth-headers-to-remove") {
                for word in Self.words(value) {
                    exchange.request.fields.removeAll(named: word.span)
                }
            } else if gate.passed.take(name) {
                exchange.request.fields.set(name: name, value: value)
            } else if gate.appended.take(name) {
                exchange.request.fields.append(name: name, value: value)
            }
        }
    }

    private static func words(_ value: Span<UInt8>) -> [[UInt8]] {
        String(decoding: Array(copying: value), as: UTF8.self).lowercased().split(separator: ",")
            .map { Array($0.utf8.filter { $0 != 0x20 }) }
    }

    private func refuse(
        _ check: AuthorizationCheck,
        _ gate: AuthorizationGate,
        _ exchange: Exchange
    ) {
        exchange.note(.unauthorized)
        let isPage = gate.settings.verdict == .status
        let body = isPage ? [] : check.body
        exchange.reply(
            check.head.status,
            details: "ext_authz_denied",
            change: { head in
                check.forEachField { id, name, value in
                    if isPage {
                        // What a client must show (RFC 9110 section 11.6.1) is the service's to say.
                        guard id == .wwwAuthenticate, check.head.status == 401 else { return }
                    } else if !gate.shows(name) {
                        return
                    }
                    if id == .contentType { head.fields.removeAll(.contentType) }
                    head.fields.append(name: name, value: value)
                }
            },
            { $0.append(body.span) }
        )
    }

    /// Adds what the service tells the client of a request that passed.
    static func copyAnswerFields(_ exchange: Exchange) {
        guard let check = exchange.filtering.authorization, !check.gate.answered.isEmpty,
            check.gate.judge(check.status) == .allowed
        else { return }
        check.forEachField { _, name, value in
            guard check.gate.answered.take(name) else { return }
            exchange.response.fields.append(name: name, value: value)
        }
    }
}
