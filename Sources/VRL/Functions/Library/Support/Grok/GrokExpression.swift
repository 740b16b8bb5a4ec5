import Formats
import Records
import Synchronization

/// A grok expression, made into a regular expression.
struct GrokExpression: Sendable {
    /// A field that a group fills.
    struct Field: Sendable {
        var path: [String]
        var filters: [GrokFilter]
    }

    /// The regular expression; its groups are `g0`, `g1` ...
    let regex: String
    let fields: [Field]

    /// How deep patterns name each other, and how long the expression becomes.
    private static let depthMaximum = 32
    private static let sizeMaximum = 256 << 10

    private static let store = Mutex<[String: GrokExpression]>([:])

    /// The expression of `parse_grok`, made once.
    static func simple(_ text: String) throws(FunctionError) -> GrokExpression {
        if let made = store.withLock({ $0[text] }) { return made }
        var maker = Maker(aliases: [:], takesRules: false)
        let regex = try maker.expanded(text, 0)
        let made = try GrokExpression(regex, maker.fields, text)
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
        let regex = "\\A(?:" + (try maker.expanded(text, 0)) + ")\\z"
        let made = try GrokExpression(regex, maker.fields, text)
        store.withLock { if $0.count < 4096 { $0[key] = made } }
        return made
    }

    private init(_ regex: String, _ fields: [Field], _ text: String) throws(FunctionError) {
        self.regex = regex
        self.fields = fields
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
        var result: Fields = [:]
        for name in names {
            guard let index = Int(name.name.dropFirst()), fields.indices.contains(index),
                let range = ranges[name.number]
            else { continue }
            var value: Value? = .bytes(Bytes(Array(bytes[range])))
            for filter in fields[index].filters { value = value.flatMap(filter.applied) }
            guard let value else { continue }
            var whole = Value.object(result)
            let path = fields[index].path.map { PathSegment.field($0) }
            // Of several groups for one field the first that says something holds.
            if whole.at(path[...]) == nil { whole.set(path[...], value) }
            if case .object(let next) = whole { result = next }
        }
        return result
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
            let hasField = parts.count > 1 && !parts[1].isEmpty
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

/// `name("argument", 3)`.
struct GrokCall {
    var name: String
    var arguments: [String] = []

    init(_ text: String) {
        guard let open = text.firstIndex(of: "("), text.hasSuffix(")") else {
            name = text
            return
        }
        name = String(text[..<open])
        var argument = ""
        var isQuoted = false
        var isEscaped = false
        for character in text[text.index(after: open)...].dropLast() {
            if isEscaped {
                // Only quotes and backslashes lose the mark before them.
                argument += character == "\"" || character == "\\" ? "" : "\\"
                argument.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                isQuoted.toggle()
            } else if character == ",", !isQuoted {
                arguments.append(argument)
                argument = ""
            } else if isQuoted || character != " " {
                argument.append(character)
            }
        }
        arguments.append(argument)
    }
}

/// What is done with a field's text.
enum GrokFilter: Sendable {
    case number
    case integer
    case boolean
    case lowercase
    case uppercase
    case unquoted
    case json
    case scale(Double)
    case nullIf(String)

    /// What a matcher says of its text.
    static func implied(by matcher: String) -> [GrokFilter] {
        switch matcher {
        case "number", "numberExt": [.number]
        case "integer", "integerExt": [.integer]
        case "boolean": [.boolean]
        case "doubleQuotedString", "singleQuotedString", "quotedString": [.unquoted]
        default: []
        }
    }

    static func named(_ call: GrokCall) throws(FunctionError) -> [GrokFilter] {
        switch call.name {
        case "number": return [.number]
        case "integer": return [.integer]
        case "boolean": return [.boolean]
        case "lowercase": return [.lowercase]
        case "uppercase": return [.uppercase]
        case "json": return [.json]
        case "scale":
            if let argument = call.arguments.first, let factor = Scalars.decimal(argument) {
                return [.scale(factor)]
            }
        case "nullIf": if let argument = call.arguments.first { return [.nullIf(argument)] }
        default: break
        }
        throw FunctionError("unknown filter '\(call.name)'")
    }

    /// The value after the filter; nil if it is none of what the filter takes.
    func applied(_ value: Value) -> Value? {
        switch (self, value) {
        case (.number, .bytes(let bytes)):
            guard let number = Scalars.decimal(bytes.text), number.isFinite else { return nil }
            return Int64(exactly: number).map { .integer($0) } ?? .float(number)
        case (.integer, .bytes(let bytes)):
            guard let number = Scalars.decimal(bytes.text) else { return nil }
            return .integer(Scalars.whole(number))
        case (.boolean, .bytes(let bytes)): return .boolean(bytes.text.lowercased() == "true")
        case (.lowercase, .bytes(let bytes)): return .text(bytes.text.lowercased())
        case (.uppercase, .bytes(let bytes)): return .text(bytes.text.uppercased())
        case (.unquoted, .bytes(let bytes)): return .text(String(bytes.text.dropFirst().dropLast()))
        case (.json, .bytes(let bytes)): return try? JSONReader.value(bytes.span, repair: .replace)
        case (.scale(let factor), .integer(let number)): return Self.scaled(Double(number) * factor)
        case (.scale(let factor), .float(let number)): return Self.scaled(number * factor)
        case (.scale(let factor), .bytes(let bytes)):
            return Scalars.decimal(bytes.text).map { Self.scaled($0 * factor) }
        case (.nullIf(let text), .bytes(let bytes)): return bytes.text == text ? .null : value
        default: return value
        }
    }

    private static func scaled(_ number: Double) -> Value {
        Int64(exactly: number).map { .integer($0) } ?? .number(number)
    }
}
