internal import Basics
internal import COpenSSL

/// The owner of an `SSL_CTX`: trust, identity and parameters of sessions.
@safe final class TLSContext {
    let pointer: OpaquePointer

    init(client options: TLSOptions) throws(Failure) {
        unsafe pointer = try Self.make(TLS_client_method())
        switch options.verification {
        case .none:
            unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_NONE, nil)
            _ = unsafe SSL_CTX_set_cipher_list(pointer, "DEFAULT@SECLEVEL=0")
        case .system:
            unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
            guard unsafe SSL_CTX_set_default_verify_paths(pointer) == 1 else {
                throw OpenSSLErrors.failure("cannot load the machine's certificate authorities")
            }
        case .authorities(let pem):
            unsafe SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
            try trust(pem)
        }
        if !options.protocols.isEmpty { try offer(options.protocols) }
    }

    init(server identity: TLSIdentity) throws(Failure) {
        unsafe pointer = try Self.make(TLS_server_method())
        let chain = try PEM.certificates(identity.certificates)
        guard let own = chain.first else {
            throw Failure(.invalid, "cannot use the TLS certificate", cause: "the file has none")
        }
        guard unsafe SSL_CTX_use_certificate(pointer, own.pointer) == 1 else {
            throw OpenSSLErrors.failure("cannot use the TLS certificate")
        }
        for certificate in chain.dropFirst() {
            // The context takes one reference of its own.
            _ = unsafe X509_up_ref(certificate.pointer)
            let command = Int32(SSL_CTRL_EXTRA_CHAIN_CERT)
            let result = unsafe SSL_CTX_ctrl(
                pointer,
                command,
                0,
                UnsafeMutableRawPointer(certificate.pointer)
            )
            guard result == 1 else {
                throw OpenSSLErrors.failure("cannot use the TLS certificate chain")
            }
        }
        let key = try PEM.privateKey(identity.privateKey)
        guard unsafe SSL_CTX_use_PrivateKey(pointer, key.pointer) == 1 else {
            throw OpenSSLErrors.failure("cannot use the TLS private key")
        }
    }

    deinit {
        unsafe SSL_CTX_free(pointer)
    }

    private static func make(_ method: OpaquePointer?) throws(Failure) -> OpaquePointer {
        guard let context = unsafe SSL_CTX_new(method) else {
            throw OpenSSLErrors.failure("cannot set up TLS")
        }
        let minimum = Int(TLS1_2_VERSION)
        _ = unsafe SSL_CTX_ctrl(context, Int32(SSL_CTRL_SET_MIN_PROTO_VERSION), minimum, nil)
        // Idle connections give their buffers back.
        _ = unsafe SSL_CTX_ctrl(context, Int32(SSL_CTRL_MODE), 0x10, nil)
        return unsafe context
    }

    private func trust(_ pem: String) throws(Failure) {
        let store = unsafe SSL_CTX_get_cert_store(pointer)
        let authorities = try PEM.certificates(pem)
        guard !authorities.isEmpty else {
            throw Failure(
                .invalid,
                "cannot use the certificate authorities",
                cause: "the text holds no PEM certificate"
            )
        }
        for authority in authorities {
            guard unsafe X509_STORE_add_cert(store, authority.pointer) == 1 else {
                throw OpenSSLErrors.failure("cannot trust a certificate authority")
            }
        }
    }

    private func offer(_ protocols: [String]) throws(Failure) {
        var list: [UInt8] = []
        for name in protocols {
            guard (1...255).contains(name.utf8.count) else {
                throw Failure(.invalid, "cannot offer the application protocol \"\(name)\"")
            }
            list.append(UInt8(name.utf8.count))
            list.append(contentsOf: name.utf8)
        }
        // Zero is success here, unlike everywhere else.
        guard unsafe SSL_CTX_set_alpn_protos(pointer, list, UInt32(list.count)) == 0 else {
            throw OpenSSLErrors.failure("cannot offer application protocols")
        }
    }
}
