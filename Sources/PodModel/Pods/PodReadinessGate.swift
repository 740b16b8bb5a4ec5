public import Formats

/// A condition that must be true before the pod is ready.
public struct PodReadinessGate: ModelObject {
    /// The condition's type.
    public var conditionType: String

    /// Makes the value from its parts.
    public init(conditionType: String) {
        self.conditionType = conditionType
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.conditionType = try fields.text("conditionType")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("conditionType", conditionType)
        return members.json
    }
}
