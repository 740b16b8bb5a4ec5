/// The form of `host[:port]` (RFC 3986 section 3.2), without user information.
enum Authority {
    /// Whether it is a host with or without a port.
    static func isValid(_ bytes: Span<UInt8>) -> Bool {
        guard let end = hostEnd(bytes), end > 0 else { return false }
        return end == bytes.count || isPort(bytes, from: end)
    }

    /// Whether it is a host with a port, as `CONNECT` needs it.
    static func hasPort(_ bytes: Span<UInt8>) -> Bool {
        guard let end = hostEnd(bytes), end > 0 else { return false }
        return end + 1 < bytes.count && isPort(bytes, from: end)
    }

    private static func hostEnd(_ bytes: Span<UInt8>) -> Int? {
        guard !bytes.isEmpty else { return nil }
        var at = 0
        if bytes[0] == 0x5B {
            at = 1
            while at < bytes.count, isAddressByte(bytes[at]) { at &+= 1 }
            guard at > 1, at < bytes.count, bytes[at] == 0x5D else { return nil }
            return at + 1
        }
        while at < bytes.count {
            if at &+ 8 <= bytes.count {
                let others = Swar.nonHost(bytes.word(at: at))
                at &+= others == 0 ? 8 : Swar.first(others)
                if others == 0 { continue }
            }
            guard isHostByte(bytes[at]) else { return at }
            at &+= 1
        }
        return at
    }

    private static func isPort(_ bytes: Span<UInt8>, from start: Int) -> Bool {
        guard bytes[start] == 0x3A, bytes.count - start <= 6 else { return false }
        for index in (start + 1)..<bytes.count where !bytes[index].isDigit { return false }
        return true
    }

    /// Hexadecimal digits, colons and dots.
    private static func isAddressByte(_ byte: UInt8) -> Bool {
        byte.isDigit || byte == 0x3A || byte == 0x2E || (byte | 0x20) &- 0x61 < 6
    }

    /// Unreserved characters, `%` and the delimiters that a name may have.
    private static func isHostByte(_ byte: UInt8) -> Bool {
        let low: UInt64 = 0x2BFF_7FF2_0000_0000
        let high: UInt64 = 0x47FF_FFFE_87FF_FFFE
        let bits = byte < 64 ? low : high
        return byte < 128 && bits >> UInt64(byte & 63) & 1 != 0
    }
}
