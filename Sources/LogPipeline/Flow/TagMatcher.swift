internal import Basics
internal import Formats
internal import Reactor

/// Decides by a record's tag; what it found for a tag is kept.
@MainLoop final class TagMatcher {
    private enum Compiled {
        case wildcard([UInt8])
        case parts(TagParts)
        case expression(Pattern)
    }

    /// How many tags' answers are kept.
    private static let keptMaximum = 1000
    private let patterns: [Compiled]?
    private let excluded: [Compiled]
    private var answers: [ObjectIdentifier: (tag: Tag, fits: Bool)] = [:]
    private var last: (tag: Tag, fits: Bool)?

    /// Compiles patterns.
    ///
    /// - Throws: `invalid` if an expression is none.
    init(_ match: TagMatch) throws(Failure) {
        if let given = match.patterns {
            var compiled: [Compiled] = []
            for pattern in given { compiled.append(try Self.compile(pattern)) }
            patterns = compiled
        } else {
            patterns = nil
        }
        var compiled: [Compiled] = []
        for pattern in match.excluded { compiled.append(try Self.compile(pattern)) }
        excluded = compiled
    }

    /// Whether every record fits.
    var takesAll: Bool { patterns == nil && excluded.isEmpty }

    /// Whether records with a tag fit.
    func fits(_ tag: Tag) -> Bool {
        if takesAll { return true }
        if let last, last.tag === tag { return last.fits }
        if let kept = answers[ObjectIdentifier(tag)] {
            last = kept
            return kept.fits
        }
        let answer = (tag: tag, fits: decide(tag.text))
        if answers.count >= Self.keptMaximum { answers.removeAll() }
        // The tag is kept with its answer, so that its identity is not given to another.
        answers[ObjectIdentifier(tag)] = answer
        last = answer
        return answer.fits
    }

    /// Whether records with a tag of this text fit.
    func decide(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        if excluded.contains(where: { Self.fits($0, bytes) }) { return false }
        return patterns.map { $0.contains { Self.fits($0, bytes) } } ?? true
    }

    private static func compile(_ pattern: TagPattern) throws(Failure) -> Compiled {
        switch pattern {
        case .wildcard(let text): .wildcard(Array(text.utf8))
        case .parts(let text): .parts(TagParts(text))
        case .expression(let text): .expression(try Pattern(text))
        }
    }

    private static func fits(_ pattern: Compiled, _ tag: [UInt8]) -> Bool {
        switch pattern {
        case .wildcard(let wildcard): Wildcard.fits(tag.span, wildcard.span)
        case .parts(let parts): parts.fits(tag)
        case .expression(let expression): expression.isFound(in: tag.span)
        }
    }
}
