internal import COpenSSL

/// Unpredictable bytes for keys, masks and tokens.
public enum SecureRandom {
    /// Gives that many random bytes.
    public static func bytes(_ count: Int) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: count)
        let result = unsafe RAND_bytes(&output, Int32(count))
        precondition(result == 1, "OpenSSL has no randomness")
        return output
    }

    /// A random 32-bit number.
    public static func number() -> UInt32 {
        bytes(4).reduce(0) { $0 << 8 | UInt32($1) }
    }
}
