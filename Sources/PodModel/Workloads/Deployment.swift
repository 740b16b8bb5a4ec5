public import Formats

/// A number of equal pods, kept alive and rolled over on change.
public struct Deployment: ModelObject {
    /// Name, labels, times.
    public var metadata: ObjectMeta
    /// What is wanted.
    public var spec: DeploymentSpec
    /// What is.
    public var status: DeploymentStatus

    /// Makes the value from its parts.
    public init(
        metadata: ObjectMeta = ObjectMeta(),
        spec: DeploymentSpec = DeploymentSpec(),
        status: DeploymentStatus = DeploymentStatus()
    ) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.metadata = try fields.object("metadata") ?? ObjectMeta()
        self.spec = try fields.object("spec") ?? DeploymentSpec()
        self.status = try fields.object("status") ?? DeploymentStatus()
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putKind("apps/v1", "Deployment")
        members.put("metadata", metadata)
        members.put("spec", spec)
        members.put("status", status)
        return members.json
    }
}
