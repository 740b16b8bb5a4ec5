public import Formats

/// The pace of a rolling update.
public struct RollingUpdateDeployment: ModelObject {
    /// How many pods may be missing; a percentage is rounded down.
    public var maxUnavailable: IntOrString?
    /// How many pods may be too many; a percentage is rounded up.
    public var maxSurge: IntOrString?

    /// Makes the value from its parts.
    public init(maxUnavailable: IntOrString? = nil, maxSurge: IntOrString? = nil) {
        self.maxUnavailable = maxUnavailable
        self.maxSurge = maxSurge
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.maxUnavailable = try fields.intOrString("maxUnavailable")
        self.maxSurge = try fields.intOrString("maxSurge")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("maxUnavailable", maxUnavailable)
        members.put("maxSurge", maxSurge)
        return members.json
    }
}
