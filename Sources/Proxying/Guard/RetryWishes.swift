internal import Basics

/// What a request says itself about retries and time limits, in Envoy's headers.
///
/// Only those of trusted clients are read; the others are removed before (`Forwarding`).
struct RetryWishes: Equatable {
    /// Conditions of `x-envoy-retry-on` and `x-envoy-retry-grpc-on`.
    var conditions: RetrySettings.Conditions = []
    /// `x-envoy-max-retries`.
    var retriesMaximum: Int?
    /// `x-envoy-retriable-status-codes`.
    var statuses: [Int] = []
    /// `x-envoy-retriable-header-names`.
    var fieldNames: [[UInt8]] = []
    /// `x-envoy-upstream-rq-timeout-ms`; zero is for ever.
    var timeout: Duration?
    /// `x-envoy-upstream-rq-per-try-timeout-ms`.
    var perTryTimeout: Duration?

    private static let words: [(StaticString, RetrySettings.Conditions)] = [
        ("5xx", .serverErrors), ("gateway-error", .gatewayErrors), ("reset", .reset),
        ("reset-before-request", .resetBeforeRequest), ("connect-failure", .connectFailure),
        ("envoy-ratelimited", .rateLimited), ("retriable-4xx", .retriable4xx),
        ("refused-stream", .refusedStream), ("retriable-status-codes", .statuses),
        ("retriable-headers", .headers), ("cancelled", .grpcCancelled),
        ("deadline-exceeded", .grpcDeadlineExceeded), ("internal", .grpcInternal),
        ("resource-exhausted", .grpcResourceExhausted), ("unavailable", .grpcUnavailable),
    ]

    /// The conditions that a list names; unknown names are passed over, as in Envoy.
    static func conditions(_ text: Span<UInt8>) -> RetrySettings.Conditions {
        var found: RetrySettings.Conditions = []
        var start = 0
        while start <= text.count {
            var end = start
            while end < text.count && text[end] != UInt8(ascii: ",") { end += 1 }
            let word = text.extracting(start..<end).trimmed
            for (name, condition) in words where word.equals(name) { found.insert(condition) }
            start = end + 1
        }
        return found
    }

    /// The statuses that a list names; what is no number is passed over.
    static func statuses(_ text: Span<UInt8>) -> [Int] {
        var found: [Int] = []
        var start = 0
        while start <= text.count && found.count < 32 {
            var end = start
            while end < text.count && text[end] != UInt8(ascii: ",") { end += 1 }
            if let status = number(text.extracting(start..<end).trimmed) { found.append(status) }
            start = end + 1
        }
        return found
    }

    /// The names in a list; at most sixteen.
    static func names(_ text: Span<UInt8>) -> [[UInt8]] {
        var found: [[UInt8]] = []
        var start = 0
        while start <= text.count && found.count < 16 {
            var end = start
            while end < text.count && text[end] != UInt8(ascii: ",") { end += 1 }
            let name = text.extracting(start..<end).trimmed
            if !name.isEmpty { found.append(Array(copying: name)) }
            start = end + 1
        }
        return found
    }

    /// A whole number of at most 15 digits.
    static func number(_ text: Span<UInt8>) -> Int? {
        if text.isEmpty || text.count > 15 { return nil }
        var value = 0
        for index in text.indices {
            let digit = text[index] &- UInt8(ascii: "0")
            if digit > 9 { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }

    /// The time limits that hold for a request: of the whole, and of one try.
    ///
    /// As in Envoy the request's own go before the route's, and a limit of one try that is not below that
    /// of the whole is none.
    func limits(
        timeout: Duration?,
        perTry: Duration?
    ) -> (timeout: Duration?, perTry: Duration?) {
        var whole = self.timeout ?? timeout
        if whole == .zero { whole = nil }
        var one = perTryTimeout ?? perTry
        if one == .zero { one = nil }
        if let whole, let limit = one, limit >= whole { one = nil }
        return (whole, one)
    }
}
