public import Formats

/// What a change of one resource takes.
public struct ContainerResizePolicy: ModelObject {
    /// The resource.
    public var resourceName: String
    /// `NotRequired` or `RestartContainer`.
    public var restartPolicy: String

    /// Makes the value from its parts.
    public init(resourceName: String, restartPolicy: String) {
        self.resourceName = resourceName
        self.restartPolicy = restartPolicy
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.resourceName = try fields.text("resourceName")
        self.restartPolicy = try fields.text("restartPolicy")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("resourceName", resourceName)
        members.put("restartPolicy", restartPolicy)
        return members.json
    }
}
