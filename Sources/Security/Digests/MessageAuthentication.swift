internal import COpenSSL

/// Keyed digests and comparisons that take the same time whatever they find.
public enum MessageAuthentication {
    /// HMAC-SHA-256 (RFC 2104): 32 bytes.
    public static func sha256(key: [UInt8], message: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 32)
        var length: UInt32 = 0
        // A nil key would mean "the key of the last call".
        let present = key.isEmpty ? [0] : key
        let result = unsafe HMAC(
            EVP_sha256(),
            present,
            Int32(key.count),
            message,
            message.count,
            &output,
            &length
        )
        unsafe precondition(result != nil && length == 32)
        return output
    }

    /// Whether two byte strings are equal, in a time that depends on their lengths only.
    public static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}
