import Records

/// `get`, `set` and `remove`: values at paths that are known at run time only.
enum PathFunctions {
    static let all: [Function] = [get, set, remove]

    enum Step {
        case field(String)
        case index(Int)
    }

    private static func path(_ arguments: Arguments) throws(FunctionError) -> [Step] {
        var steps: [Step] = []
        for item in try arguments.array(1) {
            switch item {
            case .bytes(let bytes): steps.append(.field(bytes.text))
            case .integer(let index): steps.append(.index(Int(index)))
            default:
                throw FunctionError(
                    "path segment must be either string or integer, not \(item.kinds.names)"
                )
            }
        }
        return steps
    }

    private static let get = Function(
        "get",
        [Parameter("value", [.object, .array]), Parameter("path", .array)],
        Kinds.any,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        var value = try arguments.value(0)
        for step in try path(arguments) {
            switch (step, value) {
            case (.field(let name), .object(let fields)):
                guard let inner = fields[name] else { return .null }
                value = inner
            case (.index(let index), .array(let items)):
                let place = index < 0 ? index + items.count : index
                guard items.indices.contains(place) else { return .null }
                value = items[place]
            default: return .null
            }
        }
        return value
    }

    private static func same(_ known: KnownArguments) -> Function.Outcome {
        let kinds = known.kinds(0).intersection([.object, .array])
        return .init(TypeInfo(kinds.isEmpty ? [.object, .array] : kinds), isFallible: true)
    }

    private static let set = Function(
        "set",
        [
            Parameter("value", [.object, .array]), Parameter("path", .array),
            Parameter("data", .any),
        ],
        outcome: { known in
            // The first step decides what the value becomes.
            guard case .array(let items)? = known.constants[1], let first = items.first else {
                return same(known)
            }
            return .init(TypeInfo(first.kinds == .bytes ? .object : .array), isFallible: true)
        }
    ) { arguments, _ throws(FunctionError) in
        var value = try arguments.value(0)
        try insert(arguments.value(2), into: &value, at: path(arguments)[...])
        return value
    }

    /// The furthest place of a list that a script may write to.
    private static let placeMaximum = 1_000_000

    private static func insert(
        _ data: Value,
        into value: inout Value,
        at path: ArraySlice<Step>
    ) throws(FunctionError) {
        guard let step = path.first else {
            value = data
            return
        }
        switch step {
        case .field(let name):
            var fields: Fields = [:]
            if case .object(let present) = value { fields = present }
            var inner = fields[name] ?? .null
            try insert(data, into: &inner, at: path.dropFirst())
            fields[name] = inner
            value = .object(fields)
        case .index(let index):
            var items: [Value] = []
            if case .array(let present) = value { items = present }
            guard Swift.abs(index) <= placeMaximum else {
                throw FunctionError("path segment \(index) is beyond \(placeMaximum)")
            }
            if index < 0, -index > items.count {
                items.insert(
                    contentsOf: repeatElement(.null, count: -index - items.count),
                    at: 0
                )
            }
            let place = index < 0 ? index + items.count : index
            if place >= items.count {
                items += repeatElement(Value.null, count: place - items.count + 1)
            }
            try insert(data, into: &items[place], at: path.dropFirst())
            value = .array(items)
        }
    }

    private static let remove = Function(
        "remove",
        [
            Parameter("value", [.object, .array]), Parameter("path", .array),
            .optional("compact", .boolean),
        ],
        outcome: same
    ) { arguments, _ throws(FunctionError) in
        var value = try arguments.value(0)
        let steps = try path(arguments)
        let compacts = try arguments.boolean(2, or: false)
        if steps.isEmpty {
            switch value {
            case .object: return .object([:])
            case .array: return .array([])
            default: return .null
            }
        }
        remove(steps[...], from: &value, compacts: compacts)
        return value
    }

    private static func remove(
        _ path: ArraySlice<Step>,
        from value: inout Value,
        compacts: Bool
    ) {
        guard let step = path.first else { return }
        let rest = path.dropFirst()
        switch (step, value) {
        case (.field(let name), .object(var fields)):
            guard var inner = fields[name] else { return }
            if rest.isEmpty {
                fields.removeValue(forKey: name)
            } else {
                remove(rest, from: &inner, compacts: compacts)
                fields[name] = compacts && inner.isEmptyContainer ? nil : inner
            }
            value = .object(fields)
        case (.index(let index), .array(var items)):
            let place = index < 0 ? index + items.count : index
            guard items.indices.contains(place) else { return }
            if rest.isEmpty {
                items.remove(at: place)
            } else {
                remove(rest, from: &items[place], compacts: compacts)
                if compacts, items[place].isEmptyContainer { items.remove(at: place) }
            }
            value = .array(items)
        default: return
        }
    }
}

extension Value {
    /// Whether a value is a map or a list with nothing in it.
    var isEmptyContainer: Bool {
        switch self {
        case .object(let fields): fields.isEmpty
        case .array(let items): items.isEmpty
        default: false
        }
    }
}
