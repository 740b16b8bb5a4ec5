public import Formats

/// Additions to `/etc/resolv.conf`.
public struct PodDNSConfig: ModelObject {
    /// Addresses of name servers; at most 3.
    public var nameservers: [String]
    /// Search domains; at most 32.
    public var searches: [String]
    /// Resolver options.
    public var options: [PodDNSConfigOption]

    /// Makes the value from its parts.
    public init(
        nameservers: [String] = [],
        searches: [String] = [],
        options: [PodDNSConfigOption] = []
    ) {
        self.nameservers = nameservers
        self.searches = searches
        self.options = options
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.nameservers = try fields.strings("nameservers")
        self.searches = try fields.strings("searches")
        self.options = try fields.objects("options")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("nameservers", nameservers)
        members.put("searches", searches)
        members.put("options", options)
        return members.json
    }
}
