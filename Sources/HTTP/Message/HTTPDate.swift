public import Basics
public import Reactor

/// The dates of RFC 9110 section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
@MainLoop public enum HTTPDate {
    private static var cached: (second: Int64, text: String) = (.min, "")

    /// The date of this second, made once for all responses of the second.
    static func now() -> String {
        let second = Loop.main.moment.wall.seconds
        if second != cached.second { cached = (second, text(of: Timestamp(seconds: second))) }
        return cached.text
    }

    /// The text of a time stamp.
    nonisolated public static func text(of stamp: Timestamp) -> String {
        let days = Int(stamp.seconds / 86_400) - (stamp.seconds % 86_400 < 0 ? 1 : 0)
        let second = Int(stamp.seconds) - days * 86_400
        let (year, month, day) = civil(days)
        let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        return weekdays[((days % 7) + 7) % 7] + ", " + two(day) + " " + months[month - 1] + " "
            + String(year) + " " + two(second / 3600) + ":" + two(second / 60 % 60) + ":"
            + two(second % 60) + " GMT"
    }

    private nonisolated static func two(_ number: Int) -> String {
        number < 10 ? "0\(number)" : "\(number)"
    }

    /// The civil date of a number of days since 1970-01-01 (proleptic Gregorian calendar).
    private nonisolated static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        // Eras of 400 years that begin on 1 March, after Howard Hinnant's `civil_from_days`.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
