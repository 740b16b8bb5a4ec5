/// Base 64 with the alphabet for URLs and without padding (RFC 7515, section 2).
public enum Base64URL {
    /// The bytes of a text.
    ///
    /// - Returns: `nil` if a byte is not of the alphabet, the length is impossible or unused bits are set.
    public static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        if text.count % 4 == 1 { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count * 3 / 4)
        var group: UInt32 = 0
        var bits: UInt32 = 0
        for index in text.indices {
            guard let value = value(of: text[index]) else { return nil }
            group = group << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> bits))
                group &= (1 << bits) - 1
            }
        }
        return group == 0 ? bytes : nil
    }

    /// The text of some bytes.
    public static func encode(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var group: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            group = group << 8 | UInt32(byte)
            bits += 8
            while bits >= 6 {
                bits -= 6
                text.append(character(UInt8(group >> bits & 63)))
            }
            group &= (1 << bits) - 1
        }
        if bits > 0 { text.append(character(UInt8(group << (6 - bits) & 63))) }
        return text
    }

    private static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case 0x41...0x5A: byte - 0x41
        case 0x61...0x7A: byte - 0x61 + 26
        case 0x30...0x39: byte - 0x30 + 52
        case 0x2D: 62
        case 0x5F: 63
        default: nil
        }
    }

    private static func character(_ value: UInt8) -> UInt8 {
        switch value {
        case 0..<26: value + 0x41
        case 26..<52: value - 26 + 0x61
        case 52..<62: value - 52 + 0x30
        case 62: 0x2D
        default: 0x5F
        }
    }
}
