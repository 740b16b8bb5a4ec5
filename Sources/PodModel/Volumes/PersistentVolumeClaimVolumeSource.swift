public import Formats

/// A volume that outlives the pod.
public struct PersistentVolumeClaimVolumeSource: ModelObject {
    /// The claim, in the pod's namespace.
    public var claimName: String
    /// Whether no container may write it.
    public var readOnly: Bool

    /// Makes the value from its parts.
    public init(claimName: String, readOnly: Bool = false) {
        self.claimName = claimName
        self.readOnly = readOnly
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.claimName = try fields.text("claimName")
        self.readOnly = try fields.flag("readOnly") ?? false
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("claimName", claimName)
        members.putFlag("readOnly", readOnly)
        return members.json
    }
}
