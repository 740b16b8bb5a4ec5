import Records

/// `get`, `set` and `remove`: values at paths that are known at run time only.
enum PathFunctions {
    static let all: [Function] = [get, set, remove]

    private static func path(_ arguments: Arguments) throws(FunctionError) -> [PathSegment] {
        var steps: [PathSegment] = []
        for item in try arguments.array(1) {
            switch item {
            case .bytes(let bytes): steps.append(.field(bytes.text))
            case .integer(let index): steps.append(.index(Int(index)))
            default:
                throw FunctionError(
                    "path segment must be either string or integer, not \(item.kind.text)"
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
        try arguments.value(0).at(path(arguments)[...]) ?? .null
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
            return .init(TypeInfo(first.kind == .bytes ? .object : .array), isFallible: true)
        }
    ) { arguments, _ throws(FunctionError) in
        var value = try arguments.value(0)
        let steps = try path(arguments)
        for case .index(let index) in steps where abs(index) > placeMaximum {
            throw FunctionError("path segment \(index) is beyond \(placeMaximum)")
        }
        value.set(steps[...], try arguments.value(2))
        return value
    }

    /// The furthest place of a list that a script may write to.
    private static let placeMaximum = 1_000_000

    private static let remove = Function(
        "remove",
        [
            Parameter("value", [.object, .array]), Parameter("path", .array),
            .optional("compact", .boolean),
        ],
        outcome: same
    ) { arguments, _ throws(FunctionError) in
        var value = try arguments.value(0)
        _ = value.remove(try path(arguments)[...], compact: try arguments.boolean(2, or: false))
        return value
    }
}
