import Formats
import Records
import Synchronization

/// A grok expression, made into a regular expression.
struct GrokExpression: Sendable {
    /// A field that a group fills.
    struct Field: Sendable {
        /// Where it lies; nothing for the whole event, into which maps go.
        var path: [String]
        var filters: [GrokFilter]
    }

    /// The regular expression; its groups are `g0`, `g1` ...
    let regex: String
    let fields: [Field]
    /// Whether it is a rule of `parse_groks`, which works otherwise in some things.
    private let isRule: Bool

    /// How deep patterns name each other, and how long the expression becomes.
    private static let depthMaximum = 32
    private static let sizeMaximum = 256 << 10

    private static let store = Mutex<[String: GrokExpression]>([:])

    /// The expression of `parse_grok`, made once.
    static func simple(_ text: String) throws(FunctionError) -> GrokExpression {
        if let made = store.withLock({ $0[text] }) { return made }
        var maker = Maker(aliases: [:], takesRules: false)
        let regex = try maker.expanded(text, 0)
        let made = try GrokExpression(regex, maker.fields, text, isRule: false)
        store.withLock { if $0.count < 4096 { $0[text] = made } }
        return made
    }

    /// One rule of `parse_groks`: it fits a whole text.
    static func rule(
        _ text: String,
        aliases: [String: String]
    ) throws(FunctionError) -> GrokExpression {
        let key =
            text + "\u{0}" + aliases.sorted { $0.key < $1.key }.map { "\($0)\u{0}\($1)" }.joined()
        if let made = store.withLock({ $0[key] }) { return made }
        var maker = Maker(aliases: aliases, takesRules: true)
        let regex = "(?s)\\A(?:" + (try maker.expanded(text, 0)) + ")\\z"
        let made = try GrokExpression(regex, maker.fields, text, isRule: true)
        store.withLock { if $0.count < 4096 { $0[key] = made } }
        return made
    }

    private init(
        _ regex: String,
        _ fields: [Field],
        _ text: String,
        isRule: Bool
    ) throws(FunctionError) {
        self.regex = regex
        self.fields = fields
        self.isRule = isRule
        do throws(FunctionError) {
            try Expressions.check(regex)
        } catch {
            throw FunctionError("failed to parse grok expression '\(text)': \(error.message)")
        }
    }

    /// The fields of a text that fits; nil if it does not.
    func match(_ bytes: [UInt8]) -> Fields? {
        match(bytes, with: SharedExpression(text: regex))
    }

    /// The fields of a text that fits its regular expression.
    func match(_ bytes: [UInt8], with expression: any ExpressionMatching) -> Fields? {
        guard let (names, ranges) = expression.groups(in: bytes) else { return nil }
        var whole = Value.object([:])
        for name in names {
            guard let range = ranges[name.number], !isRule || !range.isEmpty else { continue }
            let text = Value.bytes(Bytes(Array(bytes[range])))
            guard let index = Int(name.name.dropFirst()), fields.indices.contains(index) else {
                // A group that the expression names by itself.
                if isRule { whole.set([.field(name.name)], text) }
                continue
            }
            var value: Value? = text
            for filter in fields[index].filters {
                value = value.flatMap(filter.applied)
                if isRule { value = value.flatMap(\.spreadKeys) }
            }
            if let value { put(value, at: fields[index].path.map { .field($0) }, in: &whole) }
        }
        guard case .object(let result) = isRule ? whole.withoutNothings : whole else { return nil }
        return result
    }

    private func put(_ value: Value, at path: [PathSegment], in whole: inout Value) {
        guard !path.isEmpty else {
            // Only a map has a place in the event itself.
            guard case .object(let inner) = value else { return }
            for entry in inner { whole.set([.field(entry.key)], entry.value) }
            return
        }
        switch whole.at(path[...]) {
        case nil: whole.set(path[...], value)
        case .array(let items)? where isRule: whole.set(path[...], .array(items + [value]))
        case let first? where isRule: whole.set(path[...], .array([first, value]))
        // Of several groups for one field the first that says something holds.
        default: break
        }
    }

    /// Expands patterns.
    private struct Maker {
        var aliases: [String: String]
        var takesRules: Bool
        var fields: [Field] = []
        private var size = 0

        init(aliases: [String: String], takesRules: Bool) {
            self.aliases = aliases
            self.takesRules = takesRules
        }

        mutating func expanded(_ text: String, _ depth: Int) throws(FunctionError) -> String {
            guard depth < depthMaximum else {
                throw FunctionError("Circular dependency detected in the alias '\(text)'")
            }
            size += text.utf8.count
            guard size < sizeMaximum else { throw FunctionError("the grok expression is too long") }
            var result = ""
            var rest = text[...]
            while let start = rest.range(of: "%{") {
                result += rest[..<start.lowerBound]
                guard let end = Self.end(of: rest[start.upperBound...]) else {
                    result += rest[start.lowerBound...]
                    rest = rest[rest.endIndex...]
                    break
                }
                result += try reference(rest[start.upperBound..<end], depth)
                rest = rest[rest.index(after: end)...]
            }
            return result + rest
        }

        /// The brace that ends a reference; those in quotes do not.
        private static func end(of text: Substring) -> Substring.Index? {
            var isQuoted = false
            var isEscaped = false
            for index in text.indices {
                let character = text[index]
                if isEscaped {
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if character == "\"" {
                    isQuoted.toggle()
                } else if character == "}", !isQuoted {
                    return index
                }
            }
            return nil
        }

        /// Splits at colons outside quotes and brackets.
        private static func parts(of text: Substring) -> [String] {
            var parts = [""]
            var depth = 0
            var isQuoted = false
            var isEscaped = false
            for character in text {
                if isEscaped {
                    isEscaped = false
                } else if character == "\\" {
                    isEscaped = true
                } else if character == "\"" {
                    isQuoted.toggle()
                } else if !isQuoted, character == "(" {
                    depth += 1
                } else if !isQuoted, character == ")" {
                    depth -= 1
                } else if !isQuoted, depth == 0, character == ":" {
                    parts.append("")
                    continue
                }
                parts[parts.count - 1].append(character)
            }
            return parts
        }

        private mutating func reference(
            _ text: Substring,
            _ depth: Int
        ) throws(FunctionError) -> String {
            let parts = Self.parts(of: text)
            let call = GrokCall(parts[0])
            var filters: [GrokFilter] = []
            var pattern: String
            if let alias = aliases[call.name] {
                pattern = alias
            } else if takesRules, call.name == "regex", let argument = call.arguments.first {
                pattern = argument
            } else if takesRules, call.name == "date" {
                let date = try GrokDate(call)
                pattern = date.regex
                filters.append(.date(date))
            } else if takesRules, let matcher = GrokPatterns.matchers[call.name] {
                pattern = matcher
                filters += GrokFilter.implied(by: call.name)
            } else if let known = GrokPatterns.table[call.name] {
                pattern = known
            } else {
                throw FunctionError(
                    "The given pattern definition name \"\(call.name)\" could not be found in the definition map"
                )
            }
            let hasField = parts.count > 1 && (!parts[1].isEmpty || takesRules && parts.count > 2)
            let place = fields.count
            if hasField {
                if takesRules, parts.count > 2 {
                    filters += try GrokFilter.named(GrokCall(parts[2]))
                }
                let path = takesRules ? parts[1].split(separator: ".").map(String.init) : [parts[1]]
                fields.append(Field(path: path, filters: filters))
            }
            pattern = try expanded(pattern, depth + 1)
            return hasField ? "(?<g\(place)>\(pattern))" : "(?:\(pattern))"
        }
    }
}
