import Basics
import Formats
import Records

@testable import VRL

/// Runs scripts with a few functions of the tests' own, so that the language is tested without the
/// library.
enum ScriptKit {
    static let library: [String: Function] = Dictionary(
        uniqueKeysWithValues: [
            upcase, downcase, toInteger, checked("int", .integer), checked("string", .bytes),
            checked("float", .float), checked("bool", .boolean), checked("object", .object),
            checked("array", .array), parseInteger, length, now, forEach, mapValues, filter, push,
            merge, fail,
        ].map { ($0.name, $0) }
    )

    static let surroundings = Surroundings(
        now: { Timestamp(nanoseconds: 1_700_000_000_000_000_000) },
        environment: { _ in nil },
        hostname: { "host" },
        random: { [UInt8](repeating: 7, count: $0) },
        zone: "UTC",
        log: { _, _ in }
    )

    /// What a script yields, as VRL shows it, or its error.
    static func result(_ source: String, _ event: Value = .object([:])) -> String {
        let program: Program
        do {
            program = try Program(compiling: source, library: library)
        } catch {
            return error.description
        }
        var event = event
        var metadata = Value.object([:])
        do {
            return try program.run(&event, metadata: &metadata, surroundings).vrl
        } catch {
            return "\(error)"
        }
    }

    /// The event after a script.
    static func event(after source: String, _ event: Value = .object([:])) throws -> String {
        let program = try Program(compiling: source, library: library)
        var event = event
        var metadata = Value.object([:])
        _ = try program.run(&event, metadata: &metadata, surroundings)
        return event.vrl
    }

    /// The numbers of the mistakes in a script.
    static func codes(_ source: String) -> [Int] {
        do {
            _ = try Program(compiling: source, library: library)
            return []
        } catch {
            return error.diagnostics.map(\.code)
        }
    }

    /// The numbers of the warnings about a script that compiles.
    static func warnings(_ source: String) throws -> [Int] {
        try Program(compiling: source, library: library).warnings.map(\.code)
    }

    // MARK: Functions

    private static func plain(
        _ name: String,
        _ parameters: [Parameter],
        _ type: TypeInfo,
        isFallible: Bool = false,
        _ body: @escaping @Sendable ([Value?]) throws(FunctionError) -> Value
    ) -> Function {
        Function(
            name,
            parameters,
            outcome: { _ in Function.Outcome(type, isFallible: isFallible) },
            body: .plain { (arguments, _) throws(FunctionError) in try body(arguments.values) }
        )
    }

    static let upcase = plain("upcase", [Parameter("value", .bytes)], TypeInfo(.bytes)) {
        guard case .bytes(let text)? = $0[0] else { return .null }
        return .text(text.text.uppercased())
    }

    static let downcase = plain("downcase", [Parameter("value", .bytes)], TypeInfo(.bytes)) {
        guard case .bytes(let text)? = $0[0] else { return .null }
        return .text(text.text.lowercased())
    }

    static let toInteger = plain(
        "to_int",
        [Parameter("value", .any)],
        TypeInfo(.integer),
        isFallible: true
    ) { (values) throws(FunctionError) in
        switch values[0] {
        case .integer(let number)?: return .integer(number)
        case .bytes(let text)?:
            guard let number = Int64(text.text) else {
                throw FunctionError("Invalid integer \"\(text.text)\": invalid digit")
            }
            return .integer(number)
        default: throw FunctionError("unable to coerce into integer")
        }
    }

    static func checked(_ name: String, _ kinds: Kinds) -> Function {
        Function(
            name,
            [Parameter("value", .any)],
            outcome: { known in
                Function.Outcome(TypeInfo(kinds), isFallible: known.types[0]?.kinds != kinds)
            },
            body: .plain { (arguments, _) throws(FunctionError) in
                guard let value = arguments[0], kinds.contains(value) else {
                    let got = arguments[0]?.kind.text ?? "nothing"
                    throw FunctionError("expected \(kinds.text), got \(got)")
                }
                return value
            }
        )
    }

    static let parseInteger = Function(
        "parse_int",
        [Parameter("value", .bytes), Parameter("base", .integer, isRequired: false)],
        outcome: { _ in Function.Outcome(TypeInfo(.integer), isFallible: true) },
        check: { (known) throws(FunctionError) in
            if case .integer(let base)? = known.constants[1], !(2...36).contains(base) {
                throw FunctionError("invalid base \(base): must be be between 2 and 36")
            }
        },
        body: .plain { (arguments, _) throws(FunctionError) in
            guard case .bytes(let text)? = arguments[0] else { return .null }
            var radix = 10
            if case .integer(let base)? = arguments[1] { radix = Int(base) }
            guard let number = Int64(text.text, radix: radix) else {
                throw FunctionError("could not parse integer: invalid digit found in string")
            }
            return .integer(number)
        }
    )

    static let length = plain(
        "length",
        [Parameter("value", [.array, .object, .bytes])],
        TypeInfo(.integer)
    ) {
        switch $0[0] {
        case .array(let items)?: .integer(Int64(items.count))
        case .object(let fields)?: .integer(Int64(fields.count))
        case .bytes(let text)?: .integer(Int64(text.count))
        default: .null
        }
    }

    static let push = plain(
        "push",
        [Parameter("value", .array), Parameter("item", .any)],
        .array(of: .any)
    ) {
        guard case .array(var items)? = $0[0], let item = $0[1] else { return .null }
        items.append(item)
        return .array(items)
    }

    static let merge = plain(
        "merge",
        [Parameter("to", .object), Parameter("from", .object)],
        .anyObject
    ) {
        guard case .object(var to)? = $0[0], case .object(let from)? = $0[1] else { return .null }
        for entry in from { to[entry.key] = entry.value }
        return .object(to)
    }

    static let fail = plain(
        "fail",
        [Parameter("message", .bytes)],
        TypeInfo(.bytes),
        isFallible: true
    ) { (values) throws(FunctionError) in
        guard case .bytes(let text)? = values[0] else { return .null }
        throw FunctionError(text.text)
    }

    static let now = Function(
        "now",
        [],
        outcome: { _ in Function.Outcome(TypeInfo(.timestamp)) },
        body: .plain { (_, world) throws(FunctionError) in .timestamp(world.now()) }
    )

    static let forEach = Function(
        "for_each",
        [Parameter("value", [.object, .array])],
        outcome: { _ in Function.Outcome(TypeInfo(.null)) },
        body: .iterating(parameters: 2, yields: .any) {
            (arguments, body, _) throws(ClosureError) in
            switch arguments[0] {
            case .array(let items)?:
                for (index, item) in items.enumerated() {
                    _ = try body.run([.integer(Int64(index)), item])
                }
            case .object(let fields)?:
                for entry in fields.sorted { _ = try body.run([.text(entry.key), entry.value]) }
            default: break
            }
            return .null
        }
    )

    static let mapValues = Function(
        "map_values",
        [Parameter("value", [.object, .array])],
        outcome: { known in Function.Outcome(TypeInfo(known.types[0]?.kinds ?? .any)) },
        body: .iterating(parameters: 1, yields: .any) {
            (arguments, body, _) throws(ClosureError) in
            switch arguments[0] {
            case .array(let items)?:
                var result: [Value] = []
                for item in items { result.append(try body.run([item])) }
                return .array(result)
            case .object(let fields)?:
                var result = Fields()
                for entry in fields { result[entry.key] = try body.run([entry.value]) }
                return .object(result)
            default: return .null
            }
        }
    )

    static let filter = Function(
        "filter",
        [Parameter("value", [.object, .array])],
        outcome: { known in Function.Outcome(TypeInfo(known.types[0]?.kinds ?? .any)) },
        body: .iterating(parameters: 2, yields: .boolean) {
            (arguments, body, _) throws(ClosureError) in
            guard case .array(let items)? = arguments[0] else { return .null }
            var result: [Value] = []
            for (index, item) in items.enumerated()
            where try body.run([.integer(Int64(index)), item]) == .boolean(true) {
                result.append(item)
            }
            return .array(result)
        }
    )
}
