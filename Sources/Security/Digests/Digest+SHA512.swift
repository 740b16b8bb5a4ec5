internal import COpenSSL

extension Digest {
    /// The SHA-512 digest: 64 bytes.
    public static func sha512(_ bytes: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 64)
        let result = unsafe EVP_Digest(bytes, bytes.count, &output, nil, EVP_sha512(), nil)
        precondition(result == 1, "OpenSSL has no SHA-512")
        return output
    }
}
