/// Undoes escapes of C in texts.
enum Unescaping {
    /// The text with `\n`, `\t`, `\"`, `\\`, octal, `\x41`, `\u00e4` and their likes undone.
    static func utf8(_ bytes: Span<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            guard byte == 0x5C, at < bytes.count else {
                output.append(byte)
                continue
            }
            let letter = bytes[at]
            at += 1
            switch letter {
            case 0x78: number(bytes, &at, 2, letter, &output)
            case 0x75: unit(bytes, &at, &output)
            case 0x55: number(bytes, &at, 8, letter, &output)
            case 0x30...0x37:
                var value = UInt32(letter - 0x30)
                var count = 1
                while count < 3, at < bytes.count, bytes[at] &- 0x30 < 8 {
                    value = value * 8 + UInt32(bytes[at] - 0x30)
                    at += 1
                    count += 1
                }
                UTF8Sequence.append(value, to: &output)
            default: output.append(plain(letter))
            }
        }
        return output
    }

    private static func plain(_ letter: UInt8) -> UInt8 {
        switch letter {
        case 0x6E: 0x0A
        case 0x74: 0x09
        case 0x72: 0x0D
        case 0x62: 0x08
        case 0x66: 0x0C
        case 0x76: 0x0B
        case 0x61: 0x07
        default: letter
        }
    }

    private static func digits(_ bytes: Span<UInt8>, _ at: Int, _ most: Int) -> (UInt32, Int) {
        var value: UInt32 = 0
        var count = 0
        while count < most, at + count < bytes.count, let digit = bytes[at + count].hexValue {
            value = value << 4 | UInt32(digit)
            count += 1
        }
        return (value, count)
    }

    private static func number(
        _ bytes: Span<UInt8>,
        _ at: inout Int,
        _ most: Int,
        _ letter: UInt8,
        _ output: inout [UInt8]
    ) {
        let (value, count) = digits(bytes, at, most)
        guard count > 0, Unicode.Scalar(value) != nil else {
            output.append(letter)
            return
        }
        at += count
        UTF8Sequence.append(value, to: &output)
    }

    /// `\u` with four digits, and the second half of a pair.
    private static func unit(_ bytes: Span<UInt8>, _ at: inout Int, _ output: inout [UInt8]) {
        let (value, count) = digits(bytes, at, 4)
        guard count > 0 else {
            output.append(0x75)
            return
        }
        at += count
        guard value & 0xF800 == 0xD800 else {
            UTF8Sequence.append(value, to: &output)
            return
        }
        if value < 0xDC00, at + 1 < bytes.count, bytes[at] == 0x5C, bytes[at + 1] == 0x75 {
            let (second, length) = digits(bytes, at + 2, 4)
            if length == 4, second & 0xFC00 == 0xDC00 {
                at += 6
                UTF8Sequence.append(
                    0x10000 + (value & 0x3FF) << 10 + second & 0x3FF,
                    to: &output
                )
                return
            }
        }
        UTF8Sequence.append(0xFFFD, to: &output)
    }

    /// The text of MySQL's quotes; other texts as they are.
    static func mysql(_ bytes: Span<UInt8>) -> [UInt8] {
        guard bytes.count >= 2, bytes[0] == 0x27 || bytes[0] == 0x22,
            bytes[bytes.count - 1] == bytes[0]
        else { return (0..<bytes.count).map { bytes[$0] } }
        var output: [UInt8] = []
        var at = 1
        while at < bytes.count - 1 {
            var byte = bytes[at]
            at += 1
            if byte == 0x5C, at < bytes.count - 1 {
                byte = bytes[at]
                at += 1
                switch byte {
                case 0x6E: byte = 0x0A
                case 0x72: byte = 0x0D
                case 0x74: byte = 0x09
                case 0x62: byte = 0x08
                case 0x30: byte = 0
                case 0x5A: byte = 0x1A
                default: break
                }
            }
            output.append(byte)
        }
        return output
    }
}
