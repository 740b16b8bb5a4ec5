public import Formats

/// The content of an image, read-only.
public struct ImageVolumeSource: ModelObject {
    /// The image reference.
    public var reference: String
    /// When it is pulled.
    public var pullPolicy: PullPolicy

    /// Makes the value from its parts.
    public init(reference: String = "", pullPolicy: PullPolicy = .ifNotPresent) {
        self.reference = reference
        self.pullPolicy = pullPolicy
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.reference = try fields.text("reference")
        self.pullPolicy = try fields.choice("pullPolicy") ?? .ifNotPresent
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putText("reference", reference)
        members.put("pullPolicy", pullPolicy)
        return members.json
    }
}
