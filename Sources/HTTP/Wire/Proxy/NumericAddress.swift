import Basics

/// Internet addresses as numbers in text.
enum NumericAddress {
    /// Reads an address of 4 or 16 bytes.
    static func parse(_ text: Span<UInt8>, size: Int) -> [UInt8]? {
        size == 4 ? version4(text, 0..<text.count) : version6(text)
    }

    /// Reads a port without sign and leading zeros.
    static func port(_ text: Span<UInt8>) -> UInt16? {
        decimal(text, 0..<text.count, maximum: 65535).map(UInt16.init(truncatingIfNeeded:))
    }

    private static func decimal(_ text: Span<UInt8>, _ range: Range<Int>, maximum: Int) -> Int? {
        guard !range.isEmpty, range.count == 1 || text[range.lowerBound] != 0x30 else {
            return nil
        }
        var value = 0
        for index in range {
            guard text[index].isDigit else { return nil }
            value = value * 10 + Int(text[index] - 0x30)
            if value > maximum { return nil }
        }
        return value
    }

    private static func version4(_ text: Span<UInt8>, _ range: Range<Int>) -> [UInt8]? {
        var address: [UInt8] = []
        var start = range.lowerBound
        while address.count < 4 {
            var end = start
            while end < range.upperBound, text[end] != 0x2E { end += 1 }
            guard let part = decimal(text, start..<end, maximum: 255) else { return nil }
            address.append(UInt8(truncatingIfNeeded: part))
            if end == range.upperBound { return address.count == 4 ? address : nil }
            start = end + 1
        }
        return nil
    }

    /// Groups of up to four digits, `::` once for zeros, an address of version 4 at the end (RFC 4291).
    private static func version6(_ text: Span<UInt8>) -> [UInt8]? {
        var address: [UInt8] = []
        var gap: Int?
        var at = 0
        if text.count >= 2, text[0] == 0x3A {
            guard text[1] == 0x3A else { return nil }
            gap = 0
            at = 2
        }
        while at < text.count {
            guard address.count < 16 else { return nil }
            var value = 0
            let start = at
            while at < text.count, let digit = HTTPSyntax.hexadecimal(text[at]), at - start < 5 {
                value = value << 4 | Int(digit)
                at += 1
            }
            if at < text.count, text[at] == 0x2E {
                guard let last = version4(text, start..<text.count) else { return nil }
                address += last
                at = text.count
                break
            }
            guard at > start, at - start <= 4 else { return nil }
            address.append(UInt8(truncatingIfNeeded: value >> 8))
            address.append(UInt8(truncatingIfNeeded: value))
            if at == text.count { break }
            guard text[at] == 0x3A else { return nil }
            at += 1
            if at < text.count, text[at] == 0x3A {
                guard gap == nil else { return nil }
                gap = address.count
                at += 1
            } else if at == text.count {
                return nil
            }
        }
        if let gap {
            guard address.count <= 14 else { return nil }
            address.insert(contentsOf: [UInt8](repeating: 0, count: 16 - address.count), at: gap)
        }
        return address.count == 16 ? address : nil
    }

    /// Writes an address of 4 bytes with dots, others in groups, none of them left out.
    static func write(_ address: [UInt8], into buffer: inout ByteBuffer) {
        if address.count == 4 {
            for (index, part) in address.enumerated() {
                if index > 0 { buffer.append(byte: 0x2E) }
                buffer.append(decimal: Int(part))
            }
            return
        }
        for index in stride(from: 0, to: address.count - 1, by: 2) {
            if index > 0 { buffer.append(byte: 0x3A) }
            buffer.append(hexadecimal: UInt(address[index]) << 8 | UInt(address[index + 1]))
        }
    }
}
