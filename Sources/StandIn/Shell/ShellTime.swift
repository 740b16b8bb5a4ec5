import Basics
import Formats

/// `date`: the time of now, in UTC as containers have it.
enum ShellTime {
    /// The format that its words ask for.
    ///
    /// - Throws: What of them is not known.
    static func format(_ words: [String]) throws(ShellRefusal) -> String {
        var format = "%a %b %e %H:%M:%S UTC %Y"
        for word in words {
            switch word {
            case "-u", "--utc": continue
            case "-Is", "-Iseconds", "--iso-8601=seconds", "-uIs":
                format = "%Y-%m-%dT%H:%M:%S+00:00"
            case "-I", "-Idate": format = "%Y-%m-%d"
            case "-R": format = "%a, %d %b %Y %H:%M:%S +0000"
            default:
                guard word.hasPrefix("+") else {
                    throw ShellRefusal(
                        "this date is not known here",
                        "date, -u, -I and +FORMAT are"
                    )
                }
                format = String(word.dropFirst())
            }
        }
        var rest = Substring(format)
        while let character = rest.popFirst() {
            guard character == "%" else { continue }
            guard let letter = rest.popFirst(), "aAbBdeFHIjmMpsSTYyZzD%nNR".contains(letter) else {
                throw ShellRefusal("\(format) of date is not known here")
            }
        }
        return format
    }

    private static let days = [
        "Thursday", "Friday", "Saturday", "Sunday", "Monday", "Tuesday", "Wednesday",
    ]
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December",
    ]

    /// A text for a time.
    static func text(_ format: String, seconds: Int64) -> String {
        let day = Int((seconds >= 0 ? seconds : seconds - 86_399) / 86_400)
        let second = Int(seconds - Int64(day) * 86_400)
        let (year, month, date) = civil(day)
        func two(_ number: Int, _ pad: Character = "0") -> String {
            number < 10 ? "\(pad)\(number)" : String(number)
        }
        let weekday = days[((day % 7) + 7) % 7]
        let (hour, minute) = (second / 3600, second / 60 % 60)
        var made = ""
        var rest = Substring(format)
        while let character = rest.popFirst() {
            guard character == "%", let letter = rest.popFirst() else {
                made.append(character)
                continue
            }
            switch letter {
            case "a": made += weekday.prefix(3)
            case "A": made += weekday
            case "b": made += months[month - 1].prefix(3)
            case "B": made += months[month - 1]
            case "d": made += two(date)
            case "e": made += two(date, " ")
            case "F": made += "\(year)-\(two(month))-\(two(date))"
            case "D": made += "\(two(month))/\(two(date))/\(two(year % 100))"
            case "H": made += two(hour)
            case "I": made += two((hour + 11) % 12 + 1)
            case "p": made += hour < 12 ? "AM" : "PM"
            case "j":
                let number = day - days(since: year) + 1
                made += number < 100 ? "0" + two(number) : String(number)
            case "m": made += two(month)
            case "M": made += two(minute)
            case "R": made += "\(two(hour)):\(two(minute))"
            case "s": made += String(seconds)
            case "S": made += two(second % 60)
            case "T": made += "\(two(hour)):\(two(minute)):\(two(second % 60))"
            case "Y": made += String(year)
            case "y": made += two(year % 100)
            case "Z": made += "UTC"
            case "z": made += "+0000"
            case "N": made += "000000000"
            case "n": made += "\n"
            default: made.append(letter)
            }
        }
        return made
    }

    /// Year, month and day of a number of days since 1970.
    private static func civil(_ day: Int) -> (Int, Int, Int) {
        // Counted from 1 March of the year 0, eras of 400 years.
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let inEra = shifted - era * 146_097
        let years = (inEra - inEra / 1460 + inEra / 36_524 - inEra / 146_096) / 365
        let inYear = inEra - (365 * years + years / 4 - years / 100)
        let part = (5 * inYear + 2) / 153
        let month = part < 10 ? part + 3 : part - 9
        return (years + era * 400 + (month <= 2 ? 1 : 0), month, inYear - (153 * part + 2) / 5 + 1)
    }

    /// The days from 1970 to the first of a year.
    private static func days(since year: Int) -> Int {
        let before = year - 1
        return 365 * (year - 1970) + (before / 4 - before / 100 + before / 400) - 477
    }
}
