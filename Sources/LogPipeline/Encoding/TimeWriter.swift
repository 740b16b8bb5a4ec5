import Basics
import Records

/// Writes records' times in one of the forms that configurations ask for.
struct TimeWriter: Sendable {
    private enum Form: Sendable {
        /// A whole number: nanoseconds divided by this.
        case integer(Int64)
        /// Seconds with so many digits behind the point.
        case decimal(digits: Int)
        /// A strftime text, digits of the second behind it, and an end.
        case pattern(digits: Int, end: [UInt8])
        /// RFC 3339 with as many digits as the time needs.
        case shortest
    }

    private let form: Form
    private var pattern: TimePattern

    /// Reads a format by its name, or a strftime text.
    init(_ name: String) {
        let clock = TimePattern("%Y-%m-%dT%H:%M:%S")
        let end = Array("Z".utf8)
        switch name {
        case "epoch", "unix": self.init(.integer(1_000_000_000), clock)
        case "epoch_ms", "unix_ms": self.init(.integer(1_000_000), clock)
        case "epoch_us", "unix_us": self.init(.integer(1000), clock)
        case "epoch_ns", "unix_ns": self.init(.integer(1), clock)
        case "double", "unix_float": self.init(.decimal(digits: 6), clock)
        case "iso8601": self.init(.pattern(digits: 6, end: end), clock)
        case "rfc3339": self.init(.shortest, clock)
        case "java_sql_timestamp":
            self.init(.pattern(digits: 6, end: []), TimePattern("%Y-%m-%d %H:%M:%S"))
        default: self.init(.pattern(digits: 0, end: []), TimePattern(name))
        }
    }

    /// Writes a strftime text with digits of the second and an end.
    init(strftime text: String, digits: Int, end: String) {
        self.init(.pattern(digits: digits, end: Array(end.utf8)), TimePattern(text))
    }

    private init(_ form: Form, _ pattern: TimePattern) {
        self.form = form
        self.pattern = pattern
    }

    /// Whether JSON needs quotes around it.
    var isText: Bool {
        switch form {
        case .integer, .decimal: false
        case .pattern, .shortest: true
        }
    }

    /// Appends a time.
    mutating func append(_ time: Timestamp, to output: inout [UInt8]) {
        switch form {
        case .integer(let divisor): output.append(decimal: Self.floor(time.nanoseconds, divisor))
        case .decimal(let digits):
            // Before 1970 whole seconds and their parts count in one direction.
            if time.nanoseconds < 0 { output.append(0x2D) }
            let amount = time.nanoseconds == .min ? .max : abs(time.nanoseconds)
            let distance = Timestamp(nanoseconds: amount)
            output.append(decimal: distance.seconds)
            output.append(0x2E)
            Self.append(fraction: distance, digits: digits, to: &output)
        case .pattern(let digits, let end):
            pattern.append(time, to: &output)
            if digits > 0 {
                output.append(0x2E)
                Self.append(fraction: time, digits: digits, to: &output)
            }
            output.append(contentsOf: end)
        case .shortest:
            pattern.append(time, to: &output)
            let rest = Self.fraction(time)
            if rest != 0 {
                output.append(0x2E)
                let digits = rest % 1_000_000 == 0 ? 3 : rest % 1000 == 0 ? 6 : 9
                Self.append(fraction: time, digits: digits, to: &output)
            }
            output.append(UInt8(ascii: "Z"))
        }
    }

    /// Appends a time as JSON.
    mutating func append(json time: Timestamp, to output: inout [UInt8]) {
        guard isText else { return append(time, to: &output) }
        output.append(0x22)
        append(time, to: &output)
        output.append(0x22)
    }

    /// A time as a value.
    mutating func value(_ time: Timestamp) -> Value {
        if case .integer(let divisor) = form {
            return .integer(Self.floor(time.nanoseconds, divisor))
        }
        if case .decimal = form { return .float(Double(time.nanoseconds) / 1e9) }
        var text: [UInt8] = []
        append(time, to: &text)
        return .bytes(Bytes(text))
    }

    private static func floor(_ number: Int64, _ divisor: Int64) -> Int64 {
        let (quotient, rest) = number.quotientAndRemainder(dividingBy: divisor)
        return rest < 0 ? quotient - 1 : quotient
    }

    static func fraction(_ time: Timestamp) -> Int {
        Int(time.nanoseconds &- time.seconds &* 1_000_000_000)
    }

    static func append(fraction time: Timestamp, digits: Int, to output: inout [UInt8]) {
        var divisor = 1
        for _ in min(digits, 9)..<9 { divisor *= 10 }
        output.append(fraction(time) / divisor, digits: min(digits, 9))
    }
}
