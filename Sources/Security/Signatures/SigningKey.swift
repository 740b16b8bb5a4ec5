public import Basics
internal import COpenSSL

/// A private key on P-256: for certificates, and for tokens that are signed with ES256.
///
/// It does not change once it is made and may be used on any thread.
@safe public final class SigningKey: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Makes a new key.
    ///
    /// - Throws: `internalError` if OpenSSL has no randomness or no memory.
    public init() throws(Failure) {
        let context = unsafe EVP_PKEY_CTX_new_from_name(nil, "EC", nil)
        defer { unsafe EVP_PKEY_CTX_free(context) }
        var made: OpaquePointer?
        guard unsafe EVP_PKEY_keygen_init(context) == 1,
            unsafe EVP_PKEY_CTX_set_group_name(context, "P-256") == 1,
            unsafe EVP_PKEY_generate(context, &made) == 1, let made = unsafe made
        else { throw OpenSSLErrors.failure("cannot make a private key") }
        unsafe pointer = made
    }

    /// Reads a key from a PEM text.
    ///
    /// - Throws: `invalid` if the text holds no key, or none on P-256.
    public init(pem: String) throws(Failure) {
        let key = try PEM.privateKey(pem)
        var name = [CChar](repeating: 0, count: 64)
        var count = 0
        let result = unsafe EVP_PKEY_get_group_name(key.pointer, &name, name.count, &count)
        let curve = String(
            decoding: name.prefix(count).map { UInt8(bitPattern: $0) },
            as: UTF8.self
        )
        guard result == 1, curve == "prime256v1" else {
            ERR_clear_error()
            throw Failure(.invalid, "cannot use a private key", cause: "it is not on P-256")
        }
        unsafe EVP_PKEY_up_ref(key.pointer)
        unsafe pointer = key.pointer
    }

    deinit { unsafe EVP_PKEY_free(pointer) }

    /// The key as PEM (PKCS #8); secret.
    public var pem: String {
        guard let stream = unsafe BIO_new(BIO_s_mem()) else { return "" }
        defer { _ = unsafe BIO_free(stream) }
        let result = unsafe PEM_write_bio_PKCS8PrivateKey(stream, pointer, nil, nil, 0, nil, nil)
        precondition(result == 1, "OpenSSL has no memory for a key")
        var bytes = [UInt8](repeating: 0, count: unsafe BIO_ctrl_pending(stream))
        let count = unsafe BIO_read(stream, &bytes, Int32(clamping: bytes.count))
        return String(decoding: bytes.prefix(max(0, Int(count))), as: UTF8.self)
    }

    /// The coordinates of the public key, 32 bytes each, the most significant first.
    public var coordinates: (x: [UInt8], y: [UInt8]) {
        var point = [UInt8](repeating: 0, count: 65)
        var count = 0
        let result = unsafe EVP_PKEY_get_octet_string_param(
            pointer,
            OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
            &point,
            point.count,
            &count
        )
        precondition(result == 1 && count == 65, "a key on P-256 has a point of 65 bytes")
        return (Array(point[1..<33]), Array(point[33..<65]))
    }

    /// The key that verifies what this one signs.
    public var verifyingKey: VerifyingKey {
        let (x, y) = coordinates
        guard let key = try? VerifyingKey(curve: .p256, x: x, y: y) else {
            preconditionFailure("the point of a private key lies on its curve")
        }
        return key
    }

    /// Signs a message with ES256: the two numbers side by side (RFC 7518, section 3.4).
    public func sign(_ message: [UInt8]) -> [UInt8] {
        let context = unsafe EVP_MD_CTX_new()
        defer { unsafe EVP_MD_CTX_free(context) }
        var der = [UInt8](repeating: 0, count: 80)
        var count = der.count
        guard unsafe EVP_DigestSignInit(context, nil, EVP_sha256(), nil, pointer) == 1,
            unsafe EVP_DigestSign(context, &der, &count, message, message.count) == 1
        else { preconditionFailure("OpenSSL cannot sign") }
        let numbers = DER.integers(of: Array(der.prefix(count)))
        return numbers.flatMap { [UInt8](repeating: 0, count: 32 - $0.count) + $0 }
    }
}
