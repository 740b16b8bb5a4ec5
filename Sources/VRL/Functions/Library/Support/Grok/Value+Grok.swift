import Records

extension Value {
    /// With names such as `a.b` as the paths that they tell.
    var spreadKeys: Value {
        switch self {
        case .array(let items): return .array(items.map(\.spreadKeys))
        case .object(let fields):
            var result = Value.object([:])
            for entry in fields { result.set(Self.path(entry.key)[...], entry.value.spreadKeys) }
            return result
        default: return self
        }
    }

    private static func path(_ key: String) -> [PathSegment] {
        let parts = key.split(separator: ".", omittingEmptySubsequences: false)
        let isPath = parts.allSatisfy { part in
            !part.isEmpty && part.allSatisfy { $0.isLetter || $0.isNumber || "_@".contains($0) }
        }
        return isPath ? parts.map { .field(String($0)) } : [.field(key)]
    }

    /// Without fields that hold null or an empty map.
    var withoutNothings: Value {
        switch self {
        case .array(let items): return .array(items.map(\.withoutNothings))
        case .object(let fields):
            var result = Fields(capacity: fields.count)
            for entry in fields {
                let value = entry.value.withoutNothings
                if value != .null, value != .object([:]) { result.append(entry.key, value) }
            }
            return .object(result)
        default: return self
        }
    }
}
