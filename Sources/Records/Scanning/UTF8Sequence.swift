/// The bytes of one character in UTF-8 (RFC 3629).
enum UTF8Sequence {
    /// How long the character at a place is, or zero if it is none; the byte there is not ASCII.
    @inline(__always)
    static func length(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Int {
        let lead = unsafe bytes[at]
        let left = bytes.count &- at
        if lead < 0xE0 {
            guard lead >= 0xC2, left > 1, unsafe bytes[at &+ 1] & 0xC0 == 0x80 else { return 0 }
            return 2
        }
        guard left > 2, lead < 0xF5 else { return 0 }
        let second = unsafe bytes[at &+ 1]
        guard second & 0xC0 == 0x80, unsafe bytes[at &+ 2] & 0xC0 == 0x80 else { return 0 }
        if lead < 0xF0 {
            // Neither what fits two bytes, nor halves of surrogates.
            guard lead != 0xE0 || second >= 0xA0, lead != 0xED || second < 0xA0 else { return 0 }
            return 3
        }
        guard left > 3, unsafe bytes[at &+ 3] & 0xC0 == 0x80,
            lead != 0xF0 || second >= 0x90, lead != 0xF4 || second < 0x90
        else { return 0 }
        return 4
    }

    /// How many bytes at a place are replaced by one U+FFFD: the longest beginning of a character.
    static func brokenLength(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Int {
        let lead = unsafe bytes[at]
        guard lead >= 0xE0, lead < 0xF5, at + 1 < bytes.count else { return 1 }
        let second = unsafe bytes[at + 1]
        let isSecond =
            second & 0xC0 == 0x80 && (lead != 0xE0 || second >= 0xA0)
            && (lead != 0xED || second < 0xA0) && (lead != 0xF0 || second >= 0x90)
            && (lead != 0xF4 || second < 0x90)
        guard isSecond else { return 1 }
        guard lead >= 0xF0, at + 2 < bytes.count, unsafe bytes[at + 2] & 0xC0 == 0x80 else {
            return 2
        }
        return 3
    }

    /// The character at a place, of a length found before.
    static func scalar(_ bytes: UnsafeRawBufferPointer, _ at: Int, length: Int) -> UInt32 {
        var value = unsafe UInt32(bytes[at]) & (length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07)
        for index in 1..<length { value = unsafe value << 6 | UInt32(bytes[at + index]) & 0x3F }
        return value
    }

    /// Appends a character.
    static func append(_ scalar: UInt32, to output: inout [UInt8]) {
        switch scalar {
        case 0..<0x80: output.append(UInt8(scalar))
        case 0x80..<0x800:
            output.append(UInt8(0xC0 | scalar >> 6))
            output.append(UInt8(0x80 | scalar & 0x3F))
        case 0x800..<0x10000:
            output.append(UInt8(0xE0 | scalar >> 12))
            output.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            output.append(UInt8(0x80 | scalar & 0x3F))
        default:
            output.append(UInt8(0xF0 | scalar >> 18 & 7))
            output.append(UInt8(0x80 | scalar >> 12 & 0x3F))
            output.append(UInt8(0x80 | scalar >> 6 & 0x3F))
            output.append(UInt8(0x80 | scalar & 0x3F))
        }
    }

    /// The bytes with what is no UTF-8 replaced by U+FFFD.
    static func repaired(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        var at = 0
        while at < bytes.count {
            let byte = unsafe bytes[at]
            if byte < 0x80 {
                output.append(byte)
                at += 1
                continue
            }
            let length = unsafe length(bytes, at)
            if length > 0 {
                for index in at..<at + length { output.append(unsafe bytes[index]) }
                at += length
            } else {
                output.append(contentsOf: [0xEF, 0xBF, 0xBD])
                at += unsafe brokenLength(bytes, at)
            }
        }
        return output
    }

    /// Whether all of it is UTF-8.
    static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var at = 0
        while at < bytes.count {
            if at &+ 8 <= bytes.count, unsafe bytes.word(at) & Words.highs == 0 {
                at &+= 8
                continue
            }
            if unsafe bytes[at] < 0x80 {
                at &+= 1
                continue
            }
            let length = unsafe length(bytes, at)
            guard length > 0 else { return false }
            at &+= length
        }
        return true
    }
}
