/// A parsed command line: which command, with which values.
public struct Invocation: Sendable {
    /// The names of the command and its parents, without the program's own.
    public var path: [String]
    /// The positional arguments.
    public var arguments: [String]
    /// What stood behind `--`, if anything did.
    public var rest: [String]?
    var values: [String: [String]] = [:]

    /// Whether a flag is set.
    public func flag(_ name: String) -> Bool {
        values[name]?.last == "true"
    }

    /// Whether a flag is set, nil if the command line does not mention it.
    public func flagIfGiven(_ name: String) -> Bool? {
        values[name]?.last.map { $0 == "true" }
    }

    /// The last value of an option.
    public func text(_ name: String) -> String? {
        values[name]?.last
    }

    /// Every value of a repeatable option, in order.
    public func texts(_ name: String) -> [String] {
        values[name] ?? []
    }

    /// The value of a number option; the parser has checked it.
    public func number(_ name: String) -> Int? {
        values[name]?.last.flatMap { Int($0) }
    }

    /// The value of a duration option; the parser has checked it.
    public func duration(_ name: String) -> Duration? {
        values[name]?.last.flatMap { DurationText.parse($0) }
    }
}

/// Durations as people type them: `1h30m`, `90s`, `250ms`, or plain seconds.
public enum DurationText {
    private static let units: [(suffix: String, nanoseconds: Double)] = [
        ("ms", 1e6), ("us", 1e3), ("ns", 1), ("h", 3.6e12), ("m", 6e10), ("s", 1e9),
    ]

    /// Reads a duration; nil if the text is none or negative.
    public static func parse(_ text: String) -> Duration? {
        var rest = Substring(text)
        guard !rest.isEmpty else { return nil }
        if let seconds = Double(text), seconds >= 0, seconds < 1e9 {
            return .nanoseconds(Int64(seconds * 1e9))
        }
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            guard let number = Double(digits),
                let unit = units.first(where: { rest.hasPrefix($0.suffix) })
            else { return nil }
            total += number * unit.nanoseconds
            rest = rest.dropFirst(unit.suffix.count)
        }
        guard total < 9e18 else { return nil }
        return .nanoseconds(Int64(total))
    }
}
