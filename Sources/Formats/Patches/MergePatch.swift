/// JSON Merge Patch (RFC 7386).
public enum MergePatch {
    /// The value after the patch: members of objects are merged, `null` removes, else replaces.
    public static func apply(_ patch: JSON, to value: JSON) -> JSON {
        guard case .object(let changes) = patch else { return patch }
        var result = value.object ?? JSONObject()
        for (key, change) in changes {
            result[key] = change.isNull ? nil : apply(change, to: result[key] ?? .null)
        }
        return .object(result)
    }
}
