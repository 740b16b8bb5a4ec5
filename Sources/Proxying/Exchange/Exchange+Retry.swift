import Basics
import HTTP
import Reactor

extension Exchange {
    var isRepeatable: Bool { !requestWasSent || requestIsWhole && (keepsBody || !hadBody) }
    var hadBody: Bool { receivedBytes > 0 }

    /// Begins another try if the settings allow it.
    func retry(_ end: RetryDecision.End) -> Bool {
        guard let cluster = $cluster, !isFinished else { return false }
        let facts = RetryDecision.Facts(
            isIdempotent: request.method.isIdempotent,
            wasSent: requestWasSent,
            isRepeatable: !requestWasSent || keepsBody || !hadBody && requestIsWhole,
            hasAnswered: answerHasBegun
        )
        if holdsRetry {
            holdsRetry = false
            cluster.lend { $0.giveBack(.retries, self) }
        }
        let breaker: CircuitBreaker? = cluster.object.breaker(self)
        switch decision.decide(end, facts, breaker, &proxy.random) {
        case .stop(let reason):
            if reason == .limit {
                if attemptCount > 1 { flags.insert(.retryLimit) }
                count(cluster.object.statistics.retryLimit)
            } else if reason == .overflow {
                count(cluster.object.statistics.retryOverflow)
            }
            return false
        case .retry(let pause):
            holdsRetry = true
            count(cluster.object.statistics.retries)
            if route?.retry?.avoidsPreviousHosts == true { tried.insert(slot) }
            releaseUpstream()
            requestWasSent = false
            isRetryPending = true
            retryTimer = proxy.worker.timers.set(
                self,
                at: proxy.worker.now + pause,
                tag: Tag.retry
            )
            return true
        }
    }

    /// Whether the answer has fields for which it is tried again.
    var answerMatches: Bool {
        guard decision.conditions.contains(.headers) else { return false }
        if let route {
            for test in route.retryFields where test.passes(response.fields) { return true }
        }
        for name in decision.fieldNames where response.fields.first(named: name.span) != nil {
            return true
        }
        return false
    }

    func keep(_ bytes: Span<UInt8>) {
        let most = route?.bufferMaximum ?? 0
        if requestWasSent, kept.count + bytes.count > most {
            // Too much to be sent a second time.
            keepsBody = false
            dropKept()
            return
        }
        kept.borrow(from: proxy.worker.blocks)
        kept.append(bytes)
    }

    func dropKept() {
        kept.removeAll()
        kept.giveBack(to: proxy.worker.blocks)
    }
}

extension HTTPMethod {
    /// Whether a request may be repeated without harm (RFC 9110, section 9.2.2).
    var isIdempotent: Bool {
        switch self {
        case .get, .head, .options, .trace, .put, .delete: true
        default: false
        }
    }
}
