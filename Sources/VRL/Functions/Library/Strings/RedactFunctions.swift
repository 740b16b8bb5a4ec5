import Formats
import Records
import Security

/// `redact`: texts that must not leave.
enum RedactFunctions {
    static let all: [Function] = [redact]

    private static let socialSecurityNumber =
        "(?:00[1-9]|0[1-9][0-9]|[1-578][0-9]{2}|6[0-57-9][0-9]|66[0-57-9])-"
        + "(?:0[1-9]|[1-9]0|[1-9][1-9])-(?:000[1-9]|00[1-9]0|0[1-9]00|[1-9]000|[1-9]{4})"

    private enum Filter {
        case regex(String)
        case text([UInt8])
    }

    private enum Redactor {
        case text([UInt8])
        case digest(NamedDigest, isBase64: Bool)

        func replacement(for bytes: [UInt8]) -> [UInt8] {
            switch self {
            case .text(let text): return text
            case .digest(let digest, let isBase64):
                let hash = digest.digest(of: bytes)
                return Array((isBase64 ? Base64.encode(hash) : Digest.hexadecimal(hash)).utf8)
            }
        }
    }

    private static let redact = Function(
        "redact",
        [
            Parameter("value", [.bytes, .object, .array]),
            Parameter("filters", .array, isStatic: true),
            .optional("redactor", [.object, .bytes], isStatic: true),
        ],
        outcome: { known in
            let kinds = known.kinds(0).intersection([.bytes, .object, .array])
            return .init(
                kinds == known.kinds(0) ? known.type(0) : TypeInfo([.bytes, .object, .array])
            )
        },
        check: { known throws(FunctionError) in
            if let filters = known.constants[1] { _ = try Self.filters(filters) }
            if let redactor = known.constants[2] { _ = try Self.redactor(redactor) }
        }
    ) { arguments, _ throws(FunctionError) in
        let filters = try filters(arguments.value(1))
        let redactor = try arguments[2].map(redactor) ?? .text(Array("[REDACTED]".utf8))
        return redacted(try arguments.value(0), filters, redactor)
    }

    private static func redacted(
        _ value: Value,
        _ filters: [Filter],
        _ redactor: Redactor
    ) -> Value {
        switch value {
        case .bytes(let bytes):
            var text = bytes.asUnicode
            for filter in filters {
                let cuts: [Range<Int>]
                switch filter {
                case .regex(let regex):
                    cuts = Expressions.matches(regex, in: text).compactMap(\.[0])
                case .text(let part): cuts = Finder(part).all(in: text)
                }
                let before = text
                text = ReplaceFunctions.replaced(before, cuts) { index in
                    redactor.replacement(for: Array(before[cuts[index]]))
                }
            }
            return .bytes(Bytes(text))
        case .array(let items): return .array(items.map { redacted($0, filters, redactor) })
        case .object(let fields):
            return .object(Fields(fields.map { ($0.key, redacted($0.value, filters, redactor)) }))
        default: return value
        }
    }

    private static func filters(_ value: Value) throws(FunctionError) -> [Filter] {
        guard case .array(let items) = value else { throw .expected(.array, got: value) }
        var filters: [Filter] = []
        for item in items { filters += try filter(item) }
        return filters
    }

    private static func filter(_ value: Value) throws(FunctionError) -> [Filter] {
        switch value {
        case .regex(let regex): return [.regex(regex)]
        case .bytes(let bytes):
            switch bytes.text {
            case "us_social_security_number": return [.regex(socialSecurityNumber)]
            case "pattern": throw FunctionError("pattern cannot be used without arguments")
            default: throw FunctionError("unknown filter name")
            }
        case .object(let fields):
            guard let type = fields["type"] else {
                throw FunctionError("filters specified as objects must have type parameter")
            }
            guard let name = type.string else {
                throw FunctionError("type key in filters must be a string")
            }
            guard name == "pattern" else { return try filter(type) }
            guard let patterns = fields["patterns"] else {
                throw FunctionError("pattern filter must have `patterns` specified")
            }
            guard case .array(let items) = patterns else {
                throw FunctionError("`patterns` must be array of regular expression literals")
            }
            var filters: [Filter] = []
            for item in items {
                switch item {
                case .regex(let regex): filters.append(.regex(regex))
                case .bytes(let bytes): filters.append(.text(bytes.asUnicode))
                default: throw FunctionError("`patterns` must be regular expressions")
                }
            }
            return filters
        default:
            throw FunctionError(
                "unknown literal for filter, must be a regex, filter name, or object"
            )
        }
    }

    private static func redactor(_ value: Value) throws(FunctionError) -> Redactor {
        var fields: Fields = [:]
        var name = value.string
        if case .object(let found) = value {
            fields = found
            guard let type = found["type"] else {
                throw FunctionError("redactor specified as objects must have type parameter")
            }
            name = type.string
        }
        switch name {
        case "full": return .text(Array("[REDACTED]".utf8))
        case "text":
            guard let text = fields["replacement"]?.string else {
                throw FunctionError("text redactor must have `replacement` specified")
            }
            return .text(Array(text.utf8))
        case "sha2", "sha3":
            let usual: NamedDigest = name == "sha2" ? .sha512Short256 : .sha3Bits512
            let variant = fields["variant"]?.string ?? usual.rawValue
            let family = name == "sha2" ? "SHA-" : "SHA3-"
            guard variant.hasPrefix(family), let digest = NamedDigest(rawValue: variant) else {
                throw FunctionError("unknown variant: \(variant)")
            }
            let encoding = fields["encoding"]?.string ?? "base64"
            guard ["base16", "base64"].contains(encoding) else {
                throw FunctionError("unexpected encoding")
            }
            return .digest(digest, isBase64: encoding == "base64")
        default: throw FunctionError("unknown redactor")
        }
    }
}
