/// How often a filter let requests pass and refused them.
struct GateStatistics {
    let allowed: Statistics.ID
    let refused: Statistics.ID

    init(_ prefix: String, _ statistics: Statistics, refused: String = "denied") {
        allowed = statistics.id("\(prefix).allowed", .counter)
        self.refused = statistics.id("\(prefix).\(refused)", .counter)
    }
}

/// How often a service let requests pass, refused them, and failed, under Envoy's names.
struct AuthorizationStatistics {
    let allowed: Statistics.ID
    let refused: Statistics.ID
    let failed: Statistics.ID
    let passedOnFailure: Statistics.ID

    init(_ prefix: String, _ statistics: Statistics) {
        func counter(_ tail: String) -> Statistics.ID {
            statistics.id("\(prefix).ext_authz.\(tail)", .counter)
        }
        allowed = counter("ok")
        refused = counter("denied")
        failed = counter("error")
        passedOnFailure = counter("failure_mode_allowed")
    }
}

/// The statistics of a limit of requests, under Envoy's names.
struct RateStatistics {
    /// Requests that were looked at.
    let enabled: Statistics.ID
    /// Requests over the limit that were refused.
    let enforced: Statistics.ID
    let allowed: Statistics.ID
    /// Requests over the limit.
    let limited: Statistics.ID

    init(_ prefix: String, _ statistics: Statistics) {
        func counter(_ tail: String) -> Statistics.ID {
            statistics.id("\(prefix).http_local_rate_limit.\(tail)", .counter)
        }
        enabled = counter("enabled")
        enforced = counter("enforced")
        allowed = counter("ok")
        limited = counter("rate_limited")
    }
}

/// The statistics of delays and failures on purpose.
struct FaultStatistics {
    let delays: Statistics.ID
    let aborts: Statistics.ID

    init(_ prefix: String, _ statistics: Statistics) {
        delays = statistics.id("http.\(prefix).fault.delays_injected", .counter)
        aborts = statistics.id("http.\(prefix).fault.aborts_injected", .counter)
    }
}
