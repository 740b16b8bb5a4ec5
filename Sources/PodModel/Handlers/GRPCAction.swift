public import Formats

/// A call of `grpc.health.v1.Health/Check`.
public struct GRPCAction: ModelObject {
    /// The port number.
    public var port: Int
    /// The service asked about; empty means the server itself.
    public var service: String

    /// Makes the value from its parts.
    public init(port: Int = 0, service: String = "") {
        self.port = port
        self.service = service
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.port = try fields.int("port") ?? 0
        self.service = try fields.text("service")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("port", port)
        members.put("service", service)
        return members.json
    }
}
