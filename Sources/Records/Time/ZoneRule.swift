/// The rule of a zone for the time after its table ends (POSIX `TZ`): `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneRule: Sendable, Hashable {
    /// A kind of time: how far it is east of Greenwich, and its abbreviation.
    struct Kind: Sendable, Hashable {
        var offset: Int
        var name: String
        var isSummer: Bool
    }

    private enum Day: Sendable, Hashable {
        /// From 1, and February 29 never counts.
        case julian(Int)
        /// From 0.
        case ordinal(Int)
        case week(month: Int, week: Int, weekday: Int)
    }

    private struct Change: Sendable, Hashable {
        var day: Day
        var time: Int

        /// Seconds since 1970 by the clock that is changed.
        func local(in year: Int) -> Int {
            let newYear = Gregorian.day(year: year, month: 1, day: 1)
            switch day {
            case .julian(let number):
                let leap = Gregorian.isLeap(year) && number >= 60 ? 1 : 0
                return (newYear + number - 1 + leap) * 86400 + time
            case .ordinal(let number): return (newYear + number) * 86400 + time
            case .week(let month, let week, let weekday):
                let first = Gregorian.day(year: year, month: month, day: 1)
                var day = 1 + (weekday - Gregorian.weekday(ofDay: first) + 7) % 7 + (week - 1) * 7
                if day > Gregorian.days(in: month, of: year) { day -= 7 }
                return (first + day - 1) * 86400 + time
            }
        }
    }

    private var standard: Kind
    private var summer: Kind?
    private var start = Change(day: .week(month: 3, week: 2, weekday: 0), time: 7200)
    private var end = Change(day: .week(month: 11, week: 1, weekday: 0), time: 7200)

    /// Reads a rule; nil if it is none.
    init?(_ bytes: Span<UInt8>) {
        var reader = Reader(bytes)
        guard let name = reader.name(), let west = reader.time() else { return nil }
        standard = Kind(offset: -west, name: name, isSummer: false)
        guard !reader.isAtEnd else { return }
        guard let other = reader.name() else { return nil }
        var offset = standard.offset + 3600
        if let next = reader.peek, next != 0x2C {
            guard let west = reader.time() else { return nil }
            offset = -west
        }
        summer = Kind(offset: offset, name: other, isSummer: true)
        guard !reader.isAtEnd else { return }
        guard let start = reader.change(), let end = reader.change(), reader.isAtEnd else {
            return nil
        }
        self.start = start
        self.end = end
    }

    /// The kind of time at a second since 1970.
    func kind(at seconds: Int) -> Kind {
        guard let summer else { return standard }
        let year = CivilTime(seconds: seconds, offset: standard.offset).year
        let begins = start.local(in: year) - standard.offset
        let ends = end.local(in: year) - summer.offset
        let isSummer =
            begins < ends
            ? seconds >= begins && seconds < ends : seconds >= begins || seconds < ends
        return isSummer ? summer : standard
    }

    private struct Reader: ~Escapable {
        let bytes: Span<UInt8>
        var at = 0

        @_lifetime(copy bytes)
        init(_ bytes: Span<UInt8>) {
            self.bytes = bytes
        }

        var peek: UInt8? { at < bytes.count ? bytes[at] : nil }
        var isAtEnd: Bool { at == bytes.count }

        mutating func take(_ byte: UInt8) -> Bool {
            guard peek == byte else { return false }
            at += 1
            return true
        }

        mutating func name() -> String? {
            var name = ""
            if take(0x3C) {
                while let byte = peek, byte != 0x3E {
                    name.unicodeScalars.append(Unicode.Scalar(byte))
                    at += 1
                }
                guard take(0x3E) else { return nil }
            } else {
                while let byte = peek, byte.isLetter {
                    name.unicodeScalars.append(Unicode.Scalar(byte))
                    at += 1
                }
            }
            return name.isEmpty ? nil : name
        }

        mutating func number() -> Int? {
            var value = 0
            let start = at
            while let byte = peek, byte.isDigit, at - start < 4 {
                value = value * 10 + Int(byte &- 0x30)
                at += 1
            }
            return at > start ? value : nil
        }

        /// `[+-]hh[:mm[:ss]]` in seconds.
        mutating func time() -> Int? {
            let isNegative = take(0x2D)
            if !isNegative { _ = take(0x2B) }
            guard var seconds = number().map({ $0 * 3600 }) else { return nil }
            for unit in [60, 1] where take(0x3A) {
                guard let part = number() else { return nil }
                seconds += part * unit
            }
            return isNegative ? -seconds : seconds
        }

        mutating func change() -> Change? {
            guard take(0x2C) else { return nil }
            let day: Day
            if take(0x4D) {
                guard let month = number(), (1...12).contains(month), take(0x2E),
                    let week = number(), (1...5).contains(week), take(0x2E),
                    let weekday = number(), weekday < 7
                else { return nil }
                day = .week(month: month, week: week, weekday: weekday)
            } else if take(0x4A) {
                guard let number = number(), (1...365).contains(number) else { return nil }
                day = .julian(number)
            } else {
                guard let number = number(), number <= 365 else { return nil }
                day = .ordinal(number)
            }
            guard take(0x2F) else { return Change(day: day, time: 7200) }
            guard let time = time() else { return nil }
            return Change(day: day, time: time)
        }
    }
}
