internal import Reactor
internal import System

/// A host of a cluster as the control thread keeps it.
@MainLoop final class ClusterMember {
    /// What it is remembered by.
    let key: String
    let endpointIndex: Int
    let endpoint: Endpoint
    var address: SocketAddress
    let health: HostHealth
    var checks: HostChecks?
    /// Whether DNS no longer knows it; it stays as long as it answers checks.
    var isLeaving = false

    init(
        key: String,
        endpointIndex: Int,
        endpoint: Endpoint,
        address: SocketAddress,
        health: HostHealth
    ) {
        self.key = key
        self.endpointIndex = endpointIndex
        self.endpoint = endpoint
        self.address = address
        self.health = health
    }

    /// As workers get it.
    var published: ClusterMembers.Host {
        ClusterMembers.Host(
            record: HostRecord(
                key: Array(key.utf8),
                weight: max(1, endpoint.weight),
                priority: endpoint.priority,
                isDisabled: endpoint.isDisabled,
                usesMaximum: endpoint.connectionsMaximum,
                health: health
            ),
            address: address,
            hostname: hostname
        )
    }

    /// The name in the configuration.
    var hostname: String { endpoint.hostname ?? endpoint.address.host }

    /// Envoy's names of flags, and ours for what Envoy has not.
    var healthFlags: String {
        var flags = ""
        let set = health.flags
        if set.contains(.failedCheck) { flags += "/failed_active_hc" }
        if set.contains(.ejected) { flags += "/failed_outlier_check" }
        if endpoint.isDisabled { flags += "/failed_eds_health" }
        if set.contains(.degraded) { flags += "/degraded_active_hc" }
        if isLeaving { flags += "/pending_dynamic_removal" }
        if set.contains(.pending) { flags += "/pending_active_hc" }
        if set.contains(.failedCheck), checks?.isTimeout == true { flags += "/active_hc_timeout" }
        if set.contains(.setAside) { flags += "/set_aside" }
        if set.contains(.wrongRole) { flags += "/wrong_role" }
        return flags.isEmpty ? "healthy" : flags
    }
}
