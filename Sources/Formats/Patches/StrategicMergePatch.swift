/// Kubernetes' strategic merge patch: a merge patch that knows which lists are keyed.
///
/// Directives: `$patch: replace|delete|merge`, `$retainKeys`, `$deleteFromPrimitiveList/FIELD` and
/// `$setElementOrder/FIELD`, as kubectl computes them.
public struct StrategicMergePatch {
    private let strategy: ([String]) -> MergeStrategy

    /// Makes a patcher whose callback tells how the field at a path (without indices) is merged.
    public init(strategy: @escaping ([String]) -> MergeStrategy = MergeStrategy.ofKubernetes) {
        self.strategy = strategy
    }

    /// The value after the patch.
    ///
    /// - Throws: which directive cannot be understood.
    public func apply(_ patch: JSON, to value: JSON) throws(FormatError) -> JSON {
        guard case .object(let changes) = patch else {
            throw FormatError("a strategic merge patch is a map, not \(patch.kind)")
        }
        return .object(try merge(changes, into: value.object ?? JSONObject(), at: []))
    }

    // MARK: Maps

    private func merge(
        _ patch: JSONObject,
        into original: JSONObject,
        at path: [String]
    ) throws(FormatError) -> JSONObject {
        switch patch["$patch"]?.string {
        case "replace": return try cleaned(without("$patch", in: patch), at: path)
        case "delete": return JSONObject()
        case nil, "merge": break
        case .some(let other):
            throw FormatError("the directive $patch has no value \"\(other)\"")
        }
        var result = try retained(patch, of: original)
        for (key, change) in patch {
            if key.hasPrefix("$") {
                try directive(key, change, on: &result)
                continue
            }
            result[key] = try merged(change, into: result[key], at: path + [key])
        }
        for (key, order) in patch {
            guard let field = key.suffix(after: "$setElementOrder/"), let order = order.array,
                let elements = result[field]?.array
            else { continue }
            let live = original[field]?.array ?? []
            result[field] = .array(
                ordered(elements, by: order, live: live, strategy(path + [field]))
            )
        }
        return result
    }

    private func merged(
        _ change: JSON,
        into old: JSON?,
        at path: [String]
    ) throws(FormatError) -> JSON? {
        switch (change, old) {
        case (.null, _): return nil
        case (.object(let changes), .object(let members)?):
            if changes["$patch"]?.string == "delete" { return nil }
            return .object(try merge(changes, into: members, at: path))
        case (.object(let changes), _):
            if changes["$patch"]?.string == "delete" { return nil }
            return .object(try cleaned(changes, at: path))
        case (.array(let changes), let old):
            return .array(try merge(changes, into: old?.array ?? [], at: path))
        default: return change
        }
    }

    private func retained(
        _ patch: JSONObject,
        of original: JSONObject
    ) throws(FormatError) -> JSONObject {
        guard let keep = patch["$retainKeys"] else { return original }
        guard let keys = keep.array?.compactMap(\.string) else {
            throw FormatError("the directive $retainKeys needs a list of keys")
        }
        return JSONObject(original.members.filter { keys.contains($0.key) })
    }

    private func directive(
        _ key: String,
        _ value: JSON,
        on result: inout JSONObject
    ) throws(FormatError) {
        if ["$patch", "$retainKeys"].contains(key) || key.hasPrefix("$setElementOrder/") { return }
        guard let field = key.suffix(after: "$deleteFromPrimitiveList/"), let gone = value.array
        else { throw FormatError("the directive \(key) is unknown") }
        guard let elements = result[field]?.array else { return }
        result[field] = .array(elements.filter { !gone.contains($0) })
    }

    /// A new map without directives and nulls.
    private func cleaned(
        _ object: JSONObject,
        at path: [String]
    ) throws(FormatError) -> JSONObject {
        try merge(without("$patch", in: object), into: JSONObject(), at: path)
    }

    private func without(_ key: String, in object: JSONObject) -> JSONObject {
        var object = object
        object[key] = nil
        return object
    }

    // MARK: Lists

    private func merge(
        _ changes: [JSON],
        into old: [JSON],
        at path: [String]
    ) throws(FormatError) -> [JSON] {
        switch strategy(path) {
        case .usual: return changes
        case .mergeSet: return old + changes.filter { !old.contains($0) }
        case .mergeList(let key): return try merge(changes, into: old, by: key, at: path)
        }
    }

    private func merge(
        _ changes: [JSON],
        into old: [JSON],
        by key: String,
        at path: [String]
    ) throws(FormatError) -> [JSON] {
        var result = old
        for change in changes where change["$patch"]?.string == "replace" && change[key] == nil {
            result = []
        }
        for change in changes {
            guard case .object(let members) = change else {
                throw FormatError("the list \(path.joined(separator: ".")) holds maps only")
            }
            guard let identity = members[key] else {
                if members["$patch"]?.string == "replace" { continue }
                throw FormatError(
                    "an element of \(path.joined(separator: ".")) has no \"\(key)\"",
                    remedy: "name the element that is meant"
                )
            }
            let place = result.firstIndex { $0[key] == identity }
            if members["$patch"]?.string == "delete" {
                result.removeAll { $0[key] == identity }
            } else if let place {
                let old = result[place].object ?? JSONObject()
                result[place] = .object(try merge(members, into: old, at: path))
            } else {
                result.append(.object(try cleaned(members, at: path)))
            }
        }
        return result
    }

    /// Elements in the order of the directive; those it does not name stay where they were
    /// relative to their neighbours, as far as that is possible.
    private func ordered(
        _ elements: [JSON],
        by order: [JSON],
        live: [JSON],
        _ strategy: MergeStrategy
    ) -> [JSON] {
        func identity(_ element: JSON) -> JSON? {
            if case .mergeList(let key) = strategy { element[key] } else { element }
        }
        let wanted = order.compactMap(identity)
        let liveOrder = live.compactMap(identity)
        var result = wanted.compactMap { name in elements.first { identity($0) == name } }
        var from = 0
        for element in elements {
            guard let name = identity(element), !wanted.contains(name) else { continue }
            let rank = liveOrder.firstIndex(of: name)
            let place = result.indices.dropFirst(from).first { index in
                guard let rank, let other = identity(result[index]),
                    let otherRank = liveOrder.firstIndex(of: other)
                else { return false }
                return rank < otherRank
            }
            let target = place ?? result.count
            result.insert(element, at: target)
            from = target + 1
        }
        return result
    }
}

extension String {
    fileprivate func suffix(after prefix: String) -> String? {
        hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil
    }
}
