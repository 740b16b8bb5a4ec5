internal import Basics

/// An address of IPv4 or IPv6 as two words, with a port; or none, for a Unix socket.
struct PeerAddress: Hashable, Sendable {
    /// Which family; addresses of IPv4 mapped into IPv6 are IPv4.
    enum Family: UInt8, Sendable {
        case none
        case v4
        case v6
    }

    private(set) var family = Family.none
    /// The leading 64 bits; of IPv4 the 32 bits at the left.
    private(set) var high: UInt64 = 0
    private(set) var low: UInt64 = 0
    var port: UInt16 = 0

    /// No address.
    init() {}

    /// An address of 4 or 16 bytes in the order of the network; other counts are none.
    init(bytes: [UInt8], port: UInt16 = 0) {
        self.port = port
        func word(_ range: Range<Int>) -> UInt64 {
            bytes[range].reduce(0) { $0 << 8 | UInt64($1) }
        }
        if bytes.count == 4 {
            family = .v4
            high = word(0..<4) << 32
        } else if bytes.count == 16 {
            set(high: word(0..<8), low: word(8..<16))
        }
    }

    /// Reads `a`, `a:port` or `[a]:port`; `nil` if it is none of these.
    init?(_ text: Span<UInt8>) {
        let address = text.addressWithoutPort
        if address.count == text.count - 1 { return nil }
        if let port = RetryWishes.number(text.portOfAddress) {
            if port > 65535 { return nil }
            self.port = UInt16(port)
        }
        let read =
            address.firstIndex(of: UInt8(ascii: ":")) == nil
            ? readV4(address) : readV6(address)
        if !read { return nil }
    }

    /// Whether the leading bits are those of a range.
    func isIn(_ range: AddressTest) -> Bool {
        range.family == family && (high & range.highMask) == range.high
            && (low & range.lowMask) == range.low
    }

    /// Whether it is the machine's own.
    var isLoopback: Bool {
        switch family {
        case .none: true
        case .v4: high >> 56 == 127
        case .v6: high == 0 && low == 1
        }
    }

    /// Whether it is the machine's own or of a private network (RFC 1918, RFC 4193).
    var isInternal: Bool {
        if isLoopback { return true }
        switch family {
        case .none: return true
        case .v4:
            return high >> 56 == 10 || high >> 52 == 0xAC1 || high >> 48 == 0xC0A8
        case .v6: return high >> 57 == 0xFC >> 1
        }
    }

    /// Writes the address without the port; IPv6 as RFC 5952 has it.
    func write(into buffer: inout ByteBuffer) {
        switch family {
        case .none: break
        case .v4:
            for part in 0..<4 {
                if part > 0 { buffer.append(byte: UInt8(ascii: ".")) }
                buffer.append(decimal: Int(high >> UInt64(56 - 8 * part) & 255))
            }
        case .v6: writeV6(into: &buffer)
        }
    }

    /// The address with the port 0, which stands for one that is not known.
    var textWithoutPort: [UInt8] {
        var text = ByteBuffer()
        if family == .v6 { text.append("[") }
        write(into: &text)
        text.append(family == .v6 ? "]:0" : ":0")
        return Self.bytes(text)
    }

    private static func bytes(_ buffer: borrowing ByteBuffer) -> [UInt8] {
        Array(copying: buffer.readable)
    }

    private func group(_ index: Int) -> UInt {
        let word = index < 4 ? high : low
        return UInt(word >> UInt64(48 - 16 * (index & 3)) & 0xFFFF)
    }

    private func writeV6(into buffer: inout ByteBuffer) {
        var best = 0..<0
        var index = 0
        while index < 8 {
            let start = index
            while index < 8 && group(index) == 0 { index += 1 }
            if index - start > max(1, best.count) { best = start..<index }
            index += 1
        }
        index = 0
        while index < 8 {
            if !best.isEmpty && index == best.lowerBound {
                buffer.append("::")
                index = best.upperBound
                continue
            }
            if index > 0 && (best.isEmpty || index != best.upperBound) {
                buffer.append(byte: UInt8(ascii: ":"))
            }
            buffer.append(hexadecimal: group(index))
            index += 1
        }
    }

    private mutating func set(high: UInt64, low: UInt64) {
        if high == 0 && low >> 32 == 0xFFFF {
            family = .v4
            self.high = low << 32
            self.low = 0
        } else {
            family = .v6
            self.high = high
            self.low = low
        }
    }

    private mutating func readV4(_ text: Span<UInt8>) -> Bool {
        guard let bits = Self.v4(text) else { return false }
        family = .v4
        high = UInt64(bits) << 32
        return true
    }

    private static func v4(_ text: Span<UInt8>) -> UInt32? {
        var bits: UInt32 = 0
        var part = 0
        var digits = 0
        var parts = 1
        for index in text.indices {
            let byte = text[index]
            if byte == UInt8(ascii: ".") {
                if digits == 0 || parts == 4 { return nil }
                bits = bits << 8 | UInt32(part)
                (part, digits) = (0, 0)
                parts += 1
            } else {
                if byte &- 0x30 > 9 || digits == 3 { return nil }
                part = part * 10 + Int(byte - 0x30)
                if part > 255 { return nil }
                digits += 1
            }
        }
        return digits > 0 && parts == 4 ? bits << 8 | UInt32(part) : nil
    }

    private mutating func readV6(_ text: Span<UInt8>) -> Bool {
        var groups: InlineArray<8, UInt16> = .init(repeating: 0)
        var count = 0
        var gap = -1
        var index = 0
        if text.count >= 2, text[0] == UInt8(ascii: ":"), text[1] == UInt8(ascii: ":") {
            gap = 0
            index = 2
        }
        while index < text.count {
            if count == 8 { return false }
            var value = 0
            let start = index
            while index < text.count, index - start < 5, let digit = text[index].hexadecimalDigit {
                value = value << 4 | Int(digit)
                index += 1
            }
            if index == start || index - start > 4 { return false }
            if index < text.count, text[index] == UInt8(ascii: ".") {
                guard count <= 6, let tail = Self.v4(text.extracting(start..<text.count)) else {
                    return false
                }
                groups[count] = UInt16(tail >> 16)
                groups[count + 1] = UInt16(tail & 0xFFFF)
                count += 2
                break
            }
            groups[count] = UInt16(value)
            count += 1
            if index == text.count { break }
            if text[index] != UInt8(ascii: ":") { return false }
            index += 1
            if index == text.count { return false }
            if text[index] == UInt8(ascii: ":") {
                if gap >= 0 { return false }
                gap = count
                index += 1
            }
        }
        if gap < 0 ? count != 8 : count > 7 { return false }
        var words: (UInt64, UInt64) = (0, 0)
        for place in 0..<8 {
            let value: UInt16
            if gap < 0 || place < gap {
                value = groups[place]
            } else {
                let source = place - (8 - count)
                value = source >= gap ? groups[source] : 0
            }
            if place < 4 {
                words.0 = words.0 << 16 | UInt64(value)
            } else {
                words.1 = words.1 << 16 | UInt64(value)
            }
        }
        set(high: words.0, low: words.1)
        return true
    }
}

/// A range of addresses, compiled.
struct AddressTest: Sendable {
    let family: PeerAddress.Family
    let high: UInt64
    let low: UInt64
    let highMask: UInt64
    let lowMask: UInt64

    init(_ range: AddressRange) {
        let address = PeerAddress(bytes: range.address)
        // Ranges of mapped addresses are ranges of IPv4.
        let isMapped = range.address.count == 16 && address.family == .v4
        let length = max(0, range.prefixLength - (isMapped ? 96 : 0))
        family = address.family
        highMask = length == 0 ? 0 : length >= 64 ? .max : ~(UInt64.max >> UInt64(length))
        lowMask = length <= 64 ? 0 : length >= 128 ? .max : ~(UInt64.max >> UInt64(length - 64))
        high = address.high & highMask
        low = address.low & lowMask
    }
}

extension UInt8 {
    /// The value of a hexadecimal digit.
    var hexadecimalDigit: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}
