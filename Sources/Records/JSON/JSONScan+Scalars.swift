extension JSONScan {
    @inline(__always)
    static func skipBlanks(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var at = start
        while at < bytes.count {
            let byte = unsafe bytes[at]
            if byte > 0x20 { return at }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return at }
            at &+= 1
        }
        return at
    }

    /// Where the text after a quote has ended, behind its last quote; 0 if it is none.
    @inline(__always)
    static func textEnd(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var at = start
        while at &+ 8 <= bytes.count {
            let hits = Words.special(unsafe bytes.word(at))
            if hits != 0 {
                at &+= Words.first(hits)
                if unsafe bytes[at] == 0x22 { return at &+ 1 }
                return unsafe slowTextEnd(bytes, at)
            }
            at &+= 8
        }
        return unsafe slowTextEnd(bytes, at)
    }

    /// The same from a place inside the text where anything may stand.
    @inline(never)
    private static func slowTextEnd(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var at = start
        while at < bytes.count {
            if at &+ 8 <= bytes.count {
                let hits = Words.special(unsafe bytes.word(at))
                if hits == 0 {
                    at &+= 8
                    continue
                }
                at &+= Words.first(hits)
            }
            let byte = unsafe bytes[at]
            switch byte {
            case 0x22: return at &+ 1
            case 0x5C:
                let length = unsafe escapeLength(bytes, at)
                guard length > 0 else { return 0 }
                at &+= length
            case 0..<0x20: return 0
            case 0x80...:
                let length = unsafe UTF8Sequence.length(bytes, at)
                guard length > 0 else { return 0 }
                at &+= length
            default: at &+= 1
            }
        }
        return 0
    }

    /// How long the escape at a backslash is; 0 if it is none.
    private static func escapeLength(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Int {
        guard at + 1 < bytes.count else { return 0 }
        switch unsafe bytes[at + 1] {
        case 0x22, 0x5C, 0x2F, 0x6E, 0x74, 0x72, 0x62, 0x66: return 2
        case 0x75:
            guard let unit = unsafe quad(bytes, at + 2) else { return 0 }
            guard unit & 0xF800 == 0xD800 else { return 6 }
            guard unit < 0xDC00, at + 7 < bytes.count, unsafe bytes[at + 6] == 0x5C,
                unsafe bytes[at + 7] == 0x75, let second = unsafe quad(bytes, at + 8),
                second & 0xFC00 == 0xDC00
            else { return 0 }
            return 12
        default: return 0
        }
    }

    private static func quad(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> UInt32? {
        guard at + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for index in at..<at + 4 {
            guard let digit = unsafe bytes[index].hexValue else { return nil }
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    static func hasEscape(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ end: Int) -> Bool {
        var at = start
        while at &+ 8 <= end {
            if Words.zeros(unsafe bytes.word(at) ^ Words.all(0x5C)) != 0 { return true }
            at &+= 8
        }
        while at < end {
            if unsafe bytes[at] == 0x5C { return true }
            at &+= 1
        }
        return false
    }

    /// Where the number at a digit or a minus has ended; 0 if it is none.
    @inline(__always)
    static func numberEnd(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        let count = bytes.count
        var at = start
        if unsafe bytes[at] == 0x2D { at &+= 1 }
        guard at < count, unsafe bytes[at].isDigit else { return 0 }
        if unsafe bytes[at] == 0x30 {
            at &+= 1
        } else {
            at = unsafe digitsEnd(bytes, at)
        }
        guard at < count else { return at }
        if unsafe bytes[at] == 0x2E {
            let end = unsafe digitsEnd(bytes, at &+ 1)
            guard end > at &+ 1 else { return 0 }
            at = end
            guard at < count else { return at }
        }
        if unsafe bytes[at] | 0x20 == 0x65 {
            at &+= 1
            if at < count, unsafe bytes[at] == 0x2B || bytes[at] == 0x2D { at &+= 1 }
            let end = unsafe digitsEnd(bytes, at)
            guard end > at else { return 0 }
            at = end
        } else if unsafe bytes[at].isDigit {
            // Behind a zero.
            return 0
        }
        return at
    }

    @inline(__always)
    private static func digitsEnd(_ bytes: UnsafeRawBufferPointer, _ start: Int) -> Int {
        var at = start
        while at < bytes.count, unsafe bytes[at].isDigit { at &+= 1 }
        return at
    }

    /// The length of the word at a place: `true`, `false` or `null`; 0 if it is none.
    @inline(__always)
    static func wordLength(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> Int {
        guard at &+ 4 <= bytes.count else { return 0 }
        let four = unsafe UInt32(
            littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)
        )
        if four == 0x6575_7274 || four == 0x6C6C_756E { return 4 }
        guard four == 0x736C_6166, at &+ 4 < bytes.count, unsafe bytes[at &+ 4] == 0x65 else {
            return 0
        }
        return 5
    }
}
