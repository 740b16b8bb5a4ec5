public import Basics
internal import COpenSSL

/// One side of a TLS connection for data planes: sealed bytes in, plain bytes out, and back.
///
/// It never touches a socket, and copies bytes between OpenSSL and the caller's buffers only.
/// Used by one thread.
@safe public final class TLSEngine {
    /// How far a handshake is.
    public enum Handshake: Sendable, Hashable {
        /// More must be received; what is to be sent is in the buffer.
        case waiting
        /// Both sides agree.
        case done
        /// It failed, and why; the alert is in the buffer.
        case failed(String)
    }

    /// How a session is after bytes were opened.
    public enum Opened: Sendable, Hashable {
        /// More may come.
        case open
        /// The peer has closed the session.
        case closed
        /// The peer broke the protocol, and how.
        case failed(String)
    }

    /// How the peer's certificate ended a handshake.
    public enum CertificateRefusal: Sendable, Hashable {
        /// One is required, and it showed none.
        case missing
        /// The one that it showed is not trusted.
        case untrusted
    }

    /// What OpenSSL reads from and writes to during a call.
    @unsafe private struct Window {
        var input: UnsafePointer<UInt8>?
        var count = 0
        var offset = 0
        var output: UnsafeMutablePointer<ByteBuffer>?
    }

    /// The most plain bytes of one record.
    private static let recordMaximum = 16_000

    private let session: OpaquePointer
    /// What OpenSSL's callbacks use lives as long as the session.
    private let context: AnyObject
    private let place: TLSSessionCache.Place?
    private var hasFailed = false
    /// How the peer's certificate ended the handshake; `nil` if it did not.
    public private(set) var certificateRefusal: CertificateRefusal?
    private let window: UnsafeMutablePointer<Window>

    /// Makes the server's side.
    ///
    /// - Throws: `Failure` if OpenSSL has no memory.
    public convenience init(server context: TLSServerContext) throws(Failure) {
        try self.init(context.context, of: context, nil)
        unsafe SSL_set_accept_state(session)
    }

    /// Makes the client's side.
    ///
    /// `serverName` is sent (SNI), unless it is an address, and expected if the context says so. With
    /// a cache the last session with this server is resumed; `server` tells servers of one name apart.
    /// - Throws: `Failure` if OpenSSL has no memory or refuses the name.
    public convenience init(
        client context: TLSClientContext,
        serverName: String? = nil,
        cache: TLSSessionCache? = nil,
        server: String = ""
    ) throws(Failure) {
        let place = cache.map {
            TLSSessionCache.Place($0, context, (serverName ?? "") + "\n" + server)
        }
        try self.init(context.context, of: context, place)
        if let serverName { unsafe try context.prepare(session, serverName: serverName) }
        unsafe SSL_set_connect_state(session)
        if let place {
            let data = unsafe Unmanaged.passUnretained(place).toOpaque()
            _ = unsafe SSL_set_ex_data(session, 0, data)
            unsafe place.cache.offer(to: session, place)
        }
    }

    private init(
        _ context: TLSContext,
        of owner: AnyObject,
        _ place: TLSSessionCache.Place?
    ) throws(Failure) {
        guard let method = unsafe Self.method,
            let session = unsafe SSL_new(context.pointer),
            let stream = unsafe BIO_new(method)
        else { throw OpenSSLErrors.failure("cannot set up TLS") }
        self.context = owner
        self.place = place
        unsafe window = .allocate(capacity: 1)
        unsafe window.initialize(to: Window())
        unsafe BIO_set_data(stream, window)
        unsafe BIO_set_init(stream, 1)
        // The session frees the stream once for both directions.
        unsafe SSL_set_bio(session, stream, stream)
        unsafe self.session = session
    }

    deinit {
        // Without it OpenSSL takes a connection that just ended for a broken one, and its session for
        // one that must not be resumed.
        if !hasFailed {
            unsafe SSL_set_shutdown(session, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
        }
        unsafe SSL_free(session)
        unsafe window.deallocate()
    }

    /// Offers other application protocols (ALPN) than the context, best first; before the handshake.
    ///
    /// - Throws: `invalid` for a name that cannot be offered.
    public func offer(_ protocols: [String]) throws(Failure) {
        let list = try ProtocolList.bytes(protocols)
        // Zero is success here, unlike everywhere else.
        guard unsafe SSL_set_alpn_protos(session, list, UInt32(list.count)) == 0 else {
            throw OpenSSLErrors.failure("cannot offer application protocols")
        }
    }

    /// Whether the handshake is done.
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

    /// The server name of the hello, as the client wrote it.
    public var serverName: String? {
        guard let name = unsafe SSL_get_servername(session, TLSEXT_NAMETYPE_host_name) else {
            return nil
        }
        return unsafe String(cString: name)
    }

    /// Whether it is the server's side.
    public var isServer: Bool { unsafe SSL_is_server(session) == 1 }

    /// Whether what it sends when the handshake is done are session tickets: a server of TLS 1.3.
    ///
    /// The peer does not wait for them (RFC 8446, section 4.6.1).
    public var sendsTicketsLast: Bool {
        let isNewest = unsafe SSL_version(session) == TLS1_3_VERSION
        return isServer && isNewest
    }

    /// The version, such as `TLSv1.3`; only after the handshake.
    public var version: String { unsafe String(cString: SSL_get_version(session)) }

    /// The cipher suite as OpenSSL calls it; `nil` before the handshake.
    public var cipher: String? {
        guard let cipher = unsafe SSL_get_current_cipher(session),
            let name = unsafe SSL_CIPHER_get_name(cipher)
        else { return nil }
        return unsafe String(cString: name)
    }

    /// Whether an earlier session was resumed.
    public var isResumed: Bool { unsafe SSL_session_reused(session) == 1 }

    /// Whether the peer has shown a certificate, now or in the session that was resumed.
    public var hasPeerCertificate: Bool { unsafe SSL_get0_peer_certificate(session) != nil }

    /// What became of a client's wish for an OCSP response.
    public enum StapleAnswer: Sendable, Hashable {
        /// It was sent.
        case sent
        /// There was none to send.
        case omitted
    }

    /// What became of the client's wish for an OCSP response; `nil` if it had none, or resumed a session.
    public var stapleAnswer: StapleAnswer? {
        let kind = unsafe SSL_ctrl(session, SSL_CTRL_GET_TLSEXT_STATUS_REQ_TYPE, 0, nil)
        guard kind == Int(TLSEXT_STATUSTYPE_ocsp) else { return nil }
        var bytes: UnsafeMutableRawPointer?
        let command = SSL_CTRL_GET_TLSEXT_STATUS_REQ_OCSP_RESP
        return unsafe SSL_ctrl(session, command, 0, &bytes) > 0 ? .sent : .omitted
    }

    /// The peer's own certificate; `nil` if it showed none.
    public var peer: TLSCertificate? {
        guard let certificate = unsafe SSL_get1_peer_certificate(session) else { return nil }
        defer { unsafe X509_free(certificate) }
        return unsafe TLSCertificate(certificate)
    }

    /// The own certificate that is shown; `nil` if there is none.
    public var own: TLSCertificate? {
        guard let certificate = unsafe SSL_get_certificate(session) else { return nil }
        return unsafe TLSCertificate(certificate)
    }

    /// The peer's own certificate as PEM; `nil` if it showed none.
    public var peerText: String? {
        guard let certificate = unsafe SSL_get1_peer_certificate(session) else { return nil }
        defer { unsafe X509_free(certificate) }
        return unsafe PEM.text(certificate)
    }

    /// The certificates that the peer sent, its own first, as PEM one after another.
    public var peerChainText: String? {
        guard let own = peerText else { return nil }
        var text = own
        let chain = unsafe SSL_get_peer_cert_chain(session)
        for index in 0..<max(0, unsafe OPENSSL_sk_num(chain)) {
            guard let value = unsafe OPENSSL_sk_value(chain, index),
                let more = unsafe PEM.text(OpaquePointer(value))
            else { continue }
            // To a server the client's own certificate is not part of the chain.
            if more != own { text += more }
        }
        return text
    }

    /// The session's identifier in lower-case hex; `nil` if it has none.
    public var sessionID: String? {
        guard let current = unsafe SSL_get_session(session) else { return nil }
        var count: UInt32 = 0
        guard let start = unsafe SSL_SESSION_get_id(current, &count), count > 0 else { return nil }
        return unsafe Digest.hexadecimal(
            Array(UnsafeBufferPointer(start: start, count: Int(count)))
        )
    }

    /// OpenSSL's number of what is wrong with the peer's certificate; 0 is nothing.
    public var verifyCode: Int { unsafe SSL_get_verify_result(session) }

    /// Why the peer's certificate is not trusted though it was accepted; `nil` if it is.
    public var distrust: String? {
        let verdict = unsafe SSL_get_verify_result(session)
        guard verdict != Int(X509_V_OK), let text = unsafe X509_verify_cert_error_string(verdict)
        else { return nil }
        return unsafe String(cString: text)
    }

    /// Goes on with the handshake as far as the received bytes allow.
    public func handshake(_ sealed: inout ByteBuffer, out: inout ByteBuffer) -> Handshake {
        let result = call(&sealed, &out) { unsafe SSL_do_handshake(session) }
        if result == 1 { return .done }
        let error = unsafe SSL_get_error(session, result)
        if error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE { return .waiting }
        hasFailed = true
        let verdict = unsafe SSL_get_verify_result(session)
        if verdict != Int(X509_V_OK) {
            certificateRefusal = .untrusted
        } else if OpenSSLErrors.oldestReason == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE {
            certificateRefusal = .missing
        }
        let cause = OpenSSLErrors.take()
        if verdict != Int(X509_V_OK), let text = unsafe X509_verify_cert_error_string(verdict) {
            return .failed(unsafe String(cString: text))
        }
        return .failed(cause.isEmpty ? "the peer closed the connection" : cause)
    }

    /// Opens what was received; what is no whole record waits with OpenSSL.
    public func open(
        _ sealed: inout ByteBuffer,
        plain: inout ByteBuffer,
        out: inout ByteBuffer
    ) -> Opened {
        var answer = Opened.open
        _ = call(&sealed, &out) {
            while true {
                let count = unsafe plain.write(atLeast: 4096) { room in
                    let result = unsafe SSL_read(
                        session,
                        room.baseAddress,
                        Int32(clamping: room.count)
                    )
                    if result > 0 { return Int(result) }
                    answer = verdict(of: result)
                    return -1
                }
                if count < 0 { return 0 }
            }
        }
        return answer
    }

    /// Seals plain bytes, one record at most; only after the handshake.
    ///
    /// - Returns: How many were taken off `plain`; 0 if the session cannot send.
    public func seal(_ plain: inout ByteBuffer, out: inout ByteBuffer) -> Int {
        let count = min(plain.count, Self.recordMaximum)
        var nothing = ByteBuffer()
        let taken = call(&nothing, &out) {
            write(plain, count)
        }
        guard taken > 0 else { return 0 }
        plain.consume(Int(taken))
        return Int(taken)
    }

    /// Tells the peer that nothing more will be sent.
    public func close(out: inout ByteBuffer) {
        guard isEstablished else { return }
        var nothing = ByteBuffer()
        _ = call(&nothing, &out) { unsafe SSL_shutdown(session) }
    }

    private func write(_ plain: borrowing ByteBuffer, _ count: Int) -> Int32 {
        let bytes = plain.readable
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe SSL_write(session, buffer.baseAddress, Int32(clamping: count))
        }
    }

    private func failed(_ why: String) -> Opened {
        hasFailed = true
        return .failed(why)
    }

    private func verdict(of result: Int32) -> Opened {
        switch unsafe SSL_get_error(session, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: .open
        case SSL_ERROR_ZERO_RETURN: .closed
        default: failed(OpenSSLErrors.take())
        }
    }

    /// Runs a call of OpenSSL that may read `sealed` and append to `out`.
    private func call(
        _ sealed: inout ByteBuffer,
        _ out: inout ByteBuffer,
        _ body: () -> Int32
    ) -> Int32 {
        ERR_clear_error()
        let result = unsafe withUnsafeMutablePointer(to: &out) { out in
            unsafe window.pointee.output = out
            return expose(sealed, body)
        }
        let used = unsafe window.pointee.offset
        unsafe window.pointee = Window()
        sealed.consume(used)
        return result
    }

    private func expose(_ sealed: borrowing ByteBuffer, _ body: () -> Int32) -> Int32 {
        let bytes = sealed.readable
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe window.pointee.input = buffer.baseAddress
            unsafe window.pointee.count = buffer.count
            return body()
        }
    }

    /// The stream that OpenSSL reads and writes: the window of the call at hand.
    ///
    /// Made once, before it is used by any thread; it is never changed.
    nonisolated(unsafe) private static let method: OpaquePointer? = {
        let kind = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK
        guard let method = unsafe BIO_meth_new(kind, "window") else { return nil }
        unsafe BIO_meth_set_read(method) { stream, target, room in
            guard let stream = unsafe stream, let target = unsafe target,
                let window = unsafe TLSEngine.window(of: stream)
            else { return -1 }
            unsafe BIO_clear_flags(stream, 0x0f)
            let count = unsafe min(Int(room), window.pointee.count - window.pointee.offset)
            guard count > 0, let input = unsafe window.pointee.input else {
                unsafe BIO_set_flags(stream, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
                return -1
            }
            unsafe UnsafeMutableRawPointer(target)
                .copyMemory(from: input + window.pointee.offset, byteCount: count)
            unsafe window.pointee.offset += count
            return Int32(count)
        }
        unsafe BIO_meth_set_write(method) { stream, source, count in
            guard let stream = unsafe stream, let source = unsafe source,
                let window = unsafe TLSEngine.window(of: stream),
                let output = unsafe window.pointee.output
            else { return -1 }
            let bytes = unsafe UnsafeRawBufferPointer(start: source, count: Int(count))
            unsafe output.pointee.append(copying: bytes)
            return count
        }
        unsafe BIO_meth_set_ctrl(method) { stream, command, _, _ in
            command == BIO_CTRL_FLUSH ? 1 : 0
        }
        return unsafe method
    }()

    private static func window(of stream: OpaquePointer) -> UnsafeMutablePointer<Window>? {
        unsafe BIO_get_data(stream)?.assumingMemoryBound(to: Window.self)
    }
}
