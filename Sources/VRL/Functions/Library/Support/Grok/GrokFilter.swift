import Records

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
    case rubyHash
    case queryString
    case date(GrokDate)
    case keyValue(GrokKeyValue)
    indirect case array(GrokArray, of: GrokFilter?)

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
        case "number", "numberExt": return [.number]
        case "integer", "integerExt": return [.integer]
        case "rubyhash": return [.rubyHash]
        case "querystring": return [.queryString]
        case "keyvalue": return [.keyValue(try GrokKeyValue(call))]
        case "array":
            var list = call
            var inner: GrokFilter?
            if let last = call.arguments.last, call.bare.contains(call.arguments.count - 1) {
                inner = try named(GrokCall(last)).first
                list.arguments.removeLast()
            }
            return [.array(try GrokArray(list), of: inner)]
        case "boolean": return [.boolean]
        case "lowercase": return [.lowercase]
        case "uppercase": return [.uppercase]
        case "json": return [.json]
        case "scale":
            if let argument = call.arguments.first, let factor = Scalars.decimal(argument) {
                return [.scale(factor)]
            }
            throw call.refusal
        case "nullIf":
            guard let argument = call.arguments.first else { throw call.refusal }
            return [.nullIf(argument)]
        default: throw FunctionError("unknown filter '\(call.name)'")
        }
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
        case (.rubyHash, .bytes(let bytes)):
            var reader = RubyHashReader(Array(bytes.text.utf8))
            return try? reader.document()
        case (.queryString, .bytes(let bytes)):
            return .object(WebFunctions.fields(ofQuery: bytes.array))
        case (.date(let date), .bytes(let bytes)): return date.value(of: bytes.text)
        case (.keyValue(let pairs), .bytes(let bytes)): return pairs.value(of: bytes.asUnicode)
        case (.array(let list, let filter), .bytes(let bytes)):
            guard let items = list.items(of: bytes.text) else { return nil }
            guard let filter else { return .array(items) }
            let changed = items.compactMap(filter.applied)
            return changed.count == items.count ? .array(changed) : nil
        default: return value
        }
    }

    private static func scaled(_ number: Double) -> Value {
        Int64(exactly: number).map { .integer($0) } ?? .number(number)
    }
}
