/// A place in a text that is read as a time.
struct TimeCursor: ~Escapable {
    let bytes: Span<UInt8>
    var at = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
    }

    var left: Int { bytes.count &- at }
    var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    mutating func skipSpace() {
        while at < bytes.count, bytes[at].isSpace { at &+= 1 }
    }

    mutating func expect(_ byte: UInt8) throws(TimeMistake) {
        guard at < bytes.count else { throw .tooShort }
        guard bytes[at] == byte else { throw .invalid }
        at &+= 1
    }

    /// A number of at least and at most so many digits.
    mutating func number(_ least: Int, _ most: Int) throws(TimeMistake) -> Int {
        guard left >= least else { throw .tooShort }
        var value = 0
        var count = 0
        while count < most, at < bytes.count, bytes[at].isDigit {
            let (tens, over) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int(bytes[at] &- 0x30))
            if over || carry { throw .outOfRange }
            value = sum
            at &+= 1
            count &+= 1
        }
        guard count >= least else { throw .invalid }
        return value
    }

    /// Digits of the second as nanoseconds; those behind the ninth are skipped.
    mutating func fraction() throws(TimeMistake) -> Int {
        let start = at
        var value = try number(1, 9)
        for _ in at &- start..<9 { value &*= 10 }
        while at < bytes.count, bytes[at].isDigit { at &+= 1 }
        return value
    }

    /// So many digits of the second as nanoseconds.
    mutating func fraction(digits: Int) throws(TimeMistake) -> Int {
        var value = try number(digits, digits)
        for _ in digits..<9 { value &*= 10 }
        return value
    }

    /// Three letters as a number, without going on.
    var key: UInt32? {
        guard left >= 3 else { return nil }
        return TimeNames.key(bytes[at], bytes[at &+ 1], bytes[at &+ 2])
    }

    mutating func month(isLong: Bool) throws(TimeMistake) -> Int {
        guard let key else { throw .tooShort }
        guard let month = TimeNames.month(key) else { throw .invalid }
        skip(TimeNames.months[month - 1], isLong: isLong)
        return month
    }

    mutating func weekday(isLong: Bool) throws(TimeMistake) -> Int {
        guard let key else { throw .tooShort }
        guard let weekday = TimeNames.weekday(key) else { throw .invalid }
        skip(TimeNames.weekdays[weekday], isLong: isLong)
        return weekday
    }

    /// Goes past a name whose first three letters are there, and the rest of it if that is there.
    private mutating func skip(_ name: StaticString, isLong: Bool) {
        at &+= 3
        let rest = name.utf8CodeUnitCount - 3
        guard isLong, left >= rest else { return }
        for index in 0..<rest
        where bytes[at &+ index].asciiFolded != (unsafe name.utf8Start[index + 3]) {
            return
        }
        at &+= rest
    }

    /// `am` (false) or `pm` (true) in any case.
    mutating func half() throws(TimeMistake) -> Bool {
        guard left >= 2 else { throw .tooShort }
        guard bytes[at &+ 1] | 0x20 == 0x6D else { throw .invalid }
        let first = bytes[at] | 0x20
        guard first == 0x61 || first == 0x70 else { throw .invalid }
        at &+= 2
        return first == 0x70
    }

    /// chrono's offsets: `+09:30`, `+0930`, `+09 30`; where it is allowed also `Z` and `+09`.
    mutating func offset(
        zulu: Bool,
        withoutMinutes: Bool = false,
        needsColon: Bool = false
    ) throws(TimeMistake) -> Int {
        guard let sign = peek else { throw .tooShort }
        if zulu, sign | 0x20 == 0x7A {
            at &+= 1
            return 0
        }
        var isNegative = sign == 0x2D
        if sign == 0xE2, left >= 3, bytes[at &+ 1] == 0x88, bytes[at &+ 2] == 0x92 {
            // U+2212, which ISO 8601 prefers.
            isNegative = true
            at &+= 3
        } else {
            guard isNegative || sign == 0x2B else { throw .invalid }
            at &+= 1
        }
        let hours = try number(2, 2)
        if needsColon {
            try expect(0x3A)
        } else {
            while let byte = peek, byte == 0x3A || byte.isSpace { at &+= 1 }
        }
        var minutes = 0
        if left >= 2 {
            minutes = try number(2, 2)
            guard minutes < 60 else { throw .outOfRange }
        } else if !withoutMinutes || left == 1 {
            throw .tooShort
        }
        let seconds = hours * 3600 + minutes * 60
        return isNegative ? -seconds : seconds
    }
}
