public import Basics
internal import COpenSSL

/// What all sessions of a TLS client have in common; from any thread.
///
/// Safe to share because OpenSSL locks its contexts, and nothing is changed after they are made.
public final class TLSClientContext: @unchecked Sendable {
    let context: TLSContext
    private let checksServerName: Bool
    private let check: PeerCheck?

    /// Makes a context.
    ///
    /// - Throws: `Failure` if an option cannot be used.
    public init(_ options: TLSOptions) throws(Failure) {
        context = try TLSContext(client: options)
        checksServerName = options.verification != .none
        check = nil
        prepareResumption()
    }

    /// Makes a context.
    ///
    /// - Throws: `Failure` in one sentence if an identity, an authority or a choice cannot be used.
    public init(_ options: TLSClientOptions) throws(Failure) {
        context = try TLSContext(isServer: false, options.choices)
        if !options.choices.protocols.isEmpty { try context.offer(options.choices.protocols) }
        if let identity = options.identity { try context.show(LoadedIdentity(identity)) }
        let check = options.trust.map(PeerCheck.init)
        self.check = check
        checksServerName = options.checksServerName && options.trust != nil
        if let trust = options.trust, let check, check.isNeeded {
            unsafe SSL_CTX_set_verify(context.pointer, SSL_VERIFY_PEER, nil)
            try context.trust(trust.authorities)
            unsafe SSL_CTX_set_cert_verify_callback(
                context.pointer,
                PeerCheck.callback,
                Unmanaged.passUnretained(check).toOpaque()
            )
        }
        prepareResumption()
    }

    private func prepareResumption() {
        // SSL_SESS_CACHE_CLIENT without OpenSSL's own store: sessions go to the engine's cache.
        context.control(SSL_CTRL_SET_SESS_CACHE_MODE, 0x301)
        unsafe SSL_CTX_sess_set_new_cb(context.pointer, TLSSessionCache.received)
    }

    func prepare(_ session: OpaquePointer, serverName: String) throws(Failure) {
        if IPText.isAddress(serverName) {
            guard checksServerName else { return }
            let parameters = unsafe SSL_get0_param(session)
            guard unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, serverName) == 1 else {
                throw OpenSSLErrors.failure("cannot verify the TLS server name \"\(serverName)\"")
            }
            return
        }
        var name = Array(serverName.utf8CString)
        let command = SSL_CTRL_SET_TLSEXT_HOSTNAME
        let kind = Int(TLSEXT_NAMETYPE_host_name)
        guard unsafe SSL_ctrl(session, command, kind, &name) == 1,
            unsafe !checksServerName || SSL_set1_host(session, serverName) == 1
        else {
            throw OpenSSLErrors.failure("cannot use \"\(serverName)\" as a TLS server name")
        }
    }
}
