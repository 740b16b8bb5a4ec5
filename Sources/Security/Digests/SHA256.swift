internal import COpenSSL

/// The SHA-256 digest (FIPS 180-4) of bytes that come piece by piece.
@safe public final class SHA256 {
    private let context: OpaquePointer?

    /// Starts the digest of nothing.
    public init() {
        unsafe context = EVP_MD_CTX_new()
        let isReady = unsafe EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1
        precondition(isReady, "OpenSSL has no SHA-256, or memory ran out")
    }

    deinit { unsafe EVP_MD_CTX_free(context) }

    /// Adds bytes.
    public func update(_ bytes: [UInt8]) {
        _ = unsafe bytes.withUnsafeBytes { buffer in
            unsafe EVP_DigestUpdate(context, buffer.baseAddress, buffer.count)
        }
    }

    /// The 32 bytes of the digest; nothing may be added afterwards.
    public func finish() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        _ = unsafe digest.withUnsafeMutableBufferPointer { buffer in
            unsafe EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
        }
        return digest
    }

    /// The 64 lower-case hexadecimal digits of the digest; nothing may be added afterwards.
    public func finishHexadecimal() -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = finish().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }

    /// The digest of some bytes.
    public static func digest(of bytes: [UInt8]) -> [UInt8] {
        let digest = SHA256()
        digest.update(bytes)
        return digest.finish()
    }

    /// The digest of some bytes in 64 lower-case hexadecimal digits.
    public static func hexadecimal(of bytes: [UInt8]) -> String {
        let digest = SHA256()
        digest.update(bytes)
        return digest.finishHexadecimal()
    }
}
