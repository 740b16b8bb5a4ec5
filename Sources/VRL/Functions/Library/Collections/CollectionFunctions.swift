import Records

/// Lists and maps.
enum CollectionFunctions {
    static let all: [Function] = [
        append, push, pop, chunks, compact, flatten, unflatten, includes, keys, values, length,
        merge,
        unique, tally, tallyValue, zip, objectFromArray, fromEntries, toEntries,
    ]

    private static func whole(_ known: KnownArguments) -> Function.Outcome {
        let kinds = known.kinds(0)
        return .init(TypeInfo(kinds == .array || kinds == .object ? kinds : [.array, .object]))
    }

    private static let append = Function(
        "append",
        [Parameter("value", .array), Parameter("items", .array)],
        outcome: { known in .init(known.list(0).appending(known.list(1))) }
    ) { arguments, _ throws(FunctionError) in
        .array(try arguments.array(0) + arguments.array(1))
    }

    private static let push = Function(
        "push",
        [Parameter("value", .array), Parameter("item", .any)],
        outcome: { known in .init(known.list(0).appending(.array(items: [known.type(1)]))) }
    ) { arguments, _ throws(FunctionError) in
        .array(try arguments.array(0) + [arguments.value(1)])
    }

    private static let pop = Function(
        "pop",
        [Parameter("value", .array)],
        outcome: { known in .init(.array(of: known.items(0))) }
    ) { arguments, _ throws(FunctionError) in
        .array(try arguments.array(0).dropLast())
    }

    private static let chunks = Function(
        "chunks",
        [Parameter("value", .bytes), Parameter("chunk_size", .integer)],
        outcome: { known in .init(.array(of: .bytes), isFallible: known.constants[1] == nil) },
        check: { known throws(FunctionError) in
            guard case .integer(let size)? = known.constants[1], size < 1 else { return }
            throw FunctionError("\"chunk_size\" must be at least 1 byte")
        }
    ) { arguments, _ throws(FunctionError) in
        let bytes = try arguments.bytes(0).array
        let size = Int(try arguments.integer(1))
        guard size >= 1 else { throw FunctionError("\"chunk_size\" must be at least 1 byte") }
        var chunks: [Value] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            chunks.append(.bytes(Bytes(Array(rest.prefix(size)))))
            rest = rest.dropFirst(size)
        }
        return .array(chunks)
    }

    private static let flatten = Function(
        "flatten",
        [
            Parameter("value", [.object, .array]), .optional("separator", .bytes),
            .optional("except", .array, items: .bytes),
        ],
        outcome: whole
    ) { arguments, _ throws(FunctionError) in
        let value = try arguments.value(0)
        let separator = try arguments.text(1, or: ".")
        let kept = Set(arguments.has(2) ? try arguments.texts(2) : [])
        switch value {
        case .array(let items):
            var result: [Value] = []
            spread(items, into: &result)
            return .array(result)
        case .object(let fields):
            var result: Fields = [:]
            spread(fields, "", separator, but: kept, into: &result)
            return .object(result)
        default: throw .expected([.array, .object], got: value)
        }
    }

    private static func spread(_ items: [Value], into result: inout [Value]) {
        for item in items {
            if case .array(let inner) = item {
                spread(inner, into: &result)
            } else {
                result.append(item)
            }
        }
    }

    private static func spread(
        _ fields: Fields,
        _ prefix: String,
        _ separator: String,
        but kept: Set<String>,
        into result: inout Fields
    ) {
        for entry in fields.sorted {
            if case .object(let inner) = entry.value, !kept.contains(entry.key) {
                spread(inner, prefix + entry.key + separator, separator, but: kept, into: &result)
            } else {
                result[prefix + entry.key] = entry.value
            }
        }
    }

    private static let unflatten = Function(
        "unflatten",
        [
            Parameter("value", .object), .optional("separator", .bytes),
            .optional("recursive", .boolean),
        ],
        .object
    ) { arguments, _ throws(FunctionError) in
        let separator = try arguments.text(1, or: ".")
        let recursive = try arguments.boolean(2, or: true)
        let entries = try arguments.object(0).sorted.map { ($0.key, $0.value) }
        return .object(gathered(entries, separator, recursive))
    }

    private static func gathered(
        _ entries: [(String, Value)],
        _ separator: String,
        _ recursive: Bool
    ) -> Fields {
        var order: [String] = []
        var groups: [String: [(rest: String?, value: Value)]] = [:]
        for (key, value) in entries {
            var head = key
            var rest: String?
            let bytes = Array(key.utf8)
            if !separator.isEmpty, let cut = Finder(Array(separator.utf8)).first(in: bytes) {
                head = String(decoding: bytes[..<cut], as: UTF8.self)
                rest = String(decoding: bytes[(cut + separator.utf8.count)...], as: UTF8.self)
            }
            if groups[head] == nil { order.append(head) }
            groups[head, default: []].append((rest, value))
        }
        var result: Fields = [:]
        for head in order {
            let group = groups[head] ?? []
            if group.count == 1, group[0].rest == nil {
                if recursive, case .object(let fields) = group[0].value {
                    let inner = fields.sorted.map { ($0.key, $0.value) }
                    result[head] = .object(gathered(inner, separator, true))
                } else {
                    result[head] = group[0].value
                }
                continue
            }
            // A value of its own gives way to values below.
            let inner = group.compactMap { entry in entry.rest.map { ($0, entry.value) } }
            result[head] = .object(gathered(inner, separator, recursive))
        }
        return result
    }

    private static let includes = Function(
        "includes",
        [Parameter("value", .array), Parameter("item", .any)],
        .boolean
    ) { arguments, _ throws(FunctionError) in
        .boolean(try arguments.array(0).contains(arguments.value(1)))
    }

    private static let keys = Function(
        "keys",
        [Parameter("value", .object)],
        .array(of: .bytes)
    ) { arguments, _ throws(FunctionError) in
        .texts(try arguments.object(0).sorted.map(\.key))
    }

    private static let values = Function(
        "values",
        [Parameter("value", .object)],
        outcome: { known in
            let type = known.type(0)
            let kinds = type.fields.values.reduce(type.others ?? []) { $0.union($1.kinds) }
            return .init(.array(of: kinds))
        }
    ) { arguments, _ throws(FunctionError) in
        .array(try arguments.object(0).sorted.map(\.value))
    }

    private static let length = Function(
        "length",
        [Parameter("value", [.array, .object, .bytes])],
        .integer
    ) { arguments, _ throws(FunctionError) in
        let value = try arguments.value(0)
        switch value {
        case .array(let items): return .whole(items.count)
        case .object(let fields): return .whole(fields.count)
        case .bytes(let bytes): return .whole(bytes.count)
        default: throw .expected([.array, .object, .bytes], got: value)
        }
    }

    private static let merge = Function(
        "merge",
        [Parameter("to", .object), Parameter("from", .object), .optional("deep", .boolean)],
        outcome: { known in
            var type = known.type(0)
            let other = known.type(1)
            type.kinds = .object
            // A field that may be anything hides what was known of one of its name.
            if other.others != nil {
                type = TypeInfo(.object)
            }
            let isDeep = known.types[2] != nil && known.constants[2] != .boolean(false)
            type.fields.merge(other.fields) { first, second in
                // What may be missing overwrites nothing then.
                let mayStay = isDeep || second.kinds.contains(.null)
                return mayStay ? TypeInfo(first.kinds.union(second.kinds)) : second
            }
            return .init(type)
        }
    ) { arguments, _ throws(FunctionError) in
        var fields = try arguments.object(0)
        merge(try arguments.object(1), into: &fields, try arguments.boolean(2, or: false))
        return .object(fields)
    }

    private static func merge(_ from: Fields, into fields: inout Fields, _ deep: Bool) {
        for entry in from {
            if deep, case .object(let inner) = entry.value,
                case .object(var present)? = fields[entry.key]
            {
                merge(inner, into: &present, true)
                fields[entry.key] = .object(present)
            } else {
                fields[entry.key] = entry.value
            }
        }
    }

    private static let unique = Function(
        "unique",
        [Parameter("value", .array)],
        outcome: { known in .init(.array(of: known.items(0))) }
    ) { arguments, _ throws(FunctionError) in
        var seen: Set<Value> = []
        return .array(try arguments.array(0).filter { seen.insert($0).inserted })
    }

    private static let tally = Function(
        "tally",
        [Parameter("value", .array, items: .bytes)],
        outcome: { _ in .init(.object([:], others: .integer)) }
    ) { arguments, _ throws(FunctionError) in
        var counts: [String: Int] = [:]
        for item in try arguments.array(0) {
            guard let text = item.string else {
                throw FunctionError("all values must be strings, found: `\(Shown.text(of: item))`")
            }
            counts[text, default: 0] += 1
        }
        return .object(Fields(counts.sorted { $0.key < $1.key }.map { ($0.key, .whole($0.value)) }))
    }

    private static let tallyValue = Function(
        "tally_value",
        [Parameter("array", .array), Parameter("value", .any)],
        .integer
    ) { arguments, _ throws(FunctionError) in
        let value = try arguments.value(1)
        return .whole(try arguments.array(0).count { $0 == value })
    }

    private static let zip = Function(
        "zip",
        [Parameter("array_0", .array), .optional("array_1", .array)],
        outcome: { known in
            let isKnown = known.types[1] != nil || known.holdsOnly(0, .array)
            return .init(.array(of: .array), isFallible: !isKnown)
        }
    ) { arguments, _ throws(FunctionError) in
        var lists: [[Value]] = []
        if arguments.has(1) {
            lists = [try arguments.array(0), try arguments.array(1)]
        } else {
            for item in try arguments.array(0) {
                guard case .array(let list) = item else { throw .expected(.array, got: item) }
                lists.append(list)
            }
        }
        let count = lists.map(\.count).min() ?? 0
        return .array((0..<count).map { index in .array(lists.map { $0[index] }) })
    }

    private static let objectFromArray = Function(
        "object_from_array",
        [Parameter("values", .array), .optional("keys", .array)],
        .object
    ) { arguments, _ throws(FunctionError) in
        var pairs: [(Value, Value)] = []
        if arguments.has(1) {
            pairs = Array(Swift.zip(try arguments.array(1), try arguments.array(0)))
        } else {
            for item in try arguments.array(0) {
                guard case .array(let pair) = item else { throw .expected(.array, got: item) }
                guard let key = pair.first else { throw FunctionError("array value too short") }
                pairs.append((key, pair.count > 1 ? pair[1] : .null))
            }
        }
        var fields: Fields = [:]
        for (key, value) in pairs where key != .null {
            guard let name = key.string else { throw FunctionError("object keys must be strings") }
            fields[name] = value
        }
        return .object(fields)
    }

    private static let fromEntries = Function(
        "from_entries",
        [Parameter("value", .array)],
        .object,
        fails: true
    ) { arguments, _ throws(FunctionError) in
        var fields: Fields = [:]
        for item in try arguments.array(0) {
            guard case .object(let entry) = item else { throw .expected(.object, got: item) }
            guard let key = entry["key"] else {
                throw FunctionError("an entry has no \"key\"")
            }
            switch key {
            case .bytes(let bytes): fields[bytes.text] = entry["value"] ?? .null
            case .integer(let number): fields[String(number)] = entry["value"] ?? .null
            default: throw .expected(.bytes, got: key)
            }
        }
        return .object(fields)
    }

    private static let toEntries = Function(
        "to_entries",
        [Parameter("value", [.object, .array])],
        .array(of: .object)
    ) { arguments, _ throws(FunctionError) in
        let value = try arguments.value(0)
        switch value {
        case .object(let fields):
            return .array(
                fields.sorted.map { .object(["key": .text($0.key), "value": $0.value]) }
            )
        case .array(let items):
            return .array(
                items.enumerated().map { .object(["key": .whole($0.offset), "value": $0.element]) }
            )
        default: throw .expected([.object, .array], got: value)
        }
    }

    private static let compact = Function(
        "compact",
        [
            Parameter("value", [.object, .array]), .optional("recursive", .boolean),
            .optional("null", .boolean), .optional("string", .boolean),
            .optional("object", .boolean), .optional("array", .boolean),
            .optional("nullish", .boolean),
        ],
        outcome: whole
    ) { arguments, _ throws(FunctionError) in
        let compactor = Compactor(
            recursive: try arguments.boolean(1, or: true),
            null: try arguments.boolean(2, or: true),
            string: try arguments.boolean(3, or: true),
            object: try arguments.boolean(4, or: true),
            array: try arguments.boolean(5, or: true),
            nullish: try arguments.boolean(6, or: false)
        )
        return compactor.inside(try arguments.value(0))
    }
}

/// What `compact` takes away.
private struct Compactor {
    var recursive: Bool
    var null: Bool
    var string: Bool
    var object: Bool
    var array: Bool
    var nullish: Bool

    func inside(_ value: Value) -> Value {
        switch value {
        case .object(let fields):
            var result = Fields(capacity: fields.count)
            for entry in fields {
                let item = recursive ? inside(entry.value) : entry.value
                if !isEmpty(item) { result.append(entry.key, item) }
            }
            return .object(result)
        case .array(let items):
            return .array(items.map { recursive ? inside($0) : $0 }.filter { !isEmpty($0) })
        default: return value
        }
    }

    private func isEmpty(_ value: Value) -> Bool {
        if nullish, value.isNullish { return true }
        switch value {
        case .null: return null
        case .bytes(let bytes): return string && bytes.isEmpty
        case .object(let fields): return object && fields.isEmpty
        case .array(let items): return array && items.isEmpty
        default: return false
        }
    }
}

extension KnownArguments {
    /// The type of an argument that is taken if it is a list.
    func list(_ place: Int) -> TypeInfo {
        guard var type = types[place], type.kinds.contains(.array) else { return .array(of: .any) }
        type.kinds = .array
        type.fields = [:]
        return type
    }

    /// The kinds of a list's items.
    func items(_ place: Int) -> Kinds {
        guard let type = types[place], type.kinds == .array else { return .any }
        return type.items.reduce(type.others ?? []) { $0.union($1.kinds) }
    }
}
