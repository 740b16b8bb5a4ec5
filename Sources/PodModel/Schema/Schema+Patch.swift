public import Formats

extension Schema {
    /// How strategic merge patch treats the fields of a kind, for `StrategicMergePatch`.
    ///
    /// The callback takes a path without indices, as the patch does.
    public static func mergeStrategy(of kind: String) -> ([String]) -> MergeStrategy {
        { path in shared.mergeStrategy(at: path, in: kind) }
    }

    private func mergeStrategy(at path: [String], in kind: String) -> MergeStrategy {
        var type = FieldType.object(kind)
        var field: Field?
        for key in path {
            while case .list(let element) = type { type = element }
            switch type {
            case .object(let name):
                guard let next = self.type(named: name)?.fields[key] else { return .usual }
                field = next
                type = next.type
            case .map(let element):
                field = nil
                type = element
            default: return .usual
            }
        }
        if let key = field?.mergeKey { return .mergeList(key: key) }
        return field?.isSet ?? false ? .mergeSet : .usual
    }
}
