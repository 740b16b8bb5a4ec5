internal import COpenSSL

/// Decides about the peer's certificate in a handshake.
final class PeerCheck {
    private let trust: TLSTrust

    init(_ trust: TLSTrust) {
        self.trust = trust
    }

    /// Whether there is anything to decide.
    var isNeeded: Bool {
        trust.authorities != .anybody || !trust.names.isEmpty || !trust.fingerprints.isEmpty
    }

    static let callback: @convention(c) (OpaquePointer?, UnsafeMutableRawPointer?) -> Int32 = {
        store,
        argument in
        guard let store = unsafe store, let argument = unsafe argument else { return 0 }
        let check = unsafe Unmanaged<PeerCheck>.fromOpaque(argument).takeUnretainedValue()
        return unsafe check.accepts(store) ? 1 : 0
    }

    private func accepts(_ store: OpaquePointer) -> Bool {
        if trust.authorities != .anybody, unsafe X509_verify_cert(store) != 1 {
            return trust.acceptsUntrusted
        }
        guard let own = unsafe X509_STORE_CTX_get0_cert(store) else { return false }
        if !trust.fingerprints.isEmpty,
            !trust.fingerprints.contains(unsafe TLSCertificate.fingerprint(own))
        {
            unsafe X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED)
            return trust.acceptsUntrusted
        }
        if !trust.names.isEmpty {
            let names = unsafe CertificateNames.all(own).map(\.text)
            let passes = names.contains { name in trust.names.contains { $0.accepts(name) } }
            if !passes {
                unsafe X509_STORE_CTX_set_error(store, X509_V_ERR_HOSTNAME_MISMATCH)
                return trust.acceptsUntrusted
            }
        }
        if trust.authorities == .anybody { unsafe X509_STORE_CTX_set_error(store, X509_V_OK) }
        return true
    }
}
