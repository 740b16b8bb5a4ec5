internal import COpenSSL

/// The SHA-256 digest (FIPS 180-4) of bytes that come piece by piece.
@safe public final class SHA256 {
    /// OpenSSL's state, used in place: the high-level interface sets up its providers and reads their
    /// configuration first, a millisecond that a program's start does not have.
    private var state = SHA256_CTX()

    /// Starts the digest of nothing.
    public init() {
        _ = unsafe SHA256_Init(&state)
    }

    /// Adds bytes.
    public func update(_ bytes: [UInt8]) {
        _ = unsafe SHA256_Update(&state, bytes, bytes.count)
    }

    /// The 32 bytes of the digest; nothing may be added afterwards.
    public func finish() -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        _ = unsafe SHA256_Final(&digest, &state)
        return digest
    }

    /// The 64 lower-case hexadecimal digits of the digest; nothing may be added afterwards.
    public func finishHexadecimal() -> String {
        Digest.hexadecimal(finish())
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
