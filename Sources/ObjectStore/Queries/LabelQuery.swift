public import Formats

/// A label selector as a query has it: `app=web,tier in (a,b),!old`.
public struct LabelQuery: Sendable, Hashable {
    /// One requirement on the labels of an object.
    public enum Requirement: Sendable, Hashable {
        /// The label is there and has one of the values.
        case oneOf(String, Set<String>)
        /// The label is not there, or has none of the values.
        case noneOf(String, Set<String>)
        /// The label is there.
        case exists(String)
        /// The label is not there.
        case missing(String)
        /// The label is an integer greater than this.
        case greater(String, Int)
        /// The label is an integer less than this.
        case less(String, Int)
    }

    /// What all must hold; none means that everything matches.
    public var requirements: [Requirement]

    /// Makes a query of its requirements.
    public init(_ requirements: [Requirement] = []) {
        self.requirements = requirements
    }

    /// Makes a query of equalities.
    public init(_ labels: [String: String]) {
        requirements = labels.sorted { $0.key < $1.key }.map { .oneOf($0.key, [$0.value]) }
    }

    /// Makes a query of a `LabelSelector` object with `matchLabels` and `matchExpressions`.
    ///
    /// - Throws: which operator is unknown.
    public init(selector: JSON) throws(FormatError) {
        requirements = []
        for (key, value) in selector["matchLabels"]?.object?.members ?? [] {
            requirements.append(.oneOf(key, [value.string ?? ""]))
        }
        for expression in selector["matchExpressions"]?.array ?? [] {
            let key = expression["key"]?.string ?? ""
            let values = Set(expression["values"]?.array?.compactMap(\.string) ?? [])
            switch expression["operator"]?.string {
            case "In": requirements.append(.oneOf(key, values))
            case "NotIn": requirements.append(.noneOf(key, values))
            case "Exists": requirements.append(.exists(key))
            case "DoesNotExist": requirements.append(.missing(key))
            case let other: throw FormatError("\"\(other ?? "")\" is no selector operator")
            }
        }
    }

    /// Whether labels meet all requirements.
    public func matches(_ labels: JSONObject?) -> Bool {
        requirements.allSatisfy { requirement in
            func value(_ key: String) -> String? { labels?[key]?.string }
            switch requirement {
            case .oneOf(let key, let values): return value(key).map(values.contains) ?? false
            case .noneOf(let key, let values):
                return value(key).map { !values.contains($0) } ?? true
            case .exists(let key): return value(key) != nil
            case .missing(let key): return value(key) == nil
            case .greater(let key, let number):
                return value(key).flatMap { Int($0) }.map { $0 > number } ?? false
            case .less(let key, let number):
                return value(key).flatMap { Int($0) }.map { $0 < number } ?? false
            }
        }
    }
}
