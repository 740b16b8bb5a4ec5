public import Formats

/// A directory that lives as long as the pod.
public struct EmptyDirVolumeSource: ModelObject {
    /// Empty for the node's disk, `Memory`, `HugePages` or `HugePages-<size>`.
    public var medium: String
    /// The most it may hold.
    public var sizeLimit: Quantity?

    /// Makes the value from its parts.
    public init(medium: String = "", sizeLimit: Quantity? = nil) {
        self.medium = medium
        self.sizeLimit = sizeLimit
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.medium = try fields.text("medium")
        self.sizeLimit = try fields.quantity("sizeLimit")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putText("medium", medium)
        members.put("sizeLimit", sizeLimit)
        return members.json
    }
}
