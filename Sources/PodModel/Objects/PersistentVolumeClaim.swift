public import Formats

/// A wish for a volume that outlives pods.
public struct PersistentVolumeClaim: ModelObject {
    /// Name, labels, times.
    public var metadata: ObjectMeta
    /// What is wanted.
    public var spec: PersistentVolumeClaimSpec
    /// What is.
    public var status: PersistentVolumeClaimStatus

    /// Makes the value from its parts.
    public init(
        metadata: ObjectMeta = ObjectMeta(),
        spec: PersistentVolumeClaimSpec = PersistentVolumeClaimSpec(),
        status: PersistentVolumeClaimStatus = PersistentVolumeClaimStatus()
    ) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.metadata = try fields.object("metadata") ?? ObjectMeta()
        self.spec = try fields.object("spec") ?? PersistentVolumeClaimSpec()
        self.status = try fields.object("status") ?? PersistentVolumeClaimStatus()
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putKind("v1", "PersistentVolumeClaim")
        members.put("metadata", metadata)
        members.put("spec", spec)
        members.put("status", status)
        return members.json
    }
}
