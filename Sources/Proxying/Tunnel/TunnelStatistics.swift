/// The statistics of a relay, under Envoy's names.
struct TunnelStatistics {
    let connections: Statistics.ID
    let noRoute: Statistics.ID
    let receivedBytes: Statistics.ID
    let sentBytes: Statistics.ID
    let idleTimeouts: Statistics.ID
    let activeConnections: Statistics.ID
    let limitedConnections: Statistics.ID

    init(_ prefix: String, _ statistics: Statistics) {
        func counter(_ name: String) -> Statistics.ID { statistics.id(name, .counter) }
        connections = counter("tcp.\(prefix).downstream_cx_total")
        noRoute = counter("tcp.\(prefix).downstream_cx_no_route")
        receivedBytes = counter("tcp.\(prefix).downstream_cx_rx_bytes_total")
        sentBytes = counter("tcp.\(prefix).downstream_cx_tx_bytes_total")
        idleTimeouts = counter("tcp.\(prefix).idle_timeout")
        activeConnections = statistics.id("connection_limit.\(prefix).active_connections", .gauge)
        limitedConnections = counter("connection_limit.\(prefix).limited_connections")
    }
}

/// What all workers share of a relay.
final class SharedTunnel: Sendable {
    let settings: TunnelSettings
    let statistics: TunnelStatistics
    let limit: ConnectionLimit

    init(_ settings: TunnelSettings, _ statistics: Statistics) {
        self.settings = settings
        self.statistics = TunnelStatistics(settings.statPrefix, statistics)
        limit = ConnectionLimit(maximum: settings.connectionsMaximum)
    }
}
