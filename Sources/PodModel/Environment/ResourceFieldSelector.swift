public import Formats

/// A resource of a container.
public struct ResourceFieldSelector: ModelObject {
    /// The container; required in volumes, its own if empty in variables.
    public var containerName: String
    /// The resource, such as `limits.cpu`.
    public var resource: String
    /// The unit; 1 if absent or 0.
    public var divisor: Quantity?

    /// Makes the value from its parts.
    public init(containerName: String = "", resource: String = "", divisor: Quantity? = nil) {
        self.containerName = containerName
        self.resource = resource
        self.divisor = divisor
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.containerName = try fields.text("containerName")
        self.resource = try fields.text("resource")
        self.divisor = try fields.quantity("divisor")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putText("containerName", containerName)
        members.put("resource", resource)
        members.put("divisor", divisor)
        return members.json
    }
}
