import Basics

extension JSONReader {
    // MARK: Numbers

    mutating func number() throws(JSONMistake) -> Value {
        let start = place
        let isNegative = bytes[place] == 0x2D
        if isNegative { place += 1 }
        guard let first = peek else { throw mistake("EOF while parsing a value") }
        guard first.isDigit else { throw mistake("invalid number") }
        var digits: UInt64 = 0
        var isLong = false
        if first == 0x30 {
            place += 1
            if let next = peek, next.isDigit { throw peekMistake("invalid number") }
        } else {
            while let digit = peek, digit.isDigit {
                add(digit, to: &digits, &isLong)
                place += 1
            }
        }
        var exponent = 0
        var isFloat = false
        if peek == 0x2E {
            isFloat = true
            place += 1
            try wantDigit()
            while let digit = peek, digit.isDigit {
                add(digit, to: &digits, &isLong)
                exponent &-= 1
                place += 1
            }
        }
        if let mark = peek, mark | 0x20 == 0x65 {
            isFloat = true
            place += 1
            exponent += try self.exponent()
        }
        if !isFloat, !isLong {
            if isNegative {
                // As serde_json: -0 is no whole number.
                if digits == 0 { return .float(-0.0) }
                if digits <= 1 << 63 { return .integer(Int64(truncatingIfNeeded: 0 &- digits)) }
            } else if digits < 1 << 63 {
                return .integer(Int64(digits))
            }
        }
        if let number = Self.exact(isLong ? nil : digits, exponent) {
            return .float(isNegative ? -number : number)
        }
        let text = String(copying: bytes.extracting(start..<place))
        guard let number = Double(text), number.isFinite else {
            throw mistake("number out of range")
        }
        return .float(number)
    }

    private func add(_ digit: UInt8, to digits: inout UInt64, _ isLong: inout Bool) {
        let (tens, over) = digits.multipliedReportingOverflow(by: 10)
        let (sum, carry) = tens.addingReportingOverflow(UInt64(digit &- 0x30))
        if over || carry { isLong = true }
        digits = sum
    }

    private mutating func exponent() throws(JSONMistake) -> Int {
        let isNegative = peek == 0x2D
        if isNegative || peek == 0x2B { place += 1 }
        try wantDigit()
        var value = 0
        while let digit = peek, digit.isDigit {
            value = min(value * 10 + Int(digit &- 0x30), 100_000)
            place += 1
        }
        return isNegative ? -value : value
    }

    private func wantDigit() throws(JSONMistake) {
        guard let digit = peek else { throw mistake("EOF while parsing a value") }
        guard digit.isDigit else { throw peekMistake("invalid number") }
    }

    /// The number where one multiplication or division of exact numbers gives it (Clinger's fast path).
    static func exact(_ digits: UInt64?, _ exponent: Int) -> Double? {
        guard let digits, digits < 1 << 53, exponent >= -22, exponent <= 22 else { return nil }
        var power = 1.0
        for _ in 0..<abs(exponent) { power *= 10 }
        return exponent < 0 ? Double(digits) / power : Double(digits) * power
    }

    // MARK: Texts

    /// A key: a text that is UTF-8 in any case.
    mutating func key() throws(JSONMistake) -> String {
        let start = place
        try skipPlain()
        if place < bytes.count, bytes[place] == 0x22 {
            let key = String(copying: bytes.extracting(start..<place))
            place += 1
            return key
        }
        place = start
        return String(decoding: try text(), as: UTF8.self)
    }

    /// A text after its quote.
    mutating func text() throws(JSONMistake) -> [UInt8] {
        let start = place
        try skipPlain()
        if place < bytes.count, bytes[place] == 0x22 {
            let text = Array(copying: bytes.extracting(start..<place))
            place += 1
            return text
        }
        var output = Array(copying: bytes.extracting(start..<place))
        while let byte = peek {
            switch byte {
            case 0x22:
                place += 1
                return output
            case 0x5C:
                place += 1
                try escape(into: &output)
            case 0..<0x20:
                place += 1
                throw mistake(
                    "control character (\\u0000-\\u001F) found while parsing a string"
                )
            case 0x80...: try foreign(into: &output)
            default:
                let from = place
                try skipPlain()
                for index in from..<place { output.append(bytes[index]) }
            }
        }
        throw mistake("EOF while parsing a string")
    }

    /// Goes on to the next byte that is not taken as it is; not to what is no ASCII.
    private mutating func skipPlain() throws(JSONMistake) {
        let start = place
        place = unsafe bytes.withUnsafeBytes { bytes in
            var at = start
            while at &+ 8 <= bytes.count {
                let hits = Words.special(unsafe bytes.word(at))
                if hits != 0 { return at &+ Words.first(hits) }
                at &+= 8
            }
            while at < bytes.count {
                let byte = unsafe bytes[at]
                guard byte >= 0x20, byte < 0x80, byte != 0x22, byte != 0x5C else { return at }
                at &+= 1
            }
            return at
        }
    }

    private mutating func foreign(into output: inout [UInt8]) throws(JSONMistake) {
        let at = place
        let (length, broken) = unsafe bytes.withUnsafeBytes { bytes in
            let length = unsafe UTF8Sequence.length(bytes, at)
            return (length, length == 0 ? unsafe UTF8Sequence.brokenLength(bytes, at) : 0)
        }
        if length > 0 || repair == .keep {
            for index in at..<at + max(length, 1) { output.append(bytes[index]) }
            place += max(length, 1)
        } else if repair == .replace {
            output.append(contentsOf: [0xEF, 0xBF, 0xBD])
            place += broken
        } else {
            throw mistake("invalid unicode code point")
        }
    }

    private mutating func escape(into output: inout [UInt8]) throws(JSONMistake) {
        guard let byte = peek else { throw mistake("EOF while parsing a string") }
        place += 1
        switch byte {
        case 0x22, 0x5C, 0x2F: output.append(byte)
        case 0x6E: output.append(0x0A)
        case 0x74: output.append(0x09)
        case 0x72: output.append(0x0D)
        case 0x62: output.append(0x08)
        case 0x66: output.append(0x0C)
        case 0x75: UTF8Sequence.append(try unicode(), to: &output)
        default: throw mistake("invalid escape")
        }
    }

    private mutating func unicode() throws(JSONMistake) -> UInt32 {
        let first = try quad()
        guard first & 0xF800 == 0xD800 else { return first }
        let isPair =
            first < 0xDC00 && place + 1 < bytes.count && bytes[place] == 0x5C
            && bytes[place + 1] == 0x75
        if isPair {
            place += 2
            let second = try quad()
            if second & 0xFC00 == 0xDC00 {
                return 0x10000 + (first & 0x3FF) << 10 + second & 0x3FF
            }
            if repair == .refuse { throw mistake("lone leading surrogate in hex escape") }
            place -= 6
        }
        guard repair != .refuse else {
            throw mistake("lone leading surrogate in hex escape")
        }
        return 0xFFFD
    }

    private mutating func quad() throws(JSONMistake) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek else { throw mistake("EOF while parsing a string") }
            guard let digit = byte.hexValue else { throw mistake("invalid escape") }
            value = value << 4 | UInt32(digit)
            place += 1
        }
        return value
    }
}
