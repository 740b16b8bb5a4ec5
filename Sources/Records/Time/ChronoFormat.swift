public import Basics

/// A format of times in the language of chrono, which VRL and Vector speak: `%Y-%m-%dT%H:%M:%S%.3f%:z`.
///
/// Compiled once; reading a text allocates nothing.
public struct ChronoFormat: Sendable, Hashable {
    /// The format as it was written.
    public let text: String
    /// Whether VRL takes the format for one with a zone: then a text must say its offset, and otherwise
    /// it must not matter.
    public let hasZone: Bool
    private var program = TimeProgram()

    /// Compiles a format.
    ///
    /// - Throws: `badFormat`.
    public init(_ text: String) throws(TimeMistake) {
        self.text = text
        hasZone = ["%Z", "%z", "%:z", "%#z", "%+"].contains { text.contains($0) }
        var compiler = Compiler(Array(text.utf8))
        try compiler.run(&program)
    }

    /// Appends a time as the format has it at a place.
    ///
    /// - Throws: `badFormat` for `%#z`, which is only read.
    public func append(
        _ time: Timestamp,
        zone: Zone = .utc,
        to output: inout [UInt8]
    ) throws(TimeMistake) {
        guard !program.steps.contains(.offset(.permissive)) else { throw .badFormat }
        program.append(time, zone: zone, to: &output)
    }

    /// Reads a time as VRL does: a text of a format with a zone says its offset; one of a format without
    /// is a time of the zone's clocks.
    ///
    /// - Throws: Why it is none.
    public func parse(_ bytes: Span<UInt8>, zone: Zone = .utc) throws(TimeMistake) -> Timestamp {
        let parts = try parts(bytes)
        return hasZone ? try parts.withOffset() : try parts.at(zone)
    }

    /// Reads a text's parts; all of the text must fit.
    func parts(_ bytes: Span<UInt8>) throws(TimeMistake) -> TimeParts {
        var parts = TimeParts()
        var cursor = TimeCursor(bytes)
        for index in 0..<program.steps.count { try read(program.steps[index], &cursor, &parts) }
        guard cursor.left == 0 else { throw .tooLong }
        return parts
    }

    private func read(
        _ step: TimeStep,
        _ cursor: inout TimeCursor,
        _ parts: inout TimeParts
    ) throws(TimeMistake) {
        switch step {
        case .literal(let start, let count):
            guard cursor.left >= count else { throw .tooShort }
            for index in start..<start + count { try cursor.expect(program.byte(index)) }
        case .space: cursor.skipSpace()
        case .number(let number, _): try read(number, &cursor, &parts)
        case .shortMonth: try parts.set(.month, cursor.month(isLong: false))
        case .longMonth: try parts.set(.month, cursor.month(isLong: true))
        case .shortWeekday: try parts.set(.daysFromSunday, cursor.weekday(isLong: false))
        case .longWeekday: try parts.set(.daysFromSunday, cursor.weekday(isLong: true))
        case .lowerHalf, .upperHalf: try TimeParts.set(&parts.half, cursor.half() ? 1 : 0, 0...1)
        case .pointFraction, .pointDigits, .looseFraction:
            guard cursor.peek == 0x2E else { return }
            cursor.at += 1
            try parts.set(.nanosecond, cursor.fraction())
        case .digits(let digits): try parts.set(.nanosecond, cursor.fraction(digits: digits))
        case .zoneName:
            while let byte = cursor.peek, !byte.isSpace { cursor.at += 1 }
        case .offset(let form):
            cursor.skipSpace()
            let isPermissive = form == .permissive
            let offset = try cursor.offset(zulu: isPermissive, withoutMinutes: isPermissive)
            try parts.set(offset: offset)
        case .rfc3339: try relaxed(&cursor, &parts)
        }
    }

    private func read(
        _ number: TimeStep.Number,
        _ cursor: inout TimeCursor,
        _ parts: inout TimeParts
    ) throws(TimeMistake) {
        cursor.skipSpace()
        let isSigned = number == .year || number == .isoYear || number == .unix
        if isSigned, let sign = cursor.peek, sign == 0x2D || sign == 0x2B {
            cursor.at += 1
            let value = try cursor.number(1, 20)
            try parts.set(number, sign == 0x2D ? -value : value)
        } else {
            try parts.set(number, cursor.number(1, number.width))
        }
    }

    /// RFC 3339 with a blank for the `T`, single digits, and `UTC` for the `Z`.
    private func relaxed(
        _ cursor: inout TimeCursor,
        _ parts: inout TimeParts
    ) throws(TimeMistake) {
        try read(.year, &cursor, &parts)
        try cursor.expect(0x2D)
        try read(.month, &cursor, &parts)
        try cursor.expect(0x2D)
        try read(.day, &cursor, &parts)
        guard let mark = cursor.peek else { throw .tooShort }
        guard mark | 0x20 == 0x74 || mark == 0x20 else { throw .invalid }
        cursor.at += 1
        try read(.hour, &cursor, &parts)
        try cursor.expect(0x3A)
        try read(.minute, &cursor, &parts)
        try cursor.expect(0x3A)
        try read(.second, &cursor, &parts)
        try read(.pointFraction, &cursor, &parts)
        cursor.skipSpace()
        if cursor.key == TimeNames.key(0x75, 0x74, 0x63) {
            cursor.at += 3
            try parts.set(offset: 0)
        } else {
            try parts.set(offset: cursor.offset(zulu: true))
        }
    }
}

extension TimeParts {
    mutating func set(offset: Int) throws(TimeMistake) {
        try Self.set(&self.offset, offset, -86_399...86_399)
    }

    /// The time of a text that says its offset.
    func withOffset() throws(TimeMistake) -> Timestamp {
        // Unix times are Greenwich's.
        guard offset != Self.none || unix != Self.none else { throw .notEnough }
        let offset = offset == Self.none ? 0 : offset
        let (seconds, nanosecond) = try local(offset: offset)
        guard let time = Timestamp(seconds: seconds - offset, nanosecond: nanosecond) else {
            throw .outOfRange
        }
        return time
    }

    /// The time of a text that a clock of a place shows.
    func at(_ zone: Zone) throws(TimeMistake) -> Timestamp {
        let guess = unix == Self.none ? 0 : zone.offset(at: unix)
        let (seconds, nanosecond) = try local(offset: guess)
        let found: Int
        switch zone.meaning(ofLocal: seconds) {
        case .never: throw .impossible
        case .once(let offset): found = offset
        case .twice(let earlier, let later):
            let known = unix != Self.none ? guess : offset
            guard known == earlier || known == later else { throw .notEnough }
            found = known
        }
        guard offset == Self.none || offset == found else { throw .impossible }
        guard let time = Timestamp(seconds: seconds - found, nanosecond: nanosecond) else {
            throw .outOfRange
        }
        return time
    }
}
