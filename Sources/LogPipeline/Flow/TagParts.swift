/// Fluentd's patterns: parts between dots, `*` for one part, `**` for any number, `{a,b}` for one of several, and
/// several patterns with spaces between.
///
/// Source: fluentd `lib/fluent/match.rb` (GlobMatchPattern, OrMatchPattern).
struct TagParts: Sendable {
    private enum Part: Sendable, Hashable {
        case text(String)
        case wild(prefix: String, suffix: String)
        case any
    }

    private let alternatives: [[Part]]

    init(_ text: String) {
        alternatives = text.split(whereSeparator: { $0 == " " || $0 == "\t" }).flatMap {
            Self.expand(String($0)).map(Self.parts)
        }
    }

    /// Whether a tag fits one of the patterns.
    func fits(_ tag: [UInt8]) -> Bool {
        let parts = String(decoding: tag, as: UTF8.self).split(
            separator: ".",
            omittingEmptySubsequences: false
        ).map(String.init)
        return alternatives.contains { Self.fits(parts[...], $0[...]) }
    }

    private static func fits(_ tag: ArraySlice<String>, _ pattern: ArraySlice<Part>) -> Bool {
        guard let first = pattern.first else { return tag.isEmpty }
        let rest = pattern.dropFirst()
        switch first {
        case .any:
            // `a.**` fits `a` as well; `**` alone fits everything.
            if rest.isEmpty { return true }
            return (tag.startIndex...tag.endIndex).contains { fits(tag[$0...], rest) }
        case .text(let text):
            return tag.first == text && fits(tag.dropFirst(), rest)
        case .wild(let prefix, let suffix):
            guard let part = tag.first, part.utf8.count >= prefix.utf8.count + suffix.utf8.count,
                part.hasPrefix(prefix), part.hasSuffix(suffix)
            else { return false }
            return fits(tag.dropFirst(), rest)
        }
    }

    private static func parts(_ text: String) -> [Part] {
        text.split(separator: ".", omittingEmptySubsequences: false).map { part in
            if part == "**" { return .any }
            guard let star = part.firstIndex(of: "*") else { return .text(String(part)) }
            return .wild(
                prefix: String(part[..<star]),
                suffix: String(part[part.index(after: star)...])
            )
        }
    }

    /// `a.{b,c}` becomes `a.b` and `a.c`; at most 1,000 of them.
    private static func expand(_ text: String) -> [String] {
        guard let open = text.firstIndex(of: "{"), let close = text[open...].firstIndex(of: "}")
        else { return [text] }
        let head = text[..<open]
        let choices = text[text.index(after: open)..<close].split(
            separator: ",",
            omittingEmptySubsequences: false
        )
        let tails = expand(String(text[text.index(after: close)...]))
        return Array(
            choices.flatMap { choice in tails.map { head + choice + $0 } }.prefix(1000)
        )
    }
}
