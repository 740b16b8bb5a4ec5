public import Formats

/// What a container or pod asks for and may use at most.
public struct ResourceRequirements: ModelObject {
    /// The most it may use, by resource.
    public var limits: [String: Quantity]
    /// What it is promised, by resource.
    public var requests: [String: Quantity]
    /// Claims on devices; not honoured on one machine.
    public var claims: [JSON]

    /// Makes the value from its parts.
    public init(
        limits: [String: Quantity] = [:],
        requests: [String: Quantity] = [:],
        claims: [JSON] = []
    ) {
        self.limits = limits
        self.requests = requests
        self.claims = claims
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.limits = try fields.quantities("limits")
        self.requests = try fields.quantities("requests")
        self.claims = try fields.items("claims")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("limits", limits)
        members.put("requests", requests)
        members.put("claims", claims)
        return members.json
    }
}
