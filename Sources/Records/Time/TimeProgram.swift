import Basics

/// A compiled format: its steps, and the bytes of its literals.
struct TimeProgram: Sendable, Hashable {
    var steps: [TimeStep] = []
    private(set) var literals: [UInt8] = []

    mutating func literal(_ bytes: some Collection<UInt8>) {
        if case .literal(let start, let count)? = steps.last, start + count == literals.count {
            steps[steps.count - 1] = .literal(start, count + bytes.count)
        } else {
            steps.append(.literal(literals.count, bytes.count))
        }
        literals += bytes
    }

    mutating func space(_ bytes: some Collection<UInt8>) {
        steps.append(.space(literals.count, bytes.count))
        literals += bytes
    }

    func byte(_ place: Int) -> UInt8 { literals[place] }

    // MARK: Writing

    /// Appends a time as the format has it.
    func append(_ time: Timestamp, zone: Zone, to output: inout [UInt8]) {
        let civil = zone.civil(time)
        for step in steps {
            switch step {
            case .literal(let start, let count), .space(let start, let count):
                output.append(contentsOf: literals[start..<start + count])
            case .number(let number, let pad): append(number, pad, civil, time, &output)
            case .shortMonth, .longMonth:
                let name = TimeNames.months[civil.month - 1]
                TimeNames.append(name, isShort: step == .shortMonth, to: &output)
            case .shortWeekday, .longWeekday:
                let name = TimeNames.weekdays[civil.weekday]
                TimeNames.append(name, isShort: step == .shortWeekday, to: &output)
            case .lowerHalf: output.append(contentsOf: (civil.hour < 12 ? "am" : "pm").utf8)
            case .upperHalf: output.append(contentsOf: (civil.hour < 12 ? "AM" : "PM").utf8)
            case .pointFraction: TimeText.appendFraction(civil.nanosecond, to: &output)
            case .pointDigits(let digits):
                output.append(UInt8(ascii: "."))
                TimeText.append(civil.nanosecond, digits: digits, to: &output)
            case .digits(let digits):
                TimeText.append(civil.nanosecond, digits: digits, to: &output)
            case .looseFraction(let separator):
                if separator != 0 { output.append(separator) }
                TimeText.append(civil.nanosecond, digits: 3, to: &output)
            case .zoneName: output.append(contentsOf: zone.abbreviation(at: time).utf8)
            case .offset(let form): TimeText.append(offset: civil.offset, form, to: &output)
            case .rfc3339:
                TimeText.append(rfc3339: civil, to: &output)
                TimeText.append(offset: civil.offset, .colon, to: &output)
            }
        }
    }

    private func append(
        _ number: TimeStep.Number,
        _ pad: TimeStep.Pad,
        _ civil: CivilTime,
        _ time: Timestamp,
        _ output: inout [UInt8]
    ) {
        let value = value(number, civil, time)
        if value > 9999, number == .year || number == .isoYear { output.append(0x2B) }
        NumberText.append(
            value,
            width: pad == .none ? 1 : number.width,
            pad: pad == .blank ? 0x20 : 0x30,
            to: &output
        )
    }

    private func value(_ number: TimeStep.Number, _ civil: CivilTime, _ time: Timestamp) -> Int {
        let weekday = civil.weekday
        let dayOfYear = civil.dayOfYear
        return switch number {
        case .year: civil.year
        case .century: Self.floor(civil.year, 100)
        case .yearOfCentury: civil.year - Self.floor(civil.year, 100) * 100
        case .isoYear: IsoWeek(ofDay: civil.dayNumber).year
        case .isoYearOfCentury:
            IsoWeek(ofDay: civil.dayNumber).year
                - Self.floor(IsoWeek(ofDay: civil.dayNumber).year, 100) * 100
        case .month: civil.month
        case .day: civil.day
        case .weekFromSunday: (dayOfYear + 6 - weekday) / 7
        case .weekFromMonday: (dayOfYear + 6 - (weekday + 6) % 7) / 7
        case .isoWeek: IsoWeek(ofDay: civil.dayNumber).week
        case .daysFromSunday: weekday
        case .dayFromMonday: weekday == 0 ? 7 : weekday
        case .dayOfYear: dayOfYear
        case .hour: civil.hour
        case .hour12: civil.hour % 12 == 0 ? 12 : civil.hour % 12
        case .minute: civil.minute
        case .second: civil.second
        case .nanosecond: civil.nanosecond
        case .unix: Int(time.seconds)
        }
    }

    private static func floor(_ value: Int, _ divisor: Int) -> Int {
        value >= 0 ? value / divisor : (value - divisor + 1) / divisor
    }
}
