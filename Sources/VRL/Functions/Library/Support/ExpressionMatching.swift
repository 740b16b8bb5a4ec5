import Formats
import Records

/// The groups of an expression that have names, and where they and all others stand.
typealias ExpressionGroups = (names: [PatternGroup], ranges: [Range<Int>?])

/// A regular expression that is looked for in texts.
protocol ExpressionMatching {
    /// The groups that have names, in the order of their numbers.
    var names: [PatternGroup] { get }
    /// Whether it is found in a text.
    func isFound(in bytes: [UInt8]) -> Bool
    /// What its groups with names hold at its first match; nil if there is none.
    func fields(of bytes: [UInt8]) -> Fields?
    /// The groups that have names, and where they and all others stand at the first match.
    func groups(in bytes: [UInt8]) -> ExpressionGroups?
    /// Where it and its groups stand at or after a place.
    func ranges(in bytes: [UInt8], from start: Int) -> [Range<Int>?]?
    /// Every match from left to right, none over another, at most `limit`.
    func matches(in bytes: [UInt8], limit: Int) -> [[Range<Int>?]]
}

/// An expression that one call of a script has for itself; used by the script's thread.
final class PreparedExpression: ExpressionMatching {
    let names: [PatternGroup]
    private let ascii: Pattern
    private let unicode: Pattern

    /// Compiles an expression; nil if it cannot be read.
    init?(_ text: String) {
        let syntax = RustSyntax.translated(text)
        guard let ascii = try? Pattern(syntax, mode: .ascii),
            let unicode = try? Pattern(syntax, mode: .unicode)
        else { return nil }
        self.ascii = ascii
        self.unicode = unicode
        names = unicode.names
    }

    private func pattern(for bytes: [UInt8]) -> Pattern { bytes.span.isASCII ? ascii : unicode }

    func isFound(in bytes: [UInt8]) -> Bool { pattern(for: bytes).isFound(in: bytes.span) }

    func fields(of bytes: [UInt8]) -> Fields? {
        let pattern = pattern(for: bytes)
        guard pattern.find(in: bytes.span) else { return nil }
        var fields = Fields(capacity: names.count)
        for name in names {
            let range = pattern.range(of: name.number)
            fields.append(name.name, range.map { .bytes(Bytes(Array(bytes[$0]))) } ?? .null)
        }
        return fields
    }

    func ranges(in bytes: [UInt8], from start: Int) -> [Range<Int>?]? {
        guard start <= bytes.count else { return nil }
        return pattern(for: bytes).ranges(in: bytes.span, from: start)
    }

    func groups(in bytes: [UInt8]) -> ExpressionGroups? {
        ranges(in: bytes, from: 0).map { (names, $0) }
    }

    func matches(in bytes: [UInt8], limit: Int) -> [[Range<Int>?]] {
        pattern(for: bytes).matches(in: bytes, limit: limit)
    }
}

/// An expression that is known only when a script runs; all scripts share the compiled ones.
struct SharedExpression: ExpressionMatching {
    /// The expression; nil if the pattern of the call is none.
    let text: String?

    var names: [PatternGroup] { text.map { Expressions.names(of: $0) } ?? [] }

    func isFound(in bytes: [UInt8]) -> Bool {
        text.map { Expressions.isFound($0, in: bytes) } ?? false
    }

    func fields(of bytes: [UInt8]) -> Fields? {
        guard let ranges = ranges(in: bytes, from: 0) else { return nil }
        return RegexFunctions.fields(names, ranges, bytes, numbered: false)
    }

    func ranges(in bytes: [UInt8], from start: Int) -> [Range<Int>?]? {
        text.flatMap { Expressions.ranges($0, in: bytes, from: start) }
    }

    func groups(in bytes: [UInt8]) -> ExpressionGroups? {
        text.flatMap { Expressions.match($0, in: bytes) }
    }

    func matches(in bytes: [UInt8], limit: Int) -> [[Range<Int>?]] {
        text.map { Expressions.matches($0, in: bytes, limit: limit) } ?? []
    }
}

extension Pattern {
    /// Every match from left to right, none over another, at most `limit`.
    func matches(in bytes: [UInt8], limit: Int) -> [[Range<Int>?]] {
        var matches: [[Range<Int>?]] = []
        var place = 0
        var end = -1
        while place <= bytes.count, matches.count < limit,
            let ranges = ranges(in: bytes.span, from: place), let whole = ranges[0]
        {
            // An empty match right after another is none.
            if !whole.isEmpty || whole.lowerBound != end { matches.append(ranges) }
            end = whole.upperBound
            place = whole.isEmpty ? Self.next(bytes, whole.upperBound) : whole.upperBound
        }
        return matches
    }

    /// The place of the character after the one at a place.
    private static func next(_ bytes: [UInt8], _ place: Int) -> Int {
        var place = place + 1
        while place < bytes.count, bytes[place] & 0xC0 == 0x80 { place += 1 }
        return place
    }
}

extension Function {
    /// A function with a regular expression among its arguments, which is compiled with the script if it
    /// is written there.
    init(
        _ name: String,
        _ parameters: [Parameter],
        outcome: @escaping @Sendable (KnownArguments) -> Outcome,
        matching place: Int,
        _ run:
            @escaping @Sendable (Arguments, any ExpressionMatching) throws(FunctionError) -> Value
    ) {
        self.init(
            name,
            parameters,
            outcome: outcome,
            prepare: { known in
                guard let own = known.regex(place).flatMap({ PreparedExpression($0) }) else {
                    return nil
                }
                return { arguments, _ throws(FunctionError) in try run(arguments, own) }
            },
            body: .plain { arguments, _ throws(FunctionError) in
                var text: String?
                if case .regex(let found)? = arguments[place] { text = found }
                return try run(arguments, SharedExpression(text: text))
            }
        )
    }

    /// A function that looks for one of its own regular expressions, which are compiled with the script if
    /// it is known there which they are.
    init(
        _ name: String,
        _ parameters: [Parameter],
        outcome: @escaping @Sendable (KnownArguments) -> Outcome,
        check: @escaping @Sendable (KnownArguments) throws(FunctionError) -> Void = { _ in },
        patterns: @escaping @Sendable (KnownArguments) -> [String]?,
        _ run:
            @escaping @Sendable (Arguments, Surroundings, [any ExpressionMatching]?)
            throws(FunctionError) -> Value
    ) {
        self.init(
            name,
            parameters,
            outcome: outcome,
            check: check,
            prepare: { known in
                guard let own = patterns(known)?.compactMap({ PreparedExpression($0) }) else {
                    return nil
                }
                return { arguments, surroundings throws(FunctionError) in
                    try run(arguments, surroundings, own)
                }
            },
            body: .plain { arguments, surroundings throws(FunctionError) in
                try run(arguments, surroundings, nil)
            }
        )
    }
}
