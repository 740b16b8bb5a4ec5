public import Basics
internal import COpenSSL

/// One side of a TLS connection as bytes in and bytes out: it never touches a socket.
///
/// Feed what the peer sent with `receive`, send what `takeOutgoing` gives after every call, and read
/// plain bytes with `read`. A session belongs to whoever drives it and is used by one task at a time.
@safe public final class TLSSession {
    private let context: TLSContext
    private let session: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    private let name: String

    /// Starts the client's side.
    ///
    /// - Parameters:
    ///   - options: Whom to trust and what to offer.
    ///   - host: The host that is connected to: used for SNI and verification if the options name
    ///     no other.
    /// - Throws: `Failure` if OpenSSL refuses an option.
    public convenience init(client options: TLSOptions, host: String) throws(Failure) {
        let name = options.serverName ?? host
        try self.init(TLSContext(client: options), peer: name)
        let isVerified = options.verification != .none && options.checksServerName
        try expect(name, isVerified: isVerified)
        unsafe SSL_set_connect_state(session)
    }

    /// Starts the server's side.
    ///
    /// - Throws: `Failure` if the identity cannot be used.
    public convenience init(server identity: TLSIdentity) throws(Failure) {
        try self.init(serverIn: TLSContext(server: identity))
    }

    /// Starts the server's side in a context that sessions share.
    convenience init(serverIn context: TLSContext) throws(Failure) {
        try self.init(context, peer: "the client")
        unsafe SSL_set_accept_state(session)
    }

    private init(_ context: TLSContext, peer: String) throws(Failure) {
        guard let session = unsafe SSL_new(context.pointer),
            let incoming = unsafe BIO_new(BIO_s_mem()),
            let outgoing = unsafe BIO_new(BIO_s_mem())
        else { throw OpenSSLErrors.failure("cannot set up TLS") }
        // An empty input means "come back later", not the end.
        _ = unsafe BIO_ctrl(incoming, BIO_C_SET_BUF_MEM_EOF_RETURN, -1, nil)
        _ = unsafe BIO_ctrl(outgoing, BIO_C_SET_BUF_MEM_EOF_RETURN, -1, nil)
        unsafe SSL_set_bio(session, incoming, outgoing)
        self.context = context
        unsafe self.session = session
        unsafe self.incoming = incoming
        unsafe self.outgoing = outgoing
        name = peer
    }

    deinit {
        // Frees both BIOs too.
        unsafe SSL_free(session)
    }

    /// Whether the handshake is complete.
    public var isEstablished: Bool { unsafe SSL_is_init_finished(session) == 1 }

    /// The application protocol that both sides chose (ALPN).
    public var chosenProtocol: String? {
        var start: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        unsafe SSL_get0_alpn_selected(session, &start, &length)
        guard let start = unsafe start, length > 0 else { return nil }
        let bytes = unsafe UnsafeBufferPointer(start: start, count: Int(length))
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    /// The peer's own certificate; `nil` if it showed none.
    public var peer: TLSCertificate? {
        guard let certificate = unsafe SSL_get1_peer_certificate(session) else { return nil }
        defer { unsafe X509_free(certificate) }
        return unsafe TLSCertificate(certificate)
    }

    /// Takes in bytes that the peer sent.
    public func receive(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        let taken = unsafe BIO_write(incoming, bytes, Int32(clamping: bytes.count))
        precondition(Int(taken) == bytes.count, "a memory BIO takes everything")
    }

    /// Takes the bytes that are to be sent to the peer; empty if there are none.
    public func takeOutgoing() -> [UInt8] {
        let waiting = unsafe BIO_ctrl_pending(outgoing)
        guard waiting > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: waiting)
        let taken = unsafe BIO_read(outgoing, &bytes, Int32(clamping: waiting))
        precondition(Int(taken) == waiting)
        return bytes
    }

    /// Goes on with the handshake as far as the received bytes allow.
    ///
    /// - Returns: Whether the handshake is complete.
    /// - Throws: `Failure` if the peer is not trusted or breaks the protocol; send the outgoing
    ///   bytes even then, they carry the alert.
    public func handshake() throws(Failure) -> Bool {
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(session)
        if result == 1 { return true }
        if isWaiting(unsafe SSL_get_error(session, result)) { return false }
        let verdict = unsafe SSL_get_verify_result(session)
        var cause = OpenSSLErrors.take()
        if verdict != Int(X509_V_OK), let text = unsafe X509_verify_cert_error_string(verdict) {
            cause = unsafe String(cString: text)
        }
        throw Failure(.unavailable, "TLS handshake with \(name) failed", cause: cause)
    }

    /// Reads plain bytes that have arrived.
    ///
    /// - Parameter limit: The most bytes to give, at least 1.
    /// - Returns: Bytes; empty if the peer has closed the session; `nil` if more must be received.
    /// - Throws: `Failure` if the peer breaks the protocol.
    public func read(upTo limit: Int = 16384) throws(Failure) -> [UInt8]? {
        ERR_clear_error()
        var bytes = [UInt8](repeating: 0, count: limit)
        let result = unsafe SSL_read(session, &bytes, Int32(clamping: limit))
        if result > 0 {
            bytes.removeLast(limit - Int(result))
            return bytes
        }
        let error = unsafe SSL_get_error(session, result)
        if error == SSL_ERROR_ZERO_RETURN { return [] }
        if isWaiting(error) { return nil }
        throw OpenSSLErrors.failure("cannot read from \(name) over TLS")
    }

    /// Encrypts plain bytes; only after the handshake.
    ///
    /// - Throws: `Failure` if the session has failed or was closed.
    public func write(_ bytes: [UInt8]) throws(Failure) {
        guard !bytes.isEmpty else { return }
        ERR_clear_error()
        let result = unsafe SSL_write(session, bytes, Int32(clamping: bytes.count))
        guard result == Int32(clamping: bytes.count) else {
            throw OpenSSLErrors.failure("cannot write to \(name) over TLS")
        }
    }

    /// Tells the peer that nothing more will be sent.
    public func close() {
        guard isEstablished else { return }
        _ = unsafe SSL_shutdown(session)
        ERR_clear_error()
    }

    private func isWaiting(_ error: Int32) -> Bool {
        error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE
    }

    private func expect(_ name: String, isVerified: Bool) throws(Failure) {
        let isAddress = IPText.isAddress(name)
        if !isAddress {
            // SSL_set_tlsext_host_name is a macro.
            let type = Int(TLSEXT_NAMETYPE_host_name)
            let result = unsafe name.withCString { text in
                unsafe SSL_ctrl(
                    session,
                    Int32(SSL_CTRL_SET_TLSEXT_HOSTNAME),
                    type,
                    UnsafeMutableRawPointer(mutating: text)
                )
            }
            guard result == 1 else {
                throw OpenSSLErrors.failure("cannot use \"\(name)\" as a TLS server name")
            }
        }
        guard isVerified else { return }
        let parameters = unsafe SSL_get0_param(session)
        let result =
            isAddress
            ? unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, name)
            : unsafe SSL_set1_host(session, name)
        guard result == 1 else {
            throw OpenSSLErrors.failure("cannot verify the TLS server name \"\(name)\"")
        }
    }
}
