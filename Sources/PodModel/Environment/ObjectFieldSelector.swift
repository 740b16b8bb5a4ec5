public import Formats

/// A field of the pod.
public struct ObjectFieldSelector: ModelObject {
    /// The API version that the path is spelled in.
    public var apiVersion: String
    /// The field, such as `metadata.name`.
    public var fieldPath: String

    /// Makes the value from its parts.
    public init(apiVersion: String = "v1", fieldPath: String = "") {
        self.apiVersion = apiVersion
        self.fieldPath = fieldPath
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.apiVersion = try fields.text("apiVersion", or: "v1")
        self.fieldPath = try fields.text("fieldPath")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("apiVersion", apiVersion)
        members.put("fieldPath", fieldPath)
        return members.json
    }
}
