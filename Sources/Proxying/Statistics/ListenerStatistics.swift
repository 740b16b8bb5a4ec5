import Security

/// What is counted where a listener takes connections, `listener.NAME.`, under Envoy's names.
final class ListenerStatistics: Sendable {
    /// Connections that were taken.
    let connections: Statistics.ID
    /// Those of them that are open.
    let activeConnections: Statistics.ID
    /// Those of them that have ended.
    let destroyedConnections: Statistics.ID
    /// Connections over the listener's limit.
    let overflow: Statistics.ID
    /// Connections over the limit of all listeners.
    let globalOverflow: Statistics.ID
    /// Connections that no chain is for.
    let noChain: Statistics.ID
    /// Pauses in taking connections, because descriptors are used up.
    let acceptPauses: Statistics.ID
    /// TLS handshakes that were done.
    private let handshakes: Statistics.ID
    /// Those of them that resumed an earlier session.
    private let resumed: Statistics.ID
    /// Those of them whose client showed no certificate.
    private let withoutCertificate: Statistics.ID
    /// Those of them whose client asked for an OCSP response.
    private let stapleRequests: Statistics.ID
    /// Those of them to which one was stapled.
    private let staples: Statistics.ID
    /// Those of them that went on without.
    private let omittedStaples: Statistics.ID
    /// TLS handshakes that failed, but for certificates of clients.
    private let errors: Statistics.ID
    /// TLS handshakes that failed because the client showed no certificate.
    private let missingCertificates: Statistics.ID
    /// TLS handshakes that failed because the client's certificate is not trusted.
    private let refusedCertificates: Statistics.ID

    init(_ name: String, _ statistics: Statistics) {
        func counter(_ what: String) -> Statistics.ID {
            statistics.id("listener.\(name).\(what)", .counter)
        }
        connections = counter("downstream_cx_total")
        activeConnections = statistics.id("listener.\(name).downstream_cx_active", .gauge)
        destroyedConnections = counter("downstream_cx_destroy")
        overflow = counter("downstream_cx_overflow")
        globalOverflow = counter("downstream_global_cx_overflow")
        noChain = counter("no_filter_chain_match")
        acceptPauses = counter("downstream_cx_accept_pauses")
        handshakes = counter("ssl.handshake")
        resumed = counter("ssl.session_reused")
        withoutCertificate = counter("ssl.no_certificate")
        stapleRequests = counter("ssl.ocsp_staple_requests")
        staples = counter("ssl.ocsp_staple_responses")
        omittedStaples = counter("ssl.ocsp_staple_omitted")
        errors = counter("ssl.connection_error")
        missingCertificates = counter("ssl.fail_verify_no_cert")
        refusedCertificates = counter("ssl.fail_verify_error")
    }

    /// Counts a handshake that is done.
    func count(_ engine: TLSEngine, in slab: StatisticsSlab) {
        slab.add(handshakes)
        if engine.isResumed { slab.add(resumed) }
        if !engine.hasPeerCertificate { slab.add(withoutCertificate) }
        guard let staple = engine.stapleAnswer else { return }
        slab.add(stapleRequests)
        slab.add(staple == .sent ? staples : omittedStaples)
    }

    /// Counts a handshake that failed.
    func countFailure(_ refusal: TLSEngine.CertificateRefusal?, in slab: StatisticsSlab) {
        switch refusal {
        case nil: slab.add(errors)
        case .missing: slab.add(missingCertificates)
        case .untrusted: slab.add(refusedCertificates)
        }
    }
}
