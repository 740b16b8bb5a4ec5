internal import Basics
internal import Formats
internal import Reactor
internal import Records

/// Sends records back to the beginning under another tag, as Fluent Bit's `rewrite_tag` does.
///
/// Source: fluent-bit `plugins/filter_rewrite_tag/rewrite_tag.c`. The first rule that fits counts; only
/// texts fit.
@MainLoop final class RewriteTagStage: Stage {
    private struct Rule {
        var path: RecordPath
        var pattern: Pattern
        var template: TagTemplate
        var keeps: Bool
    }

    private let rules: [Rule]
    private let tags: TagTable

    /// Compiles rules.
    ///
    /// - Throws: `invalid` if an expression is none.
    init(_ settings: RewriteTagTransform, tags: TagTable) throws(Failure) {
        var rules: [Rule] = []
        for rule in settings.rules {
            rules.append(
                Rule(
                    path: RecordPath(accessor: rule.key),
                    pattern: try Pattern(rule.pattern),
                    template: TagTemplate(rule.tag),
                    keeps: rule.keeps
                )
            )
        }
        self.rules = rules
        self.tags = tags
    }

    func process(_ events: [Event], at moment: Moment, into outlet: Outlet) {
        for event in events {
            var event = event
            let fields = event.fields
            guard let (tag, keeps) = decide(fields, event.tag), tag != event.tag.text else {
                outlet.pass(event)
                continue
            }
            if keeps { outlet.pass(outlet.copy(event)) }
            event.tag = tags.tag(tag)
            outlet.pass(event, by: "emitted")
        }
    }

    private func decide(_ fields: Fields, _ tag: Tag) -> (String, Bool)? {
        for rule in rules {
            guard case .bytes(let bytes)? = rule.path.value(in: fields),
                let ranges = rule.pattern.ranges(in: bytes.span)
            else { continue }
            let groups = ranges.map { range in
                range.map { String(decoding: bytes.array[$0], as: UTF8.self) } ?? ""
            }
            return (rule.template.text(fields, tag: tag.text, groups: groups), rule.keeps)
        }
        return nil
    }
}

/// The template of a tag: `$TAG`, `$TAG[n]`, `$0` to `$9`, record accessors, and dots and texts between.
struct TagTemplate: Sendable {
    private enum Piece: Sendable {
        case literal(String)
        case tag
        case tagPart(Int)
        case group(Int)
        case field(RecordPath)
    }

    private let pieces: [Piece]

    init(_ text: String) {
        var pieces: [Piece] = []
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            if dollar > rest.startIndex { pieces.append(.literal(String(rest[..<dollar]))) }
            rest = rest[dollar...]
            let (piece, count) = Self.piece(rest)
            pieces.append(piece)
            rest = rest.dropFirst(count)
        }
        if !rest.isEmpty { pieces.append(.literal(String(rest))) }
        self.pieces = pieces
    }

    /// The tag of a record.
    func text(_ fields: Fields, tag: String, groups: [String]) -> String {
        var text = ""
        for piece in pieces {
            switch piece {
            case .literal(let literal): text += literal
            case .tag: text += tag
            case .tagPart(let number):
                let parts = tag.split(separator: ".", omittingEmptySubsequences: false)
                if parts.indices.contains(number) { text += parts[number] }
            case .group(let number): if groups.indices.contains(number) { text += groups[number] }
            case .field(let path):
                guard let value = path.value(in: fields) else { continue }
                var bytes: [UInt8] = []
                ValueText.append(value, to: &bytes)
                text += String(decoding: bytes, as: UTF8.self)
            }
        }
        return text
    }

    private static func piece(_ text: Substring) -> (Piece, Int) {
        let rest = text.dropFirst()
        if let digit = rest.first?.wholeNumberValue, rest.first?.isASCII == true {
            return (.group(digit), 2)
        }
        if rest.hasPrefix("TAG[") {
            let inner = rest.dropFirst(4)
            if let close = inner.firstIndex(of: "]"), let number = Int(inner[..<close]) {
                return (.tagPart(number), 6 + inner[..<close].count)
            }
        }
        if rest.hasPrefix("TAG") { return (.tag, 4) }
        // A name, then steps in brackets; a dot ends it, for tags have dots.
        var count = 1
        var isInBrackets = false
        for character in rest {
            if isInBrackets {
                if character == "]" { isInBrackets = false }
            } else if character == "[" {
                isInBrackets = true
            } else if !(character.isLetter || character.isNumber || character == "_"
                || character == "-")
            {
                break
            }
            count += 1
        }
        guard count > 1 else { return (.literal("$"), 1) }
        return (.field(RecordPath(accessor: String(text.prefix(count)))), count)
    }
}
