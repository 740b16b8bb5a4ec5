internal import Formats
internal import Reactor
internal import System

extension ClusterMonitor {
    /// The lines of Envoy's `/clusters` that the control thread knows; workers add theirs.
    var report: String {
        let name = settings.name
        var lines = ["\(name)::observability_name::\(settings.statName ?? name)"]
        if settings.outliers != nil {
            lines.append("\(name)::outlier::ejections_active::\(ejections?.active ?? 0)")
        }
        for (title, limits) in [
            ("default", settings.limits), ("high", settings.highLimits),
        ] {
            lines += [
                "\(name)::\(title)_priority::max_connections::\(limits.connections)",
                "\(name)::\(title)_priority::max_pending_requests::\(limits.pending)",
                "\(name)::\(title)_priority::max_requests::\(limits.requests)",
                "\(name)::\(title)_priority::max_retries::\(limits.retries)",
            ]
        }
        lines.append("\(name)::added_via_api::false")
        for member in members {
            let host = "\(name)::\(member.address)"
            lines += [
                "\(host)::hostname::\(member.hostname)",
                "\(host)::health_flags::\(member.healthFlags)",
                "\(host)::weight::\(member.endpoint.weight)",
                "\(host)::region::", "\(host)::zone::", "\(host)::sub_zone::",
                "\(host)::canary::false",
                "\(host)::priority::\(member.endpoint.priority)",
            ]
            if let note = member.checks?.note, !note.isEmpty {
                lines.append("\(host)::last_check::\(note)")
            }
        }
        return lines.map { $0 + "\n" }.joined()
    }

    /// The same as an entry of `cluster_statuses` of Envoy's `/clusters?format=json`.
    var reportJSON: JSON {
        let hosts: [JSON] = members.map { member in
            let set = member.health.flags
            var status = JSONObject()
            status["eds_health_status"] = .string(
                member.endpoint.isDisabled ? "DRAINING" : "HEALTHY"
            )
            let named: [(HostHealth.Flags, String)] = [
                (.failedCheck, "failed_active_health_check"), (.ejected, "failed_outlier_check"),
                (.degraded, "failed_active_degraded_check"), (.pending, "pending_active_hc"),
                (.setAside, "set_aside"), (.wrongRole, "wrong_role"),
            ]
            for (flag, name) in named where set.contains(flag) { status[name] = true }
            if member.isLeaving { status["pending_dynamic_removal"] = true }
            return [
                "address": [
                    "socket_address": [
                        "address": .string(member.address.host),
                        "port_value": .int(Int64(member.address.port)),
                    ]
                ],
                "health_status": .object(status),
                "weight": .int(Int64(member.endpoint.weight)),
                "hostname": .string(member.hostname),
                "priority": .int(Int64(member.endpoint.priority)),
            ]
        }
        return [
            "name": .string(settings.name),
            "observability_name": .string(settings.statName ?? settings.name),
            "added_via_api": false,
            "host_statuses": .array(hosts),
        ]
    }

    /// What the control thread counts, by the names of Envoy's statistics without `cluster.<name>.`.
    var counts: [(name: String, value: Int, isGauge: Bool)] {
        let discovery = discovery
        let checks = [ended] + members.compactMap { $0.checks?.statistics }
        var all: [(String, Int, Bool)] = [
            ("update_attempt", discovery.attempts, false),
            ("update_success", discovery.successes, false),
            ("update_failure", discovery.failures, false),
            ("update_empty", discovery.empty, false),
            ("update_no_rebuild", discovery.unchanged, false),
            ("membership_total", members.count, true),
            (
                "membership_healthy",
                members.count {
                    $0.health.flags.isDisjoint(with: .unhealthy) && !$0.endpoint.isDisabled
                }, true
            ),
            ("membership_degraded", members.count { $0.health.flags.contains(.degraded) }, true),
        ]
        if !settings.healthChecks.isEmpty {
            all += [
                ("health_check.attempt", checks.reduce(0) { $0 + $1.attempts }, false),
                ("health_check.success", checks.reduce(0) { $0 + $1.successes }, false),
                ("health_check.failure", checks.reduce(0) { $0 + $1.failures }, false),
            ]
        }
        if let ejections {
            all += [
                ("outlier_detection.ejections_active", ejections.active, true),
                ("outlier_detection.ejections_enforced_total", ejections.enforced, false),
                ("outlier_detection.ejections_overflow", ejections.overflow, false),
                ("outlier_detection.words_dropped", mailbox.dropped, false),
            ]
        }
        return all.map { ($0.0, $0.1, $0.2) }
    }
}
