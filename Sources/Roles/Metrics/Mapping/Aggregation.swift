/// Series of a name that become fewer: those that agree in the labels that stay become one.
package struct Aggregation: Sendable, Hashable {
    /// What several values become.
    package enum Operation: String, Sendable, Hashable, CaseIterable {
        case sum, min, max, count, average
    }

    /// The names it is about; `*` stands for any text.
    var match: String
    /// Labels that stay; if nil all but those in `without`.
    var by: [String]?
    /// Labels that go.
    var without: [String] = []
    var operation = Operation.sum

    /// The labels that are left.
    func labels(_ pairs: [LabelText.Pair], keepsBuckets: Bool) -> [LabelText.Pair] {
        pairs.filter { pair in
            if keepsBuckets, pair.name == "le" { return true }
            return by.map { $0.contains(pair.name) } ?? !without.contains(pair.name)
        }
    }

    /// Whether a name fits a pattern with `*`.
    static func fits(_ name: String, _ pattern: String) -> Bool {
        guard pattern.contains("*") else { return name == pattern }
        let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
        var rest = Substring(name)
        for (index, part) in parts.enumerated() {
            if index == 0 {
                guard rest.hasPrefix(part) else { return false }
                rest = rest.dropFirst(part.count)
            } else if index == parts.count - 1 {
                return rest.hasSuffix(part)
            } else {
                guard let range = rest.firstRange(of: part) else { return false }
                rest = rest[range.upperBound...]
            }
        }
        return rest.isEmpty
    }
}
