public import Formats

/// An attempt to connect.
public struct TCPSocketAction: ModelObject {
    /// The port, by number or by the container's name for it.
    public var port: IntOrString
    /// The host; the pod's address if empty.
    public var host: String

    /// Makes the value from its parts.
    public init(port: IntOrString = .int(0), host: String = "") {
        self.port = port
        self.host = host
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.port = try fields.intOrString("port") ?? .int(0)
        self.host = try fields.text("host")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("port", port)
        members.putText("host", host)
        return members.json
    }
}
