import Basics

/// The states of a rule, ready for lines.
struct MultilineStates {
    private let patterns: [NamedPattern]
    /// By rule: those that may fit the next line.
    private let followers: [[Int]]
    private let starts: [Int]
    /// By rule: whether the line that fits it ends the record.
    private let isEnd: [Bool]

    /// Compiles rules.
    ///
    /// - Throws: `invalid` if an expression is not understood, or no rule begins a record.
    init(_ rules: [MultilineRule.State]) throws(Failure) {
        var patterns: [NamedPattern] = []
        for rule in rules { patterns.append(try NamedPattern(onigmo: rule.pattern)) }
        self.patterns = patterns
        starts = rules.indices.filter { rules[$0].from.contains("start_state") }
        guard !starts.isEmpty else {
            throw Failure(
                .invalid,
                "no rule of the multiline parser begins a record",
                remedy: "let one have the state start_state"
            )
        }
        followers = rules.map { rule in
            rules.indices.filter { rules[$0].from.contains(rule.next) }
        }
        let starts = Set(starts)
        isEnd = followers.map { !starts.isDisjoint(with: $0) }
    }

    /// The rule that a line fits which goes on after another rule's line.
    func follower(of rule: Int, _ line: Span<UInt8>) -> Int? {
        for index in followers[rule] where patterns[index].isFound(in: line) { return index }
        return nil
    }

    /// The rule that a line fits which begins a record.
    func start(_ line: Span<UInt8>) -> Int? {
        for index in starts where patterns[index].isFound(in: line) { return index }
        return nil
    }

    /// Whether a record ends with the line that fits a rule.
    func ends(_ rule: Int) -> Bool { isEnd[rule] }
}
