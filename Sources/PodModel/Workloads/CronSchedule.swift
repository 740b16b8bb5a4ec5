internal import Basics

/// When a CronJob runs: five fields, or a word such as `@hourly` or `@every 90s`.
///
/// The grammar and its complaints are those of the library that upstream uses: `*` or `?`, numbers,
/// names of months and days, ranges, steps, lists. A day must fit both day fields if one of them is a
/// star, else either of them. Source: `github.com/robfig/cron/v3`, `parser.go`.
public struct CronSchedule: Sendable, Hashable {
    /// The numbers that each field allows.
    public struct Fields: Sendable, Hashable {
        /// 0 to 59.
        public var minutes: Set<Int>
        /// 0 to 23.
        public var hours: Set<Int>
        /// 1 to 31.
        public var days: Set<Int>
        /// 1 to 12.
        public var months: Set<Int>
        /// 0 (Sunday) to 6.
        public var weekdays: Set<Int>
        /// Whether one of the day fields is a star, so that both must fit.
        public var needsBothDays: Bool

        /// Whether a day fits.
        ///
        /// - Parameters:
        ///   - day: Of the month, from 1.
        ///   - weekday: From 0, Sunday.
        /// - Returns: Whether both fields hold it, or one of them.
        public func fits(day: Int, weekday: Int) -> Bool {
            let (first, second) = (days.contains(day), weekdays.contains(weekday))
            return needsBothDays ? first && second : first || second
        }
    }

    /// What a schedule is made of.
    public enum Form: Sendable, Hashable {
        /// Minutes of calendar days.
        case calendar(Fields)
        /// Again and again after so many seconds, at least 1.
        case every(seconds: Int)
    }

    /// What a text cannot be read for.
    public struct Complaint: Error, Sendable, Hashable, CustomStringConvertible {
        /// The sentence.
        public var description: String

        init(_ description: String) { self.description = description }
    }

    /// What the schedule is made of.
    public let form: Form

    /// Reads a schedule.
    ///
    /// - Throws: what cannot be read, in the words of upstream's library.
    public init(_ text: String) throws(Complaint) {
        guard !text.isEmpty else { throw Complaint("empty spec string") }
        guard text.first != "@" else {
            form = try Self.descriptor(text)
            return
        }
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard words.count == 5 else {
            throw Complaint(
                "expected exactly 5 fields, found \(words.count): [\(words.joined(separator: " "))]"
            )
        }
        let minutes = try Self.field(words[0], .minutes)
        let hours = try Self.field(words[1], .hours)
        let days = try Self.field(words[2], .days)
        let months = try Self.field(words[3], .months)
        let weekdays = try Self.field(words[4], .weekdays)
        form = .calendar(
            Fields(
                minutes: minutes.numbers,
                hours: hours.numbers,
                days: days.numbers,
                months: months.numbers,
                weekdays: weekdays.numbers,
                needsBothDays: days.isStar || weekdays.isStar
            )
        )
    }

    // MARK: Words

    private static let descriptors = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@monthly": "0 0 1 * *",
        "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@midnight": "0 0 * * *",
        "@hourly": "0 * * * *",
    ]

    private static func descriptor(_ text: String) throws(Complaint) -> Form {
        if let fields = descriptors[text] { return try Self(fields).form }
        let prefix = "@every "
        guard text.hasPrefix(prefix) else { throw Complaint("unrecognized descriptor: \(text)") }
        let length = String(text.dropFirst(prefix.count))
        guard let duration = Duration(text: length) else {
            throw Complaint(
                "failed to parse duration \(text): time: invalid duration \"\(length)\""
            )
        }
        return .every(seconds: max(1, Int(duration.components.seconds)))
    }

    // MARK: Fields

    private struct Bounds {
        var least: Int
        var most: Int
        var names: [String] = []

        static let minutes = Self(least: 0, most: 59)
        static let hours = Self(least: 0, most: 23)
        static let days = Self(least: 1, most: 31)
        static let months = Self(
            least: 1,
            most: 12,
            names: [
                "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
            ]
        )
        static let weekdays = Self(
            least: 0,
            most: 6,
            names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
        )
    }

    private static func field(
        _ text: String,
        _ bounds: Bounds
    ) throws(Complaint) -> (numbers: Set<Int>, isStar: Bool) {
        var numbers: Set<Int> = []
        var isStar = false
        for part in text.split(separator: ",") {
            let range = try range(String(part), bounds)
            numbers.formUnion(range.numbers)
            isStar = isStar || range.isStar
        }
        return (numbers, isStar)
    }

    private static func range(
        _ text: String,
        _ bounds: Bounds
    ) throws(Complaint) -> (numbers: Set<Int>, isStar: Bool) {
        let steps = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let ends = steps[0].split(separator: "-", omittingEmptySubsequences: false)
            .map(String.init)
        var isStar = ends[0] == "*" || ends[0] == "?"
        var (start, end) = (bounds.least, bounds.most)
        if !isStar {
            start = try number(ends[0], bounds)
            switch ends.count {
            case 1: end = start
            case 2: end = try number(ends[1], bounds)
            default: throw Complaint("too many hyphens: \(text)")
            }
        }
        var step = 1
        switch steps.count {
        case 1: break
        case 2:
            step = try number(steps[1], Bounds(least: 0, most: 0))
            // `5/10` is `5-59/10`.
            if ends.count == 1 { end = bounds.most }
            if step > 1 { isStar = false }
        default: throw Complaint("too many slashes: \(text)")
        }
        if start < bounds.least {
            throw Complaint(
                "beginning of range (\(start)) below minimum (\(bounds.least)): \(text)"
            )
        }
        if end > bounds.most {
            throw Complaint("end of range (\(end)) above maximum (\(bounds.most)): \(text)")
        }
        if start > end {
            throw Complaint("beginning of range (\(start)) beyond end of range (\(end)): \(text)")
        }
        guard step > 0 else {
            throw Complaint("step of range should be a positive number: \(text)")
        }
        // A step that is longer than the field leaves its first number.
        return (Set(stride(from: start, through: end, by: min(step, 60))), isStar)
    }

    private static func number(_ text: String, _ bounds: Bounds) throws(Complaint) -> Int {
        if let place = bounds.names.firstIndex(of: text.lowercased()) {
            return place + bounds.least
        }
        guard let number = Int(text) else {
            throw Complaint(
                "failed to parse int from \(text): strconv.Atoi: parsing \"\(text)\": invalid syntax"
            )
        }
        guard number >= 0 else {
            throw Complaint("negative number (\(number)) not allowed: \(text)")
        }
        return number
    }
}
