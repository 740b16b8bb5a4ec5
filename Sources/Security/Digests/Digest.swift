internal import COpenSSL

/// Cryptographic digests of byte strings.
public enum Digest {
    /// The SHA-256 digest: 32 bytes.
    public static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        SHA256.digest(of: bytes)
    }

    /// The SHA-256 digest of a text's UTF-8 form.
    public static func sha256(_ text: String) -> [UInt8] {
        sha256(Array(text.utf8))
    }

    /// The SHA-1 digest: 20 bytes.
    ///
    /// For protocols that fix it, such as the WebSocket handshake; never for security.
    public static func sha1(_ bytes: [UInt8]) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: 20)
        _ = unsafe SHA1(bytes, bytes.count, &output)
        return output
    }

    /// Lower-case hexadecimal digits, two for each byte.
    public static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension Digest {
    /// The SHA-256 digest of a span, without an allocation.
    public static func sha256(_ bytes: Span<UInt8>) -> InlineArray<32, UInt8> {
        var output = InlineArray<32, UInt8>(repeating: 0)
        var span = output.mutableSpan
        unsafe span.withUnsafeMutableBufferPointer { target in
            unsafe bytes.withUnsafeBufferPointer { source in
                // Of an empty span there is no address, and none is read.
                _ = unsafe COpenSSL.SHA256(source.baseAddress, source.count, target.baseAddress)
            }
        }
        return output
    }
}
