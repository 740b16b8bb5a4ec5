public import Formats

/// A reference to any object, as events carry it.
public struct ObjectReference: ModelObject {
    /// The kind.
    public var kind: String
    /// The namespace.
    public var namespace: String
    /// The name.
    public var name: String
    /// The identity.
    public var uid: String
    /// The API version.
    public var apiVersion: String
    /// The version of the object meant.
    public var resourceVersion: String
    /// The part meant, such as `spec.containers{app}`.
    public var fieldPath: String

    /// Makes the value from its parts.
    public init(
        kind: String = "",
        namespace: String = "",
        name: String = "",
        uid: String = "",
        apiVersion: String = "",
        resourceVersion: String = "",
        fieldPath: String = ""
    ) {
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.uid = uid
        self.apiVersion = apiVersion
        self.resourceVersion = resourceVersion
        self.fieldPath = fieldPath
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.kind = try fields.text("kind")
        self.namespace = try fields.text("namespace")
        self.name = try fields.text("name")
        self.uid = try fields.text("uid")
        self.apiVersion = try fields.text("apiVersion")
        self.resourceVersion = try fields.text("resourceVersion")
        self.fieldPath = try fields.text("fieldPath")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putText("kind", kind)
        members.putText("namespace", namespace)
        members.putText("name", name)
        members.putText("uid", uid)
        members.putText("apiVersion", apiVersion)
        members.putText("resourceVersion", resourceVersion)
        members.putText("fieldPath", fieldPath)
        return members.json
    }
}
