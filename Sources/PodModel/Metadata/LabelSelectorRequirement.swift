public import Formats

/// One requirement of a label selector.
public struct LabelSelectorRequirement: ModelObject {
    /// The label's key.
    public var key: String
    /// `In`, `NotIn`, `Exists` or `DoesNotExist`.
    public var `operator`: String
    /// The values for `In` and `NotIn`.
    public var values: [String]

    /// Makes the value from its parts.
    public init(key: String, `operator`: String, values: [String] = []) {
        self.key = key
        self.operator = `operator`
        self.values = values
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.key = try fields.text("key")
        self.operator = try fields.text("operator")
        self.values = try fields.strings("values")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("key", key)
        members.put("operator", `operator`)
        members.put("values", values)
        return members.json
    }

    /// Whether these labels meet the requirement.
    public func matches(_ labels: [String: String]) -> Bool {
        switch `operator` {
        case "In": labels[key].map(values.contains) ?? false
        case "NotIn": !(labels[key].map(values.contains) ?? false)
        case "Exists": labels[key] != nil
        case "DoesNotExist": labels[key] == nil
        default: false
        }
    }
}
