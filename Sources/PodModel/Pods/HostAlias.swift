public import Formats

/// One address of `/etc/hosts` with its names.
public struct HostAlias: ModelObject {
    /// The address.
    public var ip: String
    /// The names.
    public var hostnames: [String]

    /// Makes the value from its parts.
    public init(ip: String, hostnames: [String] = []) {
        self.ip = ip
        self.hostnames = hostnames
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.ip = try fields.text("ip")
        self.hostnames = try fields.strings("hostnames")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("ip", ip)
        members.put("hostnames", hostnames)
        return members.json
    }
}
