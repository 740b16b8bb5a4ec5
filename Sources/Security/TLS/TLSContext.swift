internal import Basics
internal import COpenSSL

/// The owner of an `SSL_CTX`: trust, identity and parameters of sessions.
@safe final class TLSContext {
    /// Bits of OpenSSL's options, whose own constants Swift cannot see.
    private enum Option {
        static let noTicket: UInt64 = 1 << 14
        static let noCompression: UInt64 = 1 << 17
        static let prioritizeChaCha: UInt64 = 1 << 21
        static let serverPreference: UInt64 = 1 << 22
        static let noRenegotiation: UInt64 = 1 << 30
    }

    let pointer: OpaquePointer

    /// Makes a context without identity or trust.
    init(isServer: Bool, _ choices: TLSChoices = TLSChoices()) throws(Failure) {
        let method = unsafe isServer ? TLS_server_method() : TLS_client_method()
        guard let context = unsafe SSL_CTX_new(method) else {
            throw OpenSSLErrors.failure("cannot set up TLS")
        }
        unsafe pointer = context
        // Idle connections give their buffers back.
        control(SSL_CTRL_MODE, 0x10)
        control(SSL_CTRL_SET_SESS_CACHE_MODE, 0)
        var options = Option.noRenegotiation | Option.noCompression
        if isServer { options |= Option.serverPreference | Option.prioritizeChaCha }
        _ = unsafe SSL_CTX_set_options(pointer, options)
        try apply(choices)
    }

    /// The context of a client.
    convenience init(client options: TLSOptions) throws(Failure) {
        try self.init(isServer: false)
        switch options.verification {
        case .none:
            _ = unsafe SSL_CTX_set_cipher_list(pointer, "DEFAULT@SECLEVEL=0")
        case .system:
            unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
            try trust(.system)
        case .authorities(let pem):
            unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
            try trust(.these(pem: pem))
        }
        if !options.protocols.isEmpty { try offer(options.protocols) }
        if let identity = options.identity { try show(LoadedIdentity(identity)) }
    }

    /// The context of a server with one identity.
    convenience init(server identity: TLSIdentity) throws(Failure) {
        try self.init(isServer: true)
        try show(LoadedIdentity(identity))
        guard let authorities = identity.clientAuthorities else { return }
        try trust(.these(pem: authorities), tellsPeers: true)
        let isRequired = identity.requiresClientCertificate
        let mode = SSL_VERIFY_PEER | (isRequired ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0)
        unsafe SSL_CTX_set_verify(pointer, mode, nil)
        // Sessions are not kept, and OpenSSL refuses to resume one of another context.
        refuseResumption()
    }

    deinit {
        unsafe SSL_CTX_free(pointer)
    }

    @discardableResult
    func control(_ command: Int32, _ number: Int) -> Int {
        unsafe SSL_CTX_ctrl(pointer, command, number, nil)
    }

    private func apply(_ choices: TLSChoices) throws(Failure) {
        guard choices.minimum.rawValue <= choices.maximum.rawValue else {
            throw Failure(
                .invalid,
                "cannot use these versions of TLS",
                cause: "the oldest is newer than the newest"
            )
        }
        control(SSL_CTRL_SET_MIN_PROTO_VERSION, Int(choices.minimum.rawValue))
        control(SSL_CTRL_SET_MAX_PROTO_VERSION, Int(choices.maximum.rawValue))
        var ciphers = choices.ciphers
        if choices.minimum.rawValue < TLSChoices.Version.tls12.rawValue {
            // Versions before 1.2 sign with SHA-1, which the usual level forbids.
            ciphers = (ciphers.isEmpty ? "DEFAULT" : ciphers) + ":@SECLEVEL=0"
        }
        if !ciphers.isEmpty, unsafe SSL_CTX_set_cipher_list(pointer, ciphers) != 1 {
            throw refused("ciphers", choices.ciphers)
        }
        if !choices.suites.isEmpty, unsafe SSL_CTX_set_ciphersuites(pointer, choices.suites) != 1 {
            throw refused("TLS 1.3 suites", choices.suites)
        }
        if !choices.curves.isEmpty {
            var text = Array(choices.curves.utf8CString)
            guard unsafe SSL_CTX_ctrl(pointer, SSL_CTRL_SET_GROUPS_LIST, 0, &text) == 1 else {
                throw refused("curves", choices.curves)
            }
        }
    }

    private func refused(_ what: String, _ text: String) -> Failure {
        ERR_clear_error()
        return Failure(
            .invalid,
            "cannot use the TLS \(what) \"\(text)\"",
            cause: "OpenSSL knows none of them",
            remedy: "see openssl ciphers -v and openssl ecparam -list_curves"
        )
    }

    /// Adds an identity beside those of other kinds of keys.
    func show(_ identity: LoadedIdentity) throws(Failure) {
        guard unsafe SSL_CTX_use_certificate(pointer, identity.own.pointer) == 1 else {
            throw OpenSSLErrors.failure("cannot use the TLS certificate")
        }
        for certificate in identity.chain {
            // 1: the context takes a reference of its own.
            let result = unsafe SSL_CTX_ctrl(
                pointer,
                SSL_CTRL_CHAIN_CERT,
                1,
                UnsafeMutableRawPointer(certificate.pointer)
            )
            guard result == 1 else {
                throw OpenSSLErrors.failure("cannot use the TLS certificate chain")
            }
        }
        guard unsafe SSL_CTX_use_PrivateKey(pointer, identity.key.pointer) == 1 else {
            throw OpenSSLErrors.failure("cannot use the TLS private key")
        }
    }

    /// Sets who must have signed the peer's certificate.
    func trust(_ authorities: TLSTrust.Authorities, tellsPeers: Bool = false) throws(Failure) {
        switch authorities {
        case .anybody: break
        case .system:
            guard unsafe SSL_CTX_set_default_verify_paths(pointer) == 1 else {
                throw OpenSSLErrors.failure("cannot load the machine's certificate authorities")
            }
        case .these(let pem):
            let store = unsafe SSL_CTX_get_cert_store(pointer)
            let found = try PEM.certificates(pem)
            guard !found.isEmpty else {
                throw Failure(
                    .invalid,
                    "cannot use the certificate authorities",
                    cause: "the text holds no PEM certificate"
                )
            }
            for authority in found {
                guard unsafe X509_STORE_add_cert(store, authority.pointer) == 1 else {
                    throw OpenSSLErrors.failure("cannot trust a certificate authority")
                }
                if tellsPeers { _ = unsafe SSL_CTX_add_client_CA(pointer, authority.pointer) }
            }
            // What is named as an authority ends a chain, though it be no root.
            _ = unsafe X509_STORE_set_flags(store, UInt(X509_V_FLAG_PARTIAL_CHAIN))
        }
    }

    /// Offers application protocols, as a client.
    func offer(_ protocols: [String]) throws(Failure) {
        let list = try ProtocolList.bytes(protocols)
        // Zero is success here, unlike everywhere else.
        guard unsafe SSL_CTX_set_alpn_protos(pointer, list, UInt32(list.count)) == 0 else {
            throw OpenSSLErrors.failure("cannot offer application protocols")
        }
    }

    /// Gives out no tickets.
    func refuseResumption() {
        _ = unsafe SSL_CTX_set_options(pointer, Option.noTicket)
        _ = unsafe SSL_CTX_set_num_tickets(pointer, 0)
    }
}

/// Application protocols as the wire carries them (RFC 7301).
enum ProtocolList {
    /// Names with their length before them.
    static func bytes(_ protocols: [String]) throws(Failure) -> [UInt8] {
        var list: [UInt8] = []
        for name in protocols {
            guard (1...255).contains(name.utf8.count) else {
                throw Failure(.invalid, "cannot offer the application protocol \"\(name)\"")
            }
            list.append(UInt8(name.utf8.count))
            list.append(contentsOf: name.utf8)
        }
        return list
    }
}
