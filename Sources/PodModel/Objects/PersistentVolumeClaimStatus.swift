public import Formats

/// What is known of a claim.
public struct PersistentVolumeClaimStatus: ModelObject {
    /// `Pending`, `Bound` or `Lost`.
    public var phase: String
    /// How it may be mounted.
    public var accessModes: [String]
    /// How much it holds.
    public var capacity: [String: Quantity]

    /// Makes the value from its parts.
    public init(
        phase: String = "",
        accessModes: [String] = [],
        capacity: [String: Quantity] = [:]
    ) {
        self.phase = phase
        self.accessModes = accessModes
        self.capacity = capacity
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.phase = try fields.text("phase")
        self.accessModes = try fields.strings("accessModes")
        self.capacity = try fields.quantities("capacity")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putText("phase", phase)
        members.put("accessModes", accessModes)
        members.put("capacity", capacity)
        return members.json
    }
}
