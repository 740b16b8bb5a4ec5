internal import Basics

/// Whether a request whose try failed is tried again, and when (Envoy's router, nginx's next upstream).
///
/// One per request: the settings of the route, changed by the request's own headers where those count.
/// The values are few and plain, so that a request carries it without an allocation.
struct RetryDecision {
    /// How a try ended.
    enum End: Equatable {
        /// An answer's head came.
        case answer(status: Int, grpcStatus: Int?, isRateLimited: Bool, headersMatch: Bool)
        /// No connection could be made, or not in time.
        case connectFailure
        /// The connection ended or the stream was reset, before an answer.
        case reset(wasSent: Bool)
        /// The stream was refused: the host has not worked on it.
        case refused
        /// The try took longer than one may (`perTryTimeout`).
        case timeout
        /// A limit refused the try (a circuit breaker).
        case overflow
    }

    /// What is known of the request.
    struct Facts: Equatable {
        /// Whether the method may be repeated without harm (RFC 9110, section 9.2.2).
        var isIdempotent = true
        /// Whether anything was sent to the host that failed.
        var wasSent = true
        /// Whether the body is whole in memory, or there is none.
        var isRepeatable = true
        /// Whether the client has got a part of an answer.
        var hasAnswered = false
    }

    /// What is to be done.
    enum Verdict: Equatable {
        /// Try again after a pause.
        case retry(after: Duration)
        /// The end is what the client gets.
        case stop(Reason)
    }

    /// Why it is not tried again.
    enum Reason: Equatable {
        /// It did not fail in a way that is retried.
        case notRetriable
        /// It was tried as often as may be (`URX`).
        case limit
        /// It cannot be sent a second time.
        case notRepeatable
        /// There are too many retries in the cluster.
        case overflow
    }

    typealias Conditions = RetrySettings.Conditions

    /// What counts as a failure.
    private(set) var conditions: Conditions
    /// How many more tries there may be.
    private(set) var remaining: Int
    /// How many retries there were.
    private(set) var retries = 0
    private let rules: RetryRules
    private let wishes: RetryWishes?

    /// Fields of answers that the request names itself.
    var fieldNames: [[UInt8]] { wishes?.fieldNames ?? [] }

    /// The rules; `nil` retries nothing unless the request asks for it.
    init(_ rules: RetryRules?, _ wishes: RetryWishes? = nil) {
        let rules = rules ?? .nothing
        self.rules = rules
        self.wishes = wishes
        conditions = rules.conditions
        if let wishes, !wishes.conditions.isEmpty {
            // Envoy retries all methods.
            conditions.formUnion(wishes.conditions.union(.anyMethod))
        }
        remaining = conditions.isEmpty ? 0 : wishes?.retriesMaximum ?? rules.retriesMaximum
    }

    /// Whether any end is retried; if not, nothing need be kept of the request.
    var isEnabled: Bool { remaining > 0 && !conditions.isEmpty }

    /// Decides about a try that ended.
    ///
    /// A retry takes its place in `breaker`, to be given back when it ends.
    mutating func decide(
        _ end: End,
        _ facts: Facts,
        _ breaker: CircuitBreaker?,
        _ random: inout RandomSource
    ) -> Verdict {
        if !isRetriable(end) { return .stop(.notRetriable) }
        if facts.hasAnswered || !facts.isRepeatable { return .stop(.notRepeatable) }
        if !facts.isIdempotent, !conditions.contains(.anyMethod), facts.wasSent, end.mayHaveWorked {
            return .stop(.notRepeatable)
        }
        if remaining <= 0 { return .stop(.limit) }
        if let breaker, !breaker.take(.retries) { return .stop(.overflow) }
        remaining -= 1
        retries += 1
        return .retry(after: pause(&random))
    }

    /// Full jitter: from 0 up to (2^N - 1) times the base, and never more than the longest.
    private func pause(_ random: inout RandomSource) -> Duration {
        let (base, longest) = (rules.base, rules.longest)
        if base <= 0 { return .zero }
        let factor = Int64(1) << Int64(min(retries, 40)) - 1
        let (product, overflow) = base.multipliedReportingOverflow(by: factor)
        let bound = overflow ? longest : min(product, longest)
        return .nanoseconds(Int64(random.below(Int(max(1, bound)))))
    }

    private func isRetriable(_ end: End) -> Bool {
        switch end {
        case .overflow: return false
        case .connectFailure:
            return !conditions.isDisjoint(
                with: [
                    .connectFailure, .reset, .serverErrors, .gatewayErrors, .resetBeforeRequest,
                ])
        case .refused:
            return !conditions.isDisjoint(
                with: [.refusedStream, .reset, .serverErrors, .gatewayErrors])
        case .reset(let wasSent):
            if !wasSent && conditions.contains(.resetBeforeRequest) { return true }
            return !conditions.isDisjoint(with: [.reset, .serverErrors, .gatewayErrors])
        case .timeout:
            return !conditions.isDisjoint(
                with: [.timeout, .reset, .serverErrors, .gatewayErrors])
        case .answer(let status, let grpcStatus, let isRateLimited, let headersMatch):
            // A peer's own refusal is retried only where that is asked for.
            if isRateLimited { return conditions.contains(.rateLimited) }
            if conditions.contains(.serverErrors) && (500...599).contains(status) { return true }
            if conditions.contains(.gatewayErrors) && (502...504).contains(status) { return true }
            if conditions.contains(.retriable4xx) && status == 409 { return true }
            if conditions.contains(.statuses)
                && (rules.statuses.contains(status)
                    || wishes?.statuses.contains(status) == true)
            {
                return true
            }
            if conditions.contains(.headers) && headersMatch { return true }
            return grpcStatus.map(isRetriable(grpcStatus:)) ?? false
        }
    }

    private func isRetriable(grpcStatus: Int) -> Bool {
        switch grpcStatus {
        case 1: conditions.contains(.grpcCancelled)
        case 4: conditions.contains(.grpcDeadlineExceeded)
        case 8: conditions.contains(.grpcResourceExhausted)
        case 13: conditions.contains(.grpcInternal)
        case 14: conditions.contains(.grpcUnavailable)
        default: false
        }
    }
}

/// The settings of retries as decisions need them, which they share.
final class RetryRules: Sendable {
    let conditions: RetrySettings.Conditions
    let statuses: [Int]
    let retriesMaximum: Int
    /// Nanoseconds.
    let base: Int64
    let longest: Int64

    /// Nothing is retried.
    static let nothing = RetryRules(RetrySettings(conditions: []))

    init(_ settings: RetrySettings) {
        conditions = settings.conditions
        statuses = settings.statuses
        retriesMaximum = settings.retriesMaximum
        base = settings.backoffBase.nanoseconds
        longest = settings.backoffMaximum.nanoseconds
    }
}

extension RetryDecision.End {
    /// Whether the host may have acted on the request.
    fileprivate var mayHaveWorked: Bool {
        switch self {
        case .connectFailure, .refused, .overflow: false
        case .reset(let wasSent): wasSent
        case .answer, .timeout: true
        }
    }
}
