/// TOML's whole numbers and numbers.
enum TOMLNumber {
    /// The number that a word is; nil if it is none.
    ///
    /// - Throws: That it is beyond 64 bits, or has a leading zero.
    static func read(_ bytes: ArraySlice<UInt8>, at start: Position) throws(FormatError) -> JSON? {
        var digits = bytes
        let sign = digits.first
        let isSigned = sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+")
        if isSigned { digits = digits.dropFirst() }
        guard let first = digits.first, isDecimal(first) else { return nil }
        if first == UInt8(ascii: "0"), let letter = digits.dropFirst().first,
            let radix = radix(letter)
        {
            let rest = digits.dropFirst(2)
            guard !isSigned, isGroup(rest, radix == 16 ? isHexadecimal : isDecimal) else {
                return nil
            }
            let text = String(decoding: rest.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
            guard rest.allSatisfy({ $0 == UInt8(ascii: "_") || digit($0) < radix }) else {
                return nil
            }
            guard let number = Int64(text, radix: radix) else { throw tooLarge(bytes, at: start) }
            return .int(number)
        }
        let whole = digits.prefix { isDecimal($0) || $0 == UInt8(ascii: "_") }
        guard isGroup(whole, isDecimal) else { return nil }
        let rest = digits.dropFirst(whole.count)
        guard rest.isEmpty || isFraction(rest) else { return nil }
        if whole.count > 1, first == UInt8(ascii: "0") {
            throw FormatError(
                "the number \(String(decoding: bytes, as: UTF8.self)) begins with 0",
                remedy: "leave out the zero, or put it in quotes if a text is meant",
                at: start
            )
        }
        let text = String(decoding: bytes.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
        if rest.isEmpty {
            guard let number = Int64(text) else { throw tooLarge(bytes, at: start) }
            return .int(number)
        }
        guard let number = Double(text), number.isFinite else { throw tooLarge(bytes, at: start) }
        return .double(number)
    }

    private static func tooLarge(_ bytes: ArraySlice<UInt8>, at start: Position) -> FormatError {
        FormatError(
            "the number \(String(decoding: bytes.prefix(64), as: UTF8.self)) is too large",
            at: start
        )
    }

    /// A dot and digits, an exponent, or both.
    private static func isFraction(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        if rest.first == UInt8(ascii: ".") {
            let digits = rest.dropFirst().prefix { isDecimal($0) || $0 == UInt8(ascii: "_") }
            guard isGroup(digits, isDecimal) else { return false }
            rest = rest.dropFirst(1 + digits.count)
        }
        guard let letter = rest.first else { return true }
        guard letter == UInt8(ascii: "e") || letter == UInt8(ascii: "E") else { return false }
        rest = rest.dropFirst()
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") {
            rest = rest.dropFirst()
        }
        return isGroup(rest, isDecimal)
    }

    /// Digits; an underscore stands between two of them.
    private static func isGroup(_ bytes: ArraySlice<UInt8>, _ isDigit: (UInt8) -> Bool) -> Bool {
        var wasDigit = false
        for byte in bytes {
            if byte == UInt8(ascii: "_") {
                guard wasDigit else { return false }
                wasDigit = false
            } else {
                guard isDigit(byte) else { return false }
                wasDigit = true
            }
        }
        return wasDigit
    }

    private static func radix(_ letter: UInt8) -> Int? {
        switch letter {
        case UInt8(ascii: "x"): 16
        case UInt8(ascii: "o"): 8
        case UInt8(ascii: "b"): 2
        default: nil
        }
    }

    private static func isDecimal(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    static func isHexadecimal(_ byte: UInt8) -> Bool {
        isDecimal(byte) || (byte | 0x20) &- UInt8(ascii: "a") < 6
    }

    private static func digit(_ byte: UInt8) -> Int {
        isDecimal(byte)
            ? Int(byte - UInt8(ascii: "0")) : Int((byte | 0x20) &- UInt8(ascii: "a")) + 10
    }
}
