/// The statistics of an HTTP listener, under Envoy's names.
struct HTTPStatistics {
    let requests: Statistics.ID
    let activeRequests: Statistics.ID
    let completed: Statistics.ID
    let classes: [5 of Statistics.ID]
    let time: Statistics.ID
    let connections: Statistics.ID
    let activeConnections: Statistics.ID
    let destroyedConnections: Statistics.ID
    let http1Connections: Statistics.ID
    let http2Connections: Statistics.ID
    let activeHTTP2Connections: Statistics.ID
    let http1Requests: Statistics.ID
    let http2Requests: Statistics.ID
    let protocolErrors: Statistics.ID
    let idleTimeouts: Statistics.ID
    let requestTimeouts: Statistics.ID
    let tooLargeHeads: Statistics.ID
    let noRoute: Statistics.ID
    let noCluster: Statistics.ID
    let redirects: Statistics.ID
    let directResponses: Statistics.ID
    let receivedResets: Statistics.ID
    let sentResets: Statistics.ID
    let receivedBytes: Statistics.ID
    let sentBytes: Statistics.ID
    let prematureResets: Statistics.ID
    /// Those of all HTTP/2 clients together.
    let http2: HTTP2Statistics

    init(_ prefix: String, _ statistics: Statistics) {
        func counter(_ tail: String) -> Statistics.ID {
            statistics.id("http.\(prefix).\(tail)", .counter)
        }
        func gauge(_ tail: String) -> Statistics.ID {
            statistics.id("http.\(prefix).\(tail)", .gauge)
        }
        requests = counter("downstream_rq_total")
        activeRequests = gauge("downstream_rq_active")
        completed = counter("downstream_rq_completed")
        classes = [
            counter("downstream_rq_1xx"), counter("downstream_rq_2xx"),
            counter("downstream_rq_3xx"), counter("downstream_rq_4xx"),
            counter("downstream_rq_5xx"),
        ]
        time = statistics.id("http.\(prefix).downstream_rq_time", .histogram)
        connections = counter("downstream_cx_total")
        activeConnections = gauge("downstream_cx_active")
        destroyedConnections = counter("downstream_cx_destroy")
        http1Connections = counter("downstream_cx_http1_total")
        http2Connections = counter("downstream_cx_http2_total")
        activeHTTP2Connections = gauge("downstream_cx_http2_active")
        http1Requests = counter("downstream_rq_http1_total")
        http2Requests = counter("downstream_rq_http2_total")
        protocolErrors = counter("downstream_cx_protocol_error")
        idleTimeouts = counter("downstream_cx_idle_timeout")
        requestTimeouts = counter("downstream_rq_timeout")
        tooLargeHeads = counter("downstream_rq_too_large")
        noRoute = counter("no_route")
        noCluster = counter("no_cluster")
        redirects = counter("rq_redirect")
        directResponses = counter("rq_direct_response")
        receivedResets = counter("downstream_rq_rx_reset")
        sentResets = counter("downstream_rq_tx_reset")
        receivedBytes = counter("downstream_cx_rx_bytes_total")
        sentBytes = counter("downstream_cx_tx_bytes_total")
        prematureResets = counter("downstream_rq_too_many_premature_resets")
        http2 = HTTP2Statistics("", statistics)
    }
}
