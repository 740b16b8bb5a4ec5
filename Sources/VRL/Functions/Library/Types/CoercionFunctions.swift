import Basics
import Records

/// `to_string(.a)` and its like: a value as another kind.
enum CoercionFunctions {
    static let all: [Function] = [toBool, toFloat, toInt, toRegex, toString, tagTypes]

    /// A function that fails for some kinds only.
    private static func coercing(
        _ name: String,
        _ kind: Kinds,
        failingFor kinds: Kinds,
        _ run: @escaping @Sendable (Value) throws(FunctionError) -> Value
    ) -> Function {
        Function(
            name,
            [Parameter("value", .any)],
            outcome: { known in
                .init(TypeInfo(kind), isFallible: !known.kinds(0).isDisjoint(with: kinds))
            }
        ) { arguments, _ throws(FunctionError) in
            try run(arguments.value(0))
        }
    }

    private static func refusal(_ value: Value, _ kind: Kinds) -> FunctionError {
        FunctionError("unable to coerce \(value.kind.text) into \(kind.text)")
    }

    private static let toBool = coercing(
        "to_bool",
        .boolean,
        failingFor: [.bytes, .timestamp, .array, .object, .regex]
    ) { value throws(FunctionError) in
        switch value {
        case .boolean: return value
        case .integer(let number): return .boolean(number != 0)
        case .float(let number): return .boolean(number != 0)
        case .null: return .boolean(false)
        case .bytes(let bytes):
            if bytes.array == Scalars.yes { return .boolean(true) }
            if bytes.array == Scalars.no { return .boolean(false) }
            return .boolean(try Scalars.boolean(bytes.text))
        default: throw refusal(value, .boolean)
        }
    }

    private static let toFloat = coercing(
        "to_float",
        .float,
        failingFor: [.bytes, .array, .object, .regex]
    ) { value throws(FunctionError) in
        switch value {
        case .float: return value
        case .integer(let number): return .float(Double(number))
        case .boolean(let truth): return .float(truth ? 1 : 0)
        case .null: return .float(0)
        case .timestamp(let stamp): return .float(Double(stamp.nanoseconds) / 1e9)
        case .bytes(let bytes):
            if let number = Scalars.shortDecimal(bytes.span) { return .float(number) }
            return .float(try Scalars.float(bytes.text))
        default: throw refusal(value, .float)
        }
    }

    private static let toInt = coercing(
        "to_int",
        .integer,
        failingFor: [.bytes, .array, .object, .regex]
    ) { value throws(FunctionError) in
        switch value {
        case .integer: return value
        case .float(let number): return .integer(Scalars.whole(number))
        case .boolean(let truth): return .integer(truth ? 1 : 0)
        case .null: return .integer(0)
        case .timestamp(let stamp): return .integer(stamp.seconds)
        case .bytes(let bytes):
            if let number = Scalars.shortInteger(bytes.span) { return .integer(number) }
            let text = bytes.text
            do throws(FunctionError) {
                return .integer(try Scalars.integer(text, base: 10))
            } catch {
                throw FunctionError("Invalid integer \(Scalars.quoted(text)): \(error.message)")
            }
        default: throw refusal(value, .integer)
        }
    }

    private static let toString = coercing(
        "to_string",
        .bytes,
        failingFor: [.array, .object, .regex]
    ) { value throws(FunctionError) in
        switch value {
        case .bytes: return value
        case .integer(let number): return .text(String(number))
        case .float(let number): return .text(Scalars.plain(number))
        case .boolean(let truth): return .text(truth ? "true" : "false")
        case .timestamp(let stamp): return .text(Scalars.text(of: stamp))
        case .null: return .text("")
        default: throw refusal(value, .bytes)
        }
    }

    private static let toRegex = Function(
        "to_regex",
        [Parameter("value", .bytes)],
        .regex,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        let text = try arguments.text(0)
        do throws(FunctionError) {
            if let mistake = RustSyntax.mistake(in: text) { throw FunctionError(mistake) }
            try Expressions.check(text)
        } catch {
            throw FunctionError("could not create regex: \(error.message)")
        }
        return .regex(text)
    }

    private static let tagTypes = Function(
        "tag_types_externally",
        [Parameter("value", .any)],
        outcome: { known in
            let kinds = known.kinds(0)
            var result: Kinds = []
            if !kinds.isDisjoint(with: .any.subtracting([.array, .null])) {
                result.insert(.object)
            }
            result.formUnion(kinds.intersection([.array, .null]))
            return .init(TypeInfo(result))
        }
    ) { arguments, _ throws(FunctionError) in
        try tagged(arguments.value(0))
    }

    private static func tagged(_ value: Value) -> Value {
        switch value {
        case .null: .null
        case .array(let items): .array(items.map(tagged))
        case .object(let fields): .object(Fields(fields.map { ($0.key, tagged($0.value)) }))
        default: .object([value.kind.text: value])
        }
    }
}
