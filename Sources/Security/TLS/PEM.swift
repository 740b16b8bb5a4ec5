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
    static func certificates(_ text: String) throws(Failure) -> [Certificate] {
        guard let source = unsafe memory(text) else {
            throw OpenSSLErrors.failure("cannot read certificates")
        }
        defer { _ = unsafe BIO_free(source) }
        var certificates: [Certificate] = []
        while let pointer = unsafe PEM_read_bio_X509(source, nil, nil, nil) {
            certificates.append(unsafe Certificate(pointer))
        }
        // The end of the text is reported as the error "no start line".
        ERR_clear_error()
        return certificates
    }

    /// The private key of a text.
    static func privateKey(_ text: String) throws(Failure) -> Key {
        guard let source = unsafe memory(text) else {
            throw OpenSSLErrors.failure("cannot read a private key")
        }
        defer { _ = unsafe BIO_free(source) }
        guard let pointer = unsafe PEM_read_bio_PrivateKey(source, nil, nil, nil) else {
            throw OpenSSLErrors.failure("cannot read a private key")
        }
        return unsafe Key(pointer)
    }

    /// A memory BIO with a copy of the text.
    private static func memory(_ text: String) -> OpaquePointer? {
        let bytes = Array(text.utf8)
        guard let source = unsafe BIO_new(BIO_s_mem()) else { return nil }
        _ = unsafe BIO_write(source, bytes, Int32(clamping: bytes.count))
        return unsafe source
    }
}
