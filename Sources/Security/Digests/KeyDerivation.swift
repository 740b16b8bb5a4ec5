internal import COpenSSL

/// Keys made of passwords.
public enum KeyDerivation {
    /// PBKDF2 with HMAC-SHA-256 (RFC 8018): 32 bytes.
    ///
    /// It takes about a millisecond for 4,000 iterations, of which there is at least one.
    public static func pbkdf2(password: [UInt8], salt: [UInt8], iterations: Int) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 32)
        // An empty array may have no address at all.
        let text = password.isEmpty ? [0] : password.map { CChar(bitPattern: $0) }
        let result = unsafe PKCS5_PBKDF2_HMAC(
            text,
            Int32(clamping: password.count),
            salt,
            Int32(clamping: salt.count),
            Int32(clamping: max(1, iterations)),
            EVP_sha256(),
            32,
            &output
        )
        precondition(result == 1)
        return output
    }
}

extension Digest {
    /// The MD5 digest: 16 bytes; empty where the machine's rules forbid MD5.
    ///
    /// For protocols that fix it, such as PostgreSQL's old passwords; never for security.
    public static func md5(_ bytes: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 16)
        let result = unsafe EVP_Digest(bytes, bytes.count, &output, nil, EVP_md5(), nil)
        return result == 1 ? output : []
    }
}
