public import Basics

/// A format of times in the language of C's `strptime` and `strftime`, as Fluent Bit's parsers and
/// Fluentd use it: `%d/%b/%Y:%H:%M:%S %z`.
///
/// Besides glibc's conversions there are `%L` and `%N`, digits of the second; what is written for them are
/// three and nine. Where a text has no fraction, the separator before `%L` may be missing as well. What
/// follows the text of the format is ignored, as `strptime` leaves it. Compiled once; reading a text
/// allocates nothing.
public struct StrptimeFormat: Sendable, Hashable {
    /// The format as it was written.
    public let text: String
    /// Whether the format says the year, and otherwise that of the text's arrival is taken.
    public let hasYear: Bool
    private let program: TimeProgram
    private let fixed: FixedTime?
    /// The first step that is not part of what is fixed.
    private let firstLoose: Int

    /// Compiles a format.
    ///
    /// - Throws: `badFormat` for a conversion that does not exist.
    public init(_ text: String) throws(TimeMistake) {
        var compiler = StrptimeCompiler(text, isStrict: true)
        try compiler.run()
        self.text = text
        program = compiler.program
        let found = FixedTime.of(program)
        fixed = found?.fixed
        firstLoose = found?.rest.startIndex ?? 0
        hasYear = program.steps.contains {
            switch $0 {
            case .number(.year, _), .number(.yearOfCentury, _), .number(.unix, _): true
            default: false
            }
        }
    }

    /// Makes a format only for writing: conversions that do not exist are written as they are.
    public init(writing text: String) {
        var compiler = StrptimeCompiler(text, isStrict: false)
        // Nothing is refused where nothing is strict.
        try? compiler.run()
        self.text = text
        program = compiler.program
        fixed = nil
        firstLoose = 0
        hasYear = true
    }

    /// Appends a time as the format has it at a place.
    public func append(_ time: Timestamp, zone: Zone = .utc, to output: inout [UInt8]) {
        program.append(time, zone: zone, to: &output)
    }

    /// Reads a time.
    ///
    /// - Parameters:
    ///   - bytes: The text.
    ///   - now: When the text arrived: it gives the year where the format has none, or the one before or
    ///     after if that is much nearer, and the date where it has no day either.
    ///   - zone: Whose clocks the text shows if it says no offset.
    /// - Returns: nil if it is no such time.
    public func parse(
        _ bytes: Span<UInt8>,
        now: Timestamp,
        zone: Zone = .utc
    ) -> Timestamp? {
        var parts = StrptimeParts()
        var cursor = TimeCursor(bytes)
        var first = 0
        if let fixed, fixed.read(bytes, into: &parts) {
            cursor.at = fixed.count
            first = firstLoose
        } else {
            parts = StrptimeParts()
        }
        for index in first..<program.steps.count {
            guard read(program.steps[index], &cursor, &parts) else { return nil }
        }
        return parts.time(now: now, zone: zone)
    }

    private func read(
        _ step: TimeStep,
        _ cursor: inout TimeCursor,
        _ parts: inout StrptimeParts
    ) -> Bool {
        switch step {
        case .space: cursor.skipSpace()
        case .literal(let start, let count):
            for index in start..<start + count {
                guard cursor.peek == program.byte(index) else { return false }
                cursor.at += 1
            }
        case .number(let number, _):
            cursor.skipSpace()
            return parts.read(number, &cursor)
        case .shortMonth, .longMonth:
            guard let month = try? cursor.month(isLong: true) else { return false }
            parts.month = month
        case .shortWeekday, .longWeekday:
            guard (try? cursor.weekday(isLong: true)) != nil else { return false }
        case .lowerHalf, .upperHalf:
            guard let half = try? cursor.half() else { return false }
            parts.half = half ? 1 : 0
        case .looseFraction(let separator):
            if separator != 0 {
                guard cursor.peek == separator else { return true }
                cursor.at += 1
            }
            guard let nanosecond = try? cursor.fraction() else { return false }
            parts.nanosecond = nanosecond
        case .digits(let digits):
            guard let nanosecond = try? cursor.fraction(digits: digits) else { return false }
            parts.nanosecond = nanosecond
        case .pointFraction, .pointDigits, .rfc3339: return false
        case .zoneName: return parts.readName(&cursor)
        case .offset: return parts.readOffset(&cursor)
        }
        return true
    }
}
