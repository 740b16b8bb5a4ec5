import Records

/// The functions with closures; they go through maps in the order of names.
enum IterationFunctions {
    static let all: [Function] = [forEach, mapKeys, mapValues, filter, fold]

    private static let collection: Kinds = [.object, .array]

    private static func read<T>(
        _ body: () throws(FunctionError) -> T
    ) throws(ClosureError) -> T {
        do throws(FunctionError) { return try body() } catch { throw .function(error) }
    }

    private static let forEach = Function(
        "for_each",
        [Parameter("value", collection)],
        outcome: { _ in .init(TypeInfo(.null)) },
        body: .iterating(parameters: 2, yields: .any) {
            arguments,
            closure,
            _ throws(ClosureError) in
            let value = try read { () throws(FunctionError) in try arguments.value(0) }
            for (key, item) in try entries(of: value) { _ = try closure.run([key, item]) }
            return .null
        }
    )

    /// The keys or places, and what is there.
    private static func entries(of value: Value) throws(ClosureError) -> [(Value, Value)] {
        switch value {
        case .object(let fields): return fields.sorted.map { (.text($0.key), $0.value) }
        case .array(let items): return items.enumerated().map { (.whole($0.offset), $0.element) }
        default: throw .function(.expected(collection, got: value))
        }
    }

    private static let mapKeys = Function(
        "map_keys",
        [Parameter("value", .object), .optional("recursive", .boolean)],
        outcome: { _ in .init(TypeInfo(.object)) },
        body: .iterating(parameters: 1, yields: .bytes) {
            arguments,
            closure,
            _ throws(ClosureError) in
            let value = try read { () throws(FunctionError) in
                Value.object(try arguments.object(0))
            }
            let recursive = try read { () throws(FunctionError) in
                try arguments.boolean(1, or: false)
            }
            return try mapped(value, keysBy: closure, recursive)
        }
    )

    private static func mapped(
        _ value: Value,
        keysBy closure: any ClosureBody,
        _ recursive: Bool
    ) throws(ClosureError) -> Value {
        switch value {
        case .object(let fields):
            var result = Fields(capacity: fields.count)
            for entry in fields.sorted {
                let key = try closure.run([.text(entry.key)])
                guard let name = key.string else {
                    throw .function(.expected(.bytes, got: key))
                }
                result[name] =
                    recursive ? try mapped(entry.value, keysBy: closure, true) : entry.value
            }
            return .object(result)
        case .array(let items) where recursive:
            var result: [Value] = []
            for item in items { result.append(try mapped(item, keysBy: closure, true)) }
            return .array(result)
        default: return value
        }
    }

    private static let mapValues = Function(
        "map_values",
        [Parameter("value", collection), .optional("recursive", .boolean)],
        outcome: { known in
            let kinds = known.kinds(0).intersection(collection)
            return .init(TypeInfo(kinds.isEmpty ? collection : kinds))
        },
        body: .iterating(parameters: 1, yields: .any) {
            arguments,
            closure,
            _ throws(ClosureError) in
            let value = try read { () throws(FunctionError) in try arguments.value(0) }
            let recursive = try read { () throws(FunctionError) in
                try arguments.boolean(1, or: false)
            }
            return try mapped(value, valuesBy: closure, recursive)
        }
    )

    /// The closure sees a map or list first, and then what is in the one that it made of it.
    private static func mapped(
        _ value: Value,
        valuesBy closure: any ClosureBody,
        _ recursive: Bool
    ) throws(ClosureError) -> Value {
        func one(_ item: Value) throws(ClosureError) -> Value {
            let result = try closure.run([item])
            let wasContainer = !item.kind.isDisjoint(with: collection)
            return recursive && wasContainer ? try mapped(result, valuesBy: closure, true) : result
        }
        switch value {
        case .object(let fields):
            var result = Fields(capacity: fields.count)
            for entry in fields.sorted { result.append(entry.key, try one(entry.value)) }
            return .object(result)
        case .array(let items):
            var result: [Value] = []
            result.reserveCapacity(items.count)
            for item in items { result.append(try one(item)) }
            return .array(result)
        default: return value
        }
    }

    private static let filter = Function(
        "filter",
        [Parameter("value", collection)],
        outcome: { known in
            let kinds = known.kinds(0).intersection(collection)
            return .init(TypeInfo(kinds.isEmpty ? collection : kinds))
        },
        body: .iterating(parameters: 2, yields: .boolean) {
            arguments,
            closure,
            _ throws(ClosureError) in
            let value = try read { () throws(FunctionError) in try arguments.value(0) }
            func keeps(_ key: Value, _ item: Value) throws(ClosureError) -> Bool {
                let verdict = try closure.run([key, item])
                guard case .boolean(let truth) = verdict else {
                    throw .function(.expected(.boolean, got: verdict))
                }
                return truth
            }
            if case .object(let fields) = value {
                var result: Fields = [:]
                for entry in fields.sorted where try keeps(.text(entry.key), entry.value) {
                    result.append(entry.key, entry.value)
                }
                return .object(result)
            }
            var result: [Value] = []
            for (key, item) in try entries(of: value) where try keeps(key, item) {
                result.append(item)
            }
            return .array(result)
        }
    )

    private static let fold = Function(
        "fold",
        [Parameter("value", collection), Parameter("initial_value", .any)],
        outcome: { _ in .init(.any) },
        body: .iterating(parameters: 3, yields: .any) {
            arguments,
            closure,
            _ throws(ClosureError) in
            let value = try read { () throws(FunctionError) in try arguments.value(0) }
            var sum = try read { () throws(FunctionError) in try arguments.value(1) }
            for (key, item) in try entries(of: value) { sum = try closure.run([sum, key, item]) }
            return sum
        }
    )
}
