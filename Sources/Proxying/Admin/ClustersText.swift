import Formats

/// What is known of a host, for `/clusters`.
struct HostReading {
    var address: String
    var hostname: String
    var weight: Int
    var priority: Int
    var health: HostHealth.Flags
    /// What all workers counted.
    var counts: HostHealth.Counts

    /// Envoy's names of the counts, in its order, and whether each is a gauge.
    var statistics: [(name: String, value: Int, isGauge: Bool)] {
        [
            ("cx_active", counts.connections, true),
            ("cx_connect_fail", counts.connectFailures, false),
            ("cx_total", counts.connectionsTotal, false), ("rq_active", counts.uses, true),
            ("rq_error", counts.errors, false), ("rq_success", counts.successes, false),
            ("rq_timeout", counts.timeouts, false), ("rq_total", counts.requests, false),
        ]
    }

    /// Envoy's words.
    var healthText: String {
        var words: [String] = []
        if health.contains(.failedCheck) || health.contains(.wrongRole) {
            words.append("/failed_active_hc")
        }
        if health.contains(.ejected) || health.contains(.setAside) {
            words.append("/failed_outlier_check")
        }
        if health.contains(.pending) { words.append("/pending_active_hc") }
        if health.contains(.degraded) { words.append("/degraded") }
        return words.isEmpty ? "healthy" : words.joined()
    }
}

/// Clusters as Envoy's `/clusters` shows them.
enum ClustersText {
    /// One line `cluster::thing::value` for each thing.
    static func plain(_ clusters: [(settings: ClusterSettings, hosts: [HostReading])]) -> String {
        var text = ""
        for (settings, hosts) in clusters {
            let name = settings.name
            text += "\(name)::observability_name::\(settings.statName ?? name)\n"
            for (level, limits) in [("default", settings.limits), ("high", settings.highLimits)] {
                let prefix = "\(name)::\(level)_priority"
                text += "\(prefix)::max_connections::\(limits.connections)\n"
                text += "\(prefix)::max_pending_requests::\(limits.pending)\n"
                text += "\(prefix)::max_requests::\(limits.requests)\n"
                text += "\(prefix)::max_retries::\(limits.retries)\n"
            }
            text += "\(name)::added_via_api::false\n"
            for host in hosts {
                let prefix = "\(name)::\(host.address)"
                for statistic in host.statistics {
                    text += "\(prefix)::\(statistic.name)::\(statistic.value)\n"
                }
                text += "\(prefix)::hostname::\(host.hostname)\n"
                text += "\(prefix)::health_flags::\(host.healthText)\n"
                text += "\(prefix)::weight::\(host.weight)\n"
                // Hosts of one machine have no place in the world, and are no canaries.
                text += "\(prefix)::region::\n\(prefix)::zone::\n\(prefix)::sub_zone::\n"
                text += "\(prefix)::canary::false\n"
                text += "\(prefix)::priority::\(host.priority)\n"
                text += "\(prefix)::success_rate::-1\n"
                text += "\(prefix)::local_origin_success_rate::-1\n"
            }
        }
        return text
    }

    /// An object with the list `cluster_statuses`.
    static func json(_ clusters: [(settings: ClusterSettings, hosts: [HostReading])]) -> JSON {
        let statuses = clusters.map { cluster -> JSON in
            let hosts = cluster.hosts.map { host -> JSON in
                var health: JSONObject = [:]
                if host.health.contains(.failedCheck) {
                    health["failed_active_health_check"] = true
                }
                if host.health.contains(.ejected) { health["failed_outlier_check"] = true }
                if host.health.contains(.pending) { health["pending_active_hc"] = true }
                if health.isEmpty { health["eds_health_status"] = "HEALTHY" }
                return [
                    "address": .string(host.address), "hostname": .string(host.hostname),
                    "weight": .int(host.weight), "priority": .int(host.priority),
                    "stats": .array(
                        host.statistics.map { statistic in
                            [
                                "name": .string(statistic.name),
                                "type": statistic.isGauge ? "GAUGE" : "COUNTER",
                                "value": .string("\(statistic.value)"),
                            ]
                        }
                    ),
                    "health_status": .object(health),
                ]
            }
            return [
                "name": .string(cluster.settings.name),
                "observability_name": .string(cluster.settings.statName ?? cluster.settings.name),
                "added_via_api": false,
                "host_statuses": .array(hosts),
            ]
        }
        return ["cluster_statuses": .array(statuses)]
    }
}
