public import Formats

/// The object that owns another one.
public struct OwnerReference: ModelObject {
    /// The owner's API version.
    public var apiVersion: String
    /// The owner's kind.
    public var kind: String
    /// The owner's name.
    public var name: String
    /// The owner's identity.
    public var uid: String
    /// Whether the owner is the managing controller; at most one is.
    public var controller: Bool?
    /// Whether the owner must wait for this object when deleted in the foreground.
    public var blockOwnerDeletion: Bool?

    /// Makes the value from its parts.
    public init(
        apiVersion: String,
        kind: String,
        name: String,
        uid: String,
        controller: Bool? = nil,
        blockOwnerDeletion: Bool? = nil
    ) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.name = name
        self.uid = uid
        self.controller = controller
        self.blockOwnerDeletion = blockOwnerDeletion
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.apiVersion = try fields.text("apiVersion")
        self.kind = try fields.text("kind")
        self.name = try fields.text("name")
        self.uid = try fields.text("uid")
        self.controller = try fields.flag("controller")
        self.blockOwnerDeletion = try fields.flag("blockOwnerDeletion")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("apiVersion", apiVersion)
        members.put("kind", kind)
        members.put("name", name)
        members.put("uid", uid)
        members.put("controller", controller)
        members.put("blockOwnerDeletion", blockOwnerDeletion)
        return members.json
    }
}
