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
        values[name]?.last.flatMap { CommandParser.duration($0) }
    }
}

extension Invocation {
    /// This command line with the options of another one where it has none itself.
    public func filled(from other: Invocation) -> Invocation {
        var result = self
        for (name, values) in other.values where result.values[name] == nil {
            result.values[name] = values
        }
        return result
    }
}
