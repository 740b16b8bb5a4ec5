/// Finds what the nodes of a JSONPath lead to.
struct JSONPathWalk {
    let root: JSON

    func find(_ nodes: [JSONPath.Node], from value: JSON) throws(FormatError) -> [JSON] {
        var found = [value]
        for node in nodes {
            var next: [JSON] = []
            for value in found { next += try step(node, value) }
            found = next
        }
        return found
    }

    private func step(_ node: JSONPath.Node, _ value: JSON) throws(FormatError) -> [JSON] {
        switch node {
        case .root: return [root]
        case .current: return [value]
        case .literal(let literal): return [literal]
        case .field(let key): return value[key].map { [$0] } ?? []
        case .bracketed(let key, let path):
            if let member = value[key] { return [member] }
            return try find(path, from: value)
        case .wildcard: return Self.children(value)
        case .recursive: return Self.descendants(value)
        case .slice(let slice): return Self.elements(slice, of: value.array ?? [])
        case .union(let paths):
            var found: [JSON] = []
            for path in paths { found += try find(path, from: value) }
            return found
        case .filter(let left, let comparison, let right):
            var found: [JSON] = []
            for element in Self.children(value)
            where try matches(element, left, comparison, right) {
                found.append(element)
            }
            return found
        }
    }

    private static func children(_ value: JSON) -> [JSON] {
        value.array ?? value.object?.sorted().values ?? []
    }

    private static func descendants(_ value: JSON) -> [JSON] {
        [value] + children(value).flatMap(descendants)
    }

    private static func elements(_ slice: JSONPath.Slice, of elements: [JSON]) -> [JSON] {
        let count = elements.count
        func place(_ index: Int) -> Int { index < 0 ? index + count : index }
        if slice.isIndex {
            let index = place(slice.start ?? 0)
            return elements.indices.contains(index) ? [elements[index]] : []
        }
        let start = max(0, place(slice.start ?? 0))
        let end = min(count, place(slice.end ?? count))
        guard start < end else { return [] }
        return stride(from: start, to: end, by: max(1, slice.step ?? 1)).map { elements[$0] }
    }

    private func matches(
        _ element: JSON,
        _ left: [JSONPath.Node],
        _ comparison: JSONPath.Comparison?,
        _ right: [JSONPath.Node]
    ) throws(FormatError) -> Bool {
        let lefts = try find(left, from: element)
        guard let comparison else { return !lefts.isEmpty }
        let rights = try find(right, from: element)
        guard let first = lefts.first, let second = rights.first else { return false }
        guard lefts.count == 1, rights.count == 1 else {
            throw FormatError("a filter can compare one value at a time only")
        }
        switch comparison {
        case .equal: return Self.equal(first, second)
        case .notEqual: return !Self.equal(first, second)
        case .less: return try Self.less(first, second)
        case .greater: return try Self.less(second, first)
        case .atMost: return try !Self.less(second, first)
        case .atLeast: return try !Self.less(first, second)
        }
    }

    private static func equal(_ left: JSON, _ right: JSON) -> Bool {
        if let left = left.double, let right = right.double { return left == right }
        return left == right
    }

    private static func less(_ left: JSON, _ right: JSON) throws(FormatError) -> Bool {
        if let left = left.double, let right = right.double { return left < right }
        if let left = left.string, let right = right.string { return left < right }
        throw FormatError("a filter compares \(left.kind) with \(right.kind)")
    }
}
