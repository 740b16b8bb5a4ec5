/// A step of a compiled format: what is read or written next.
enum TimeStep: Sendable, Hashable {
    /// Bytes of the format's literals, as they are.
    case literal(Int, Int)
    /// White space: any amount when reading; when writing, these of the format's literals.
    case space(Int, Int)
    case number(Number, Pad)
    case shortMonth
    case longMonth
    case shortWeekday
    case longWeekday
    case lowerHalf
    case upperHalf
    /// A point and digits of the second if there is one; as many as needed are written.
    case pointFraction
    /// The same with 3, 6 or 9 digits.
    case pointDigits(Int)
    /// Digits of the second alone.
    case digits(Int)
    /// Digits of the second, up to nine, behind a separator that may be missing together with them, or
    /// without one (0).
    case looseFraction(UInt8)
    /// A zone's name.
    case zoneName
    case offset(Offset)
    /// chrono's `%+`.
    case rfc3339

    enum Number: Sendable, Hashable {
        case year, century, yearOfCentury, isoYear, isoYearOfCentury
        case month, day, weekFromSunday, weekFromMonday, isoWeek
        case daysFromSunday, dayFromMonday, dayOfYear
        case hour, hour12, minute, second, nanosecond, unix
    }

    enum Pad: Sendable, Hashable {
        case none, zero, blank
    }

    enum Offset: Sendable, Hashable {
        /// `+0930`, `+09:30`, `+09:30:00`, `+09`.
        case plain, colon, seconds, hours
        /// Read only: minutes may be missing, and `Z` is one.
        case permissive
    }
}

extension TimeStep.Number {
    /// How many digits are read without a sign, and written.
    var width: Int {
        switch self {
        case .year, .isoYear: 4
        case .daysFromSunday, .dayFromMonday: 1
        case .dayOfYear: 3
        case .nanosecond: 9
        case .unix: 20
        default: 2
        }
    }
}
