internal import Basics

/// The active checks of one host: when the next one is due, and what their results mean (Envoy's and
/// HAProxy's thresholds).
struct HealthMachine {
    /// What a check found.
    enum Result: Sendable, Equatable {
        /// The answer was as expected.
        case success
        /// The answer asked for less traffic.
        case degraded
        /// No connection, no answer in time, or none that could be read.
        case unreachable
        /// A clear answer that was not the expected one.
        case refused
    }

    /// What is thought of the host.
    enum State: Sendable, Equatable {
        case healthy
        case degraded
        case unhealthy
    }

    let settings: HealthCheckSettings
    private(set) var state: State
    /// When the next check is due.
    private(set) var nextCheck: Instant
    private(set) var hasResult = false
    private var successes = 0
    private var failures = 0

    /// The first check is due at once, or within the jitter so that not all hosts are asked together.
    init(_ settings: HealthCheckSettings, at now: Instant, random: inout RandomSource) {
        self.settings = settings
        state = settings.startsHealthy ? .healthy : .unhealthy
        nextCheck = now + Self.jitter(settings.jitter, &random)
    }

    /// Notes the result of a check that ended now; `hasTraffic` is whether the cluster has had a connection.
    ///
    /// - Returns: Whether the state is another now.
    mutating func ended(
        _ result: Result,
        at now: Instant,
        hasTraffic: Bool,
        random: inout RandomSource
    ) -> Bool {
        let before = state
        switch result {
        case .success, .degraded:
            failures = 0
            successes += 1
            // The first success is enough, so that a start does not wait for several rounds.
            if state != .unhealthy || !hasResult || successes >= settings.healthyThreshold {
                state = result == .degraded ? .degraded : .healthy
            }
        case .unreachable, .refused:
            successes = 0
            failures += 1
            let isAtOnce = result == .refused && settings.failsAtOnce
            // A host that was only assumed healthy has no credit (HAProxy).
            if !hasResult || isAtOnce || failures >= settings.unhealthyThreshold {
                state = .unhealthy
            }
        }
        hasResult = true
        nextCheck = now + interval(hasTraffic) + Self.jitter(settings.jitter, &random)
        return state != before
    }

    /// Notes that a check could not be made, which says nothing of the host.
    mutating func postpone(at now: Instant) {
        nextCheck = now + interval(true)
    }

    private func interval(_ hasTraffic: Bool) -> Duration {
        if state == .unhealthy { return settings.unhealthyInterval ?? settings.interval }
        return hasTraffic ? settings.interval : max(settings.noTrafficInterval, settings.interval)
    }

    private static func jitter(_ most: Duration, _ random: inout RandomSource) -> Duration {
        let bound = Int(most.nanoseconds)
        return bound > 0 ? .nanoseconds(Int64(random.below(bound))) : .zero
    }
}
