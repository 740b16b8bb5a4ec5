public import Formats

/// An address of a pod.
public struct PodIP: ModelObject {
    /// The address.
    public var ip: String

    /// Makes the value from its parts.
    public init(ip: String) {
        self.ip = ip
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.ip = try fields.text("ip")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("ip", ip)
        return members.json
    }
}
