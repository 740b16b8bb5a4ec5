public import Basics
public import Formats
import Reactor
import System

extension ProxyServer {
    /// A form of the statistics.
    public enum StatisticsForm: Sendable, Hashable {
        /// Envoy's lines `name: value`.
        case text
        /// Envoy's JSON.
        case json
        /// Prometheus's text, version 0.0.4.
        case prometheus
    }

    /// Whether a configuration could be taken, without taking it.
    ///
    /// Addresses are not tried.
    /// - Throws: `Failure` with the first thing that is wrong.
    public static func check(_ configuration: ProxyConfiguration) throws(Failure) {
        try checkRules(configuration)
        let trial = ProxyServer(journal: .silent)
        _ = try trial.filters.share(configuration, [:], Statistics())
        for listener in configuration.listeners {
            for chain in listener.chains { _ = try trial.makeSecurity(chain) }
        }
    }

    /// Whether all but the files of a configuration could be taken.
    package nonisolated static func checkRules(
        _ configuration: ProxyConfiguration
    ) throws(Failure) {
        try Capabilities.check(configuration)
        let names = configuration.clusters.map(\.name)
        for listener in configuration.listeners {
            for case .http(let http) in listener.chains.map(\.handler) {
                try HTTPService.check(http, clusters: names)
            }
        }
    }

    /// Why requests cannot be taken; `nil` if they can.
    public var unreadiness: String? {
        if isDraining { return "draining" }
        guard let configuration else { return "no configuration is active yet" }
        for cluster in configuration.clusters
        where cluster.isWaitedFor && !cluster.endpoints.isEmpty && members[cluster.name] == nil {
            return "the hosts of cluster \(cluster.name) are not known yet"
        }
        if let waiting = fetchers.first(where: { !$0.value.wasTried }) {
            return "the keys of \(waiting.value.url) are not fetched yet"
        }
        if !isServing { return "the hosts of clusters are not checked yet" }
        return nil
    }

    /// The statistics of the proxy.
    ///
    /// - Parameters:
    ///   - form: The form.
    ///   - filter: A regular expression that names must hold somewhere; `nil` shows all.
    ///   - usedOnly: Whether those that stand at zero are left out.
    /// - Returns: The whole page.
    /// - Throws: `invalid` for an expression that cannot be understood.
    public func statisticsText(
        _ form: StatisticsForm,
        filter: String? = nil,
        usedOnly: Bool = false
    ) throws(Failure) -> String {
        var readings = statistics.readings + states
        readings.sort { $0.name < $1.name }
        if let filter {
            let pattern = try Pattern(filter)
            readings.removeAll { reading in
                !pattern.isFound(in: Array(StatName.shown(reading.name).utf8).span)
            }
        }
        if usedOnly { readings.removeAll { $0.value == 0 } }
        return switch form {
        case .text: StatsText.plain(readings)
        case .json: StatsText.json(readings).text() + "\n"
        case .prometheus: StatsPrometheus.text(readings)
        }
    }

    /// What is not counted but so.
    private var states: [Statistics.Reading] {
        guard let configuration else { return [] }
        func gauge(_ name: String, _ value: Int) -> Statistics.Reading {
            Statistics.Reading(
                name: name,
                kind: .gauge,
                value: Int64(value),
                buckets: [],
                sum: 0
            )
        }
        var states = [
            gauge("cluster_manager.active_clusters", configuration.clusters.count),
            gauge("listener_manager.total_listeners_active", configuration.listeners.count),
            gauge("server.concurrency", workers.count),
            gauge("server.live", isDraining ? 0 : 1),
        ]
        for cluster in configuration.clusters {
            let hosts = readings(of: cluster)
            let prefix = "cluster.\(cluster.statName ?? cluster.name)."
            let healthy = hosts.filter { $0.health.isDisjoint(with: .unhealthy) }.count
            states.append(gauge(prefix + "membership_total", hosts.count))
            states.append(gauge(prefix + "membership_healthy", healthy))
            states += breakers(of: cluster).map { gauge(prefix + $0.name, $0.value) }
            for count in monitors[cluster.name]?.counts ?? [] {
                // Those are said of the hosts that are used.
                if count.name == "membership_total" || count.name == "membership_healthy" {
                    continue
                }
                var reading = gauge(prefix + count.name, count.value)
                if !count.isGauge { reading.kind = .counter }
                states.append(reading)
            }
        }
        return states
    }

    /// Whether the limits of a cluster are reached, by Envoy's names.
    private func breakers(of settings: ClusterSettings) -> [(name: String, value: Int)] {
        guard let cluster = clusters[settings.name] else { return [] }
        let priorities = [
            ("default", CircuitBreaker(settings.limits, cluster.counts)),
            ("high", CircuitBreaker(settings.highLimits, cluster.highCounts)),
        ]
        let resources: [(String, CircuitBreaker.Resource)] = [
            ("cx_open", .connections), ("rq_pending_open", .pending), ("rq_open", .requests),
            ("rq_retry_open", .retries),
        ]
        return priorities.flatMap { priority, breaker in
            resources.map { name, resource in
                ("circuit_breakers.\(priority).\(name)", breaker.isOpen(resource) ? 1 : 0)
            }
        }
    }

    private func readings(of cluster: ClusterSettings) -> [HostReading] {
        (members[cluster.name]?.hosts ?? []).map { host in
            HostReading(
                address: host.address.description,
                hostname: host.hostname,
                weight: host.record.weight,
                priority: host.record.priority,
                health: host.record.health.flags,
                counts: host.record.health.counts
            )
        }
    }

    /// The clusters and their hosts, in Envoy's form of `/clusters`.
    public func clustersText(asJSON: Bool) -> String {
        let clusters = (configuration?.clusters ?? []).map {
            (settings: $0, hosts: readings(of: $0))
        }
        return asJSON ? ClustersText.json(clusters).text() + "\n" : ClustersText.plain(clusters)
    }

    /// The listeners, in Envoy's form of `/listeners`.
    public func listenersText(asJSON: Bool) -> String {
        let listeners = isDraining ? [] : configuration?.listeners ?? []
        guard asJSON else {
            return listeners.map { "\($0.name)::\($0.address)\n" }.joined()
        }
        let statuses = listeners.map { listener -> JSON in
            ["name": .string(listener.name), "local_address": .string("\(listener.address)")]
        }
        let whole: JSON = ["listener_statuses": .array(statuses)]
        return whole.text() + "\n"
    }

    /// The configuration that is followed, without what may be secret; `null` if there is none.
    public var configurationDump: JSON {
        configuration.map { FormDump.json($0) } ?? .null
    }

    /// The configuration that is followed as Envoy's `configs`; an empty list if there is none.
    public var envoyDump: JSON { configuration.map(EnvoyDump.configs) ?? [] }

    /// The files that a configuration names beside itself: certificates, keys, lists.
    public static func files(of configuration: ProxyConfiguration) -> [String] {
        configuration.files.sorted()
    }
}
