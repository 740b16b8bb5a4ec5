import CLinux

/// Random bytes from the kernel (`getrandom`).
public enum Random {
    /// As many random bytes as wanted; good for keys.
    public static func bytes(_ count: Int) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            guard let start = buffer.baseAddress, count > 0 else { return }
            // It can fail only where the kernel has no such call, and there nothing is safe.
            let result = unsafe remora_random(start, count)
            precondition(result == 0, "the kernel gives no random bytes")
            filled = count
        }
    }

    /// Random lower-case hexadecimal digits.
    public static func hexadecimal(_ digits: Int) -> String {
        let table = [UInt8]("0123456789abcdef".utf8)
        return String(decoding: bytes(digits).map { table[Int($0 & 15)] }, as: UTF8.self)
    }

    /// A random number, for example as the seed of a generator.
    public static func number() -> UInt64 {
        bytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A random (version 4) UUID in lower case, RFC 9562.
    public static func uuid() -> String {
        var bytes = bytes(16)
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        let table = [UInt8]("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
            text.append(table[Int(byte >> 4)])
            text.append(table[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
