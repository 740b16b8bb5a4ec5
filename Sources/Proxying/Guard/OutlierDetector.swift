internal import Basics

/// Leaves hosts of a cluster out for a while whose answers are bad (Envoy's outlier detection).
///
/// It runs on the control thread. Workers count failures in `HostHealth` and tell when a threshold was
/// reached; success rates are compared at every `tick`. Decisions are flags in `HostHealth`, and the
/// changes that are returned are to be told to the workers.
struct OutlierDetector {
    /// Why a host is left out.
    enum Cause: String, Sendable, CaseIterable {
        case consecutive5xx = "consecutive_5xx"
        case consecutiveGateway = "consecutive_gateway_failure"
        case successRate = "success_rate"
    }

    /// A host that was left out or let back.
    struct Change: Sendable, Equatable {
        /// The host's place in the list that was given last.
        var host: Int
        /// Why it is left out; `nil` if it was let back.
        var cause: Cause?
    }

    /// Counts since the start.
    struct Statistics: Sendable, Equatable {
        /// Hosts that are out.
        var active = 0
        /// Ejections that were carried out.
        var enforced = 0
        /// Ejections that were not carried out because too many hosts are out.
        var overflow = 0
        /// Verdicts by cause, carried out or not, in the order of `Cause.allCases`.
        var detected = [0, 0, 0]
    }

    private struct Entry {
        var health: HostHealth
        var ejectedAt: Instant?
        /// The n of the last ejection; it shrinks with every interval without one.
        var multiplier = 0
        /// What was counted until the last look.
        var seen: (answers: Int, successes: Int)

        init(_ health: HostHealth) {
            self.health = health
            seen = health.totals
        }
    }

    let settings: OutlierSettings
    /// When `tick` is due.
    private(set) var nextTick: Instant
    private(set) var statistics = Statistics()
    private var entries: [Entry] = []

    init(_ settings: OutlierSettings, at now: Instant) {
        self.settings = settings
        nextTick = now + settings.interval
    }

    /// What workers are to count up to.
    var thresholds: HostHealth.Thresholds {
        HostHealth.Thresholds(
            consecutive5xx: settings.consecutive5xx,
            consecutiveGateway: settings.consecutiveGatewayFailures
        )
    }

    /// Takes the hosts of the cluster; those that stay keep their history.
    mutating func setHosts(_ hosts: [HostHealth]) {
        var known: [ObjectIdentifier: Entry] = [:]
        for entry in entries { known[ObjectIdentifier(entry.health)] = entry }
        entries = hosts.map { host in
            known.removeValue(forKey: ObjectIdentifier(host)) ?? Entry(host)
        }
        // Nobody would let those back that have gone.
        for entry in known.values where entry.ejectedAt != nil {
            _ = entry.health.set(.ejected, to: false)
        }
        statistics.active = entries.count { $0.ejectedAt != nil }
    }

    /// Acts on a worker's word that a host failed often enough in a row.
    mutating func handle(
        _ reached: HostHealth.Reached,
        host health: HostHealth,
        at now: Instant,
        random: inout RandomSource
    ) -> Change? {
        // The host may have gone since the worker spoke.
        guard let host = entries.firstIndex(where: { $0.health === health }) else { return nil }
        var change: Change?
        if reached.contains(.consecutive5xx) {
            let percent = settings.enforcing5xx
            change = judge(host, .consecutive5xx, percent, now, &random)
        }
        if reached.contains(.consecutiveGateway) {
            let percent = settings.enforcingGatewayFailures
            change = judge(host, .consecutiveGateway, percent, now, &random) ?? change
        }
        if entries[host].ejectedAt == nil { health.forgetFailures() }
        return change
    }

    /// Compares success rates and lets hosts back whose time is over.
    mutating func tick(at now: Instant, random: inout RandomSource) -> [Change] {
        if now < nextTick { return [] }
        nextTick = now + settings.interval
        var changes: [Change] = []
        var rates: [(host: Int, rate: Double)] = []
        for host in entries.indices {
            if let since = entries[host].ejectedAt {
                if now - since >= time(of: entries[host].multiplier) {
                    release(host)
                    changes.append(Change(host: host))
                }
            } else if entries[host].multiplier > 0 {
                entries[host].multiplier -= 1
            }
            let (totals, seen) = (entries[host].health.totals, entries[host].seen)
            entries[host].seen = totals
            let answers = totals.answers - seen.answers
            let successes = totals.successes - seen.successes
            if entries[host].ejectedAt == nil, answers >= max(1, settings.successRateRequests) {
                rates.append((host, 100 * Double(successes) / Double(answers)))
            }
        }
        if !rates.isEmpty, rates.count >= settings.successRateHosts {
            let threshold = Self.threshold(rates.map(\.rate), factor: settings.successRateFactor)
            for (host, rate) in rates where rate < threshold {
                let percent = settings.enforcingSuccessRate
                if let change = judge(host, .successRate, percent, now, &random) {
                    changes.append(change)
                }
            }
        }
        return changes
    }

    /// Lets a host back whose active check succeeded.
    mutating func checkSucceeded(_ health: HostHealth) -> Change? {
        guard let host = entries.firstIndex(where: { $0.health === health }),
            entries[host].ejectedAt != nil
        else { return nil }
        release(host)
        return Change(host: host)
    }

    /// The rate below which a host is out: so many standard deviations (times 1000) below the mean.
    static func threshold(_ rates: [Double], factor: Int) -> Double {
        let count = Double(rates.count)
        let mean = rates.reduce(0, +) / count
        let variance = rates.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count
        return mean - variance.squareRoot() * Double(factor) / 1000
    }

    private mutating func judge(
        _ host: Int,
        _ cause: Cause,
        _ enforcing: Int,
        _ now: Instant,
        _ random: inout RandomSource
    ) -> Change? {
        if entries[host].ejectedAt != nil { return nil }
        statistics.detected[Cause.allCases.firstIndex(of: cause) ?? 0] += 1
        let percent = min(100, settings.ejectionPercentMaximum)
        if statistics.active > 0, 100 * (statistics.active + 1) > percent * entries.count {
            statistics.overflow += 1
            return nil
        }
        if !random.passes(millionths: enforcing * 10_000) { return nil }
        statistics.active += 1
        statistics.enforced += 1
        entries[host].ejectedAt = now
        // Past the longest time a greater multiplier would only delay the way back to one.
        if time(of: entries[host].multiplier) < settings.ejectionMaximum
            || entries[host].multiplier == 0
        {
            entries[host].multiplier += 1
        }
        _ = entries[host].health.set(.ejected, to: true)
        return Change(host: host, cause: cause)
    }

    private func time(of multiplier: Int) -> Duration {
        min(
            settings.baseEjection * multiplier,
            max(settings.ejectionMaximum, settings.baseEjection)
        )
    }

    private mutating func release(_ host: Int) {
        statistics.active -= 1
        entries[host].ejectedAt = nil
        _ = entries[host].health.set(.ejected, to: false)
        entries[host].health.forgetFailures()
    }
}
