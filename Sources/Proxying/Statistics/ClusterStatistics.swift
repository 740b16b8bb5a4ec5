/// The statistics of a cluster, under Envoy's names.
struct ClusterStatistics {
    let requests: Statistics.ID
    let completed: Statistics.ID
    let classes: [5 of Statistics.ID]
    let active: Statistics.ID
    let pendingTotal: Statistics.ID
    let pendingActive: Statistics.ID
    let pendingOverflow: Statistics.ID
    let pendingFailures: Statistics.ID
    let timeouts: Statistics.ID
    let perTryTimeouts: Statistics.ID
    let retries: Statistics.ID
    let retrySuccesses: Statistics.ID
    let retryOverflow: Statistics.ID
    let retryLimit: Statistics.ID
    let resets: Statistics.ID
    let sentResets: Statistics.ID
    let time: Statistics.ID
    let connections: Statistics.ID
    let activeConnections: Statistics.ID
    let http1Connections: Statistics.ID
    let http2Connections: Statistics.ID
    let closeNotices: Statistics.ID
    let connectFailures: Statistics.ID
    let connectTimeouts: Statistics.ID
    let connectionOverflow: Statistics.ID
    let destroyedConnections: Statistics.ID
    let idleTimeouts: Statistics.ID
    let connectTime: Statistics.ID
    let receivedBytes: Statistics.ID
    let sentBytes: Statistics.ID
    let noHealthy: Statistics.ID
    let droppedShadows: Statistics.ID
    /// Those of HTTP/2 connections to the hosts.
    let http2: HTTP2Statistics

    init(_ name: String, _ statistics: Statistics) {
        func counter(_ tail: String) -> Statistics.ID {
            statistics.id("cluster.\(name).\(tail)", .counter)
        }
        func gauge(_ tail: String) -> Statistics.ID {
            statistics.id("cluster.\(name).\(tail)", .gauge)
        }
        func histogram(_ tail: String) -> Statistics.ID {
            statistics.id("cluster.\(name).\(tail)", .histogram)
        }
        requests = counter("upstream_rq_total")
        completed = counter("upstream_rq_completed")
        classes = [
            counter("upstream_rq_1xx"), counter("upstream_rq_2xx"), counter("upstream_rq_3xx"),
            counter("upstream_rq_4xx"), counter("upstream_rq_5xx"),
        ]
        active = gauge("upstream_rq_active")
        pendingTotal = counter("upstream_rq_pending_total")
        pendingActive = gauge("upstream_rq_pending_active")
        pendingOverflow = counter("upstream_rq_pending_overflow")
        pendingFailures = counter("upstream_rq_pending_failure_eject")
        timeouts = counter("upstream_rq_timeout")
        perTryTimeouts = counter("upstream_rq_per_try_timeout")
        retries = counter("upstream_rq_retry")
        retrySuccesses = counter("upstream_rq_retry_success")
        retryOverflow = counter("upstream_rq_retry_overflow")
        retryLimit = counter("upstream_rq_retry_limit_exceeded")
        resets = counter("upstream_rq_rx_reset")
        sentResets = counter("upstream_rq_tx_reset")
        time = histogram("upstream_rq_time")
        connections = counter("upstream_cx_total")
        activeConnections = gauge("upstream_cx_active")
        http1Connections = counter("upstream_cx_http1_total")
        http2Connections = counter("upstream_cx_http2_total")
        closeNotices = counter("upstream_cx_close_notify")
        connectFailures = counter("upstream_cx_connect_fail")
        connectTimeouts = counter("upstream_cx_connect_timeout")
        connectionOverflow = counter("upstream_cx_overflow")
        destroyedConnections = counter("upstream_cx_destroy")
        idleTimeouts = counter("upstream_cx_idle_timeout")
        connectTime = histogram("upstream_cx_connect_ms")
        receivedBytes = counter("upstream_cx_rx_bytes_total")
        sentBytes = counter("upstream_cx_tx_bytes_total")
        noHealthy = counter("upstream_cx_none_healthy")
        droppedShadows = counter("upstream_rq_shadow_dropped")
        http2 = HTTP2Statistics("cluster.\(name).", statistics)
    }
}
