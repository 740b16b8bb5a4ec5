internal import COpenSSL

/// Digests that are chosen by name, as formats and scripts do; `Digest` has those that the code needs.
public enum NamedDigest: String, Sendable, Hashable, CaseIterable {
    /// For protocols that fix it; never for security.
    case md5 = "MD5"
    /// For protocols that fix it; never for security.
    case sha1 = "SHA1"
    /// SHA-2 (FIPS 180-4) with 224 bits.
    case sha224 = "SHA-224"
    /// SHA-2 with 256 bits.
    case sha256 = "SHA-256"
    /// SHA-2 with 384 bits.
    case sha384 = "SHA-384"
    /// SHA-2 with 512 bits.
    case sha512 = "SHA-512"
    /// SHA-512 cut to 224 bits.
    case sha512Short224 = "SHA-512/224"
    /// SHA-512 cut to 256 bits.
    case sha512Short256 = "SHA-512/256"
    /// SHA-3 (FIPS 202) with 224 bits.
    case sha3Bits224 = "SHA3-224"
    /// SHA-3 with 256 bits.
    case sha3Bits256 = "SHA3-256"
    /// SHA-3 with 384 bits.
    case sha3Bits384 = "SHA3-384"
    /// SHA-3 with 512 bits.
    case sha3Bits512 = "SHA3-512"

    var algorithm: OpaquePointer? {
        switch self {
        case .md5: unsafe EVP_md5()
        case .sha1: unsafe EVP_sha1()
        case .sha224: unsafe EVP_sha224()
        case .sha256: unsafe EVP_sha256()
        case .sha384: unsafe EVP_sha384()
        case .sha512: unsafe EVP_sha512()
        case .sha512Short224: unsafe EVP_sha512_224()
        case .sha512Short256: unsafe EVP_sha512_256()
        case .sha3Bits224: unsafe EVP_sha3_224()
        case .sha3Bits256: unsafe EVP_sha3_256()
        case .sha3Bits384: unsafe EVP_sha3_384()
        case .sha3Bits512: unsafe EVP_sha3_512()
        }
    }

    /// The digest of some bytes; empty where the machine's rules forbid it.
    public func digest(of bytes: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 64)
        var count: UInt32 = 0
        let result = unsafe EVP_Digest(bytes, bytes.count, &output, &count, algorithm, nil)
        return result == 1 ? Array(output[..<Int(count)]) : []
    }

    /// The HMAC (RFC 2104) with this digest; empty where the machine's rules forbid it.
    public func authentication(key: [UInt8], message: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 64)
        var count: UInt32 = 0
        // A nil key would mean "the key of the last call".
        let present = key.isEmpty ? [0] : key
        let result = unsafe HMAC(
            algorithm,
            present,
            Int32(key.count),
            message,
            message.count,
            &output,
            &count
        )
        return unsafe result != nil ? Array(output[..<Int(count)]) : []
    }
}
