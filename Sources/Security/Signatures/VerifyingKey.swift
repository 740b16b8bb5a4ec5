public import Basics
internal import COpenSSL

/// A key that signatures are verified with; of one kind, so that no algorithm of another can be asked of it.
///
/// It does not change once it is made and may be used on any thread.
@safe public final class VerifyingKey: @unchecked Sendable {
    /// The curves that are known.
    public enum Curve: String, Sendable, Hashable {
        /// NIST P-256.
        case p256 = "P-256"
        /// NIST P-384.
        case p384 = "P-384"
        /// NIST P-521.
        case p521 = "P-521"

        /// The bytes of a coordinate.
        var size: Int {
            switch self {
            case .p256: 32
            case .p384: 48
            case .p521: 66
            }
        }

        /// The identifier in DER.
        var identifier: [UInt8] {
            switch self {
            case .p256: [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
            case .p384: [0x2B, 0x81, 0x04, 0x00, 0x22]
            case .p521: [0x2B, 0x81, 0x04, 0x00, 0x23]
            }
        }
    }

    private enum Kind {
        case secret([UInt8])
        case rsa
        case curve(Curve)
        case ed25519
    }

    private let kind: Kind
    private let key: OpaquePointer?

    /// The fewest bits of an RSA key (RFC 7518, section 3.3).
    public static let rsaBitsMinimum = 2048

    /// Makes a key of HMAC.
    ///
    /// - Throws: `invalid` if it is empty.
    public init(secret: [UInt8]) throws(Failure) {
        guard !secret.isEmpty else { throw Failure(.invalid, "a secret key is empty") }
        kind = .secret(secret)
        unsafe key = nil
    }

    /// Makes an RSA key of its modulus and exponent, the most significant byte first.
    ///
    /// - Throws: `invalid` if it is no key or has fewer than 2048 bits.
    public init(rsaModulus modulus: [UInt8], exponent: [UInt8]) throws(Failure) {
        let bits = DER.bits(of: modulus)
        guard bits >= Self.rsaBitsMinimum, bits <= 16384, DER.bits(of: exponent) > 1 else {
            throw Failure(
                .invalid,
                "an RSA key of \(bits) bits is not used",
                remedy: "make one of at least \(Self.rsaBitsMinimum) bits"
            )
        }
        let identifier: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]
        let algorithm = DER.sequence(DER.identifier(identifier) + [0x05, 0x00])
        let numbers = DER.sequence(DER.integer(modulus) + DER.integer(exponent))
        kind = .rsa
        unsafe key = try Self.read(DER.sequence(algorithm + DER.bitString(numbers)), "an RSA key")
    }

    /// Makes a key on a curve of its coordinates, the most significant byte first.
    ///
    /// - Throws: `invalid` if there is no such point.
    public init(curve: Curve, x: [UInt8], y: [UInt8]) throws(Failure) {
        guard x.count == curve.size, y.count == curve.size else {
            throw Failure(
                .invalid,
                "a key on \(curve.rawValue) has coordinates of \(x.count) and \(y.count) bytes",
                cause: "both must have \(curve.size)"
            )
        }
        let algorithm = DER.sequence(
            DER.identifier([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01])
                + DER.identifier(curve.identifier)
        )
        let point = DER.bitString([0x04] + x + y)
        kind = .curve(curve)
        unsafe key = try Self.read(DER.sequence(algorithm + point), "a key on \(curve.rawValue)")
    }

    /// Makes a key of Ed25519.
    ///
    /// - Throws: `invalid` if it does not have 32 bytes.
    public init(ed25519 bytes: [UInt8]) throws(Failure) {
        guard bytes.count == 32,
            let made = unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, 32)
        else {
            throw Failure(.invalid, "a key of Ed25519 has \(bytes.count) bytes, not 32")
        }
        kind = .ed25519
        unsafe key = made
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// Whether the key can be used with an algorithm.
    public func fits(_ algorithm: SignatureAlgorithm) -> Bool {
        switch (kind, algorithm) {
        case (.secret, .hs256), (.secret, .hs384), (.secret, .hs512): true
        case (.rsa, .rs256), (.rsa, .rs384), (.rsa, .rs512): true
        case (.rsa, .ps256), (.rsa, .ps384), (.rsa, .ps512): true
        case (.curve(.p256), .es256), (.curve(.p384), .es384), (.curve(.p521), .es512): true
        case (.ed25519, .edDSA): true
        default: false
        }
    }

    /// Whether a signature of a message is good; false if the key does not fit the algorithm.
    ///
    /// ECDSA's signatures are the two numbers side by side (RFC 7518, section 3.4).
    public func verifies(
        _ signature: [UInt8],
        of message: [UInt8],
        by algorithm: SignatureAlgorithm
    ) -> Bool {
        guard fits(algorithm) else { return false }
        defer { ERR_clear_error() }
        switch kind {
        case .secret(let secret):
            let own = unsafe Self.mac(secret, message, Self.digest(of: algorithm))
            return MessageAuthentication.equal(own, signature)
        case .rsa:
            let isPSS = [.ps256, .ps384, .ps512].contains(algorithm)
            return unsafe check(signature, message, Self.digest(of: algorithm), isPSS: isPSS)
        case .curve(let curve):
            guard signature.count == 2 * curve.size else { return false }
            let der = DER.sequence(
                DER.integer(Array(signature.prefix(curve.size)))
                    + DER.integer(Array(signature.suffix(curve.size)))
            )
            return unsafe check(der, message, Self.digest(of: algorithm))
        case .ed25519: return unsafe check(signature, message, nil)
        }
    }

    private func check(
        _ signature: [UInt8],
        _ message: [UInt8],
        _ digest: OpaquePointer?,
        isPSS: Bool = false
    ) -> Bool {
        let context = unsafe EVP_MD_CTX_new()
        defer { unsafe EVP_MD_CTX_free(context) }
        var details: OpaquePointer?
        guard unsafe EVP_DigestVerifyInit(context, &details, digest, nil, key) == 1 else {
            return false
        }
        if isPSS {
            // The salt is as long as the digest (RFC 7518, section 3.5).
            guard unsafe EVP_PKEY_CTX_set_rsa_padding(details, RSA_PKCS1_PSS_PADDING) == 1,
                unsafe EVP_PKEY_CTX_set_rsa_pss_saltlen(details, RSA_PSS_SALTLEN_DIGEST) == 1
            else { return false }
        }
        let result = unsafe EVP_DigestVerify(
            context,
            signature,
            signature.count,
            message,
            message.count
        )
        return result == 1
    }

    private static func read(_ der: [UInt8], _ what: String) throws(Failure) -> OpaquePointer {
        let made = unsafe der.withUnsafeBufferPointer { buffer in
            var place = buffer.baseAddress
            return unsafe d2i_PUBKEY(nil, &place, buffer.count)
        }
        guard let made = unsafe made else {
            throw Failure(.invalid, "\(what) is no key", cause: OpenSSLErrors.take())
        }
        return unsafe made
    }

    private static func digest(of algorithm: SignatureAlgorithm) -> OpaquePointer? {
        switch algorithm {
        case .hs256, .rs256, .ps256, .es256: unsafe EVP_sha256()
        case .hs384, .rs384, .ps384, .es384: unsafe EVP_sha384()
        case .hs512, .rs512, .ps512, .es512: unsafe EVP_sha512()
        case .edDSA: nil
        }
    }

    private static func mac(
        _ secret: [UInt8],
        _ message: [UInt8],
        _ digest: OpaquePointer?
    ) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 64)
        var length: UInt32 = 0
        let result = unsafe HMAC(
            digest,
            secret,
            Int32(secret.count),
            message,
            message.count,
            &output,
            &length
        )
        return unsafe result == nil ? [] : Array(output.prefix(Int(length)))
    }
}
