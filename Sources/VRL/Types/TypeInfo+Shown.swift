internal import Records

extension TypeInfo {
    /// The type as `type_def` shows it: `{ "bytes": true }`.
    var shown: Value { shown(depth: 0) }

    private static let words: [(Kinds, String)] = [
        (.bytes, "bytes"), (.integer, "integer"), (.float, "float"), (.boolean, "boolean"),
        (.timestamp, "timestamp"), (.regex, "regex"), (.null, "null"),
    ]

    private func shown(depth: Int) -> Value {
        if isNever { return .object(["never": .boolean(true)]) }
        if kinds == .any, fields.isEmpty, items.isEmpty || depth > 16 {
            return .object(["any": .boolean(true)])
        }
        var result = Fields()
        for (kind, word) in Self.words where kinds.contains(kind) { result[word] = .boolean(true) }
        if kinds.contains(.object) {
            var known = Fields()
            for name in fields.keys.sorted() { known[name] = fields[name]?.shown(depth: depth + 1) }
            result["object"] = .object(known)
            if let others { result[Self.unknown("object", others)] = TypeInfo(others).shown }
        }
        if kinds.contains(.array) {
            var known = Fields()
            for (place, item) in items.enumerated() {
                known["\(place)"] = item.shown(depth: depth + 1)
            }
            result["array"] = .object(known)
            if let others { result[Self.unknown("array", others)] = TypeInfo(others).shown }
        }
        return .object(result)
    }

    private static func unknown(_ word: String, _ kinds: Kinds) -> String {
        word + (kinds.isExact ? "_unknown_exact" : "_unknown_infinite")
    }
}
