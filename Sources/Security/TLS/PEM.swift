internal import Basics
internal import COpenSSL

/// Reads PEM texts.
enum PEM {
    /// The owner of a certificate.
    @safe final class Certificate {
        let pointer: OpaquePointer
        init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }
        deinit { unsafe X509_free(pointer) }
    }

    /// The owner of a private key.
    @safe final class Key {
        let pointer: OpaquePointer
        init(_ pointer: OpaquePointer) { unsafe self.pointer = pointer }
        deinit { unsafe EVP_PKEY_free(pointer) }
    }

    /// All certificates of a text, in order.
    ///
    /// - Throws: `Failure` for a block that is broken; a text without any is no error.
    static func certificates(_ text: String) throws(Failure) -> [Certificate] {
        guard let source = unsafe memory(text) else {
            throw OpenSSLErrors.failure("cannot read certificates")
        }
        defer { _ = unsafe BIO_free(source) }
        var certificates: [Certificate] = []
        while let pointer = unsafe PEM_read_bio_X509(source, nil, noPassword, nil) {
            certificates.append(unsafe Certificate(pointer))
        }
        // The end of the text is reported as the error "no start line".
        let reason = ERR_peek_last_error() & 0x7f_ffff
        let cause = OpenSSLErrors.take()
        if reason != UInt(PEM_R_NO_START_LINE) {
            throw Failure(
                .invalid,
                "cannot read certificate \(certificates.count + 1) of the text",
                cause: cause
            )
        }
        return certificates
    }

    /// A certificate as a text; `nil` if there is no memory.
    static func text(_ certificate: OpaquePointer) -> String? {
        guard let stream = unsafe BIO_new(BIO_s_mem()) else { return nil }
        defer { _ = unsafe BIO_free(stream) }
        guard unsafe PEM_write_bio_X509(stream, certificate) == 1 else { return nil }
        var bytes = [UInt8](repeating: 0, count: unsafe BIO_ctrl_pending(stream))
        let count = unsafe BIO_read(stream, &bytes, Int32(clamping: bytes.count))
        return String(decoding: bytes.prefix(max(0, Int(count))), as: UTF8.self)
    }

    /// The private key of a text; the password is for one that is encrypted.
    static func privateKey(_ text: String, password: String? = nil) throws(Failure) -> Key {
        if text.contains("ENCRYPTED"), password == nil {
            throw Failure(
                .invalid,
                "cannot read a private key",
                cause: "it is encrypted",
                remedy: "decrypt it: openssl pkey -in key.pem -out plain.pem"
            )
        }
        guard let source = unsafe memory(text) else {
            throw OpenSSLErrors.failure("cannot read a private key")
        }
        defer { _ = unsafe BIO_free(source) }
        let pointer =
            if let password {
                // Without a function OpenSSL takes the argument for the password.
                unsafe password.withCString { text in
                    unsafe PEM_read_bio_PrivateKey(
                        source,
                        nil,
                        nil,
                        UnsafeMutableRawPointer(mutating: text)
                    )
                }
            } else {
                unsafe PEM_read_bio_PrivateKey(source, nil, noPassword, nil)
            }
        guard let pointer = unsafe pointer else {
            let cause = OpenSSLErrors.take()
            let isMissing = !text.contains("PRIVATE KEY-----")
            throw Failure(
                .invalid,
                "cannot read a private key",
                cause: isMissing ? "the text holds no PEM key" : cause
            )
        }
        return unsafe Key(pointer)
    }

    /// Without it OpenSSL would ask on the terminal.
    private static let noPassword:
        @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?)
            -> Int32 = { _, _, _, _ in -1 }

    /// A memory BIO with a copy of the text.
    private static func memory(_ text: String) -> OpaquePointer? {
        let bytes = Array(text.utf8)
        guard let source = unsafe BIO_new(BIO_s_mem()) else { return nil }
        _ = unsafe BIO_write(source, bytes, Int32(clamping: bytes.count))
        return unsafe source
    }
}
