public import Formats

/// A port that a container listens on.
public struct ContainerPort: ModelObject {
    /// The name by which probes and services find it.
    public var name: String
    /// The port of the node that leads to it; 0 means none.
    public var hostPort: Int
    /// The port in the pod.
    public var containerPort: Int
    /// The protocol.
    public var `protocol`: PortProtocol
    /// The node's address that `hostPort` is bound to; all if empty.
    public var hostIP: String

    /// Makes the value from its parts.
    public init(
        name: String = "",
        hostPort: Int = 0,
        containerPort: Int,
        `protocol`: PortProtocol = .tcp,
        hostIP: String = ""
    ) {
        self.name = name
        self.hostPort = hostPort
        self.containerPort = containerPort
        self.protocol = `protocol`
        self.hostIP = hostIP
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.name = try fields.text("name")
        self.hostPort = try fields.int("hostPort") ?? 0
        self.containerPort = try fields.int("containerPort") ?? 0
        self.protocol = try fields.choice("protocol") ?? .tcp
        self.hostIP = try fields.text("hostIP")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putText("name", name)
        members.putCount("hostPort", hostPort)
        members.put("containerPort", containerPort)
        members.put("protocol", `protocol`)
        members.putText("hostIP", hostIP)
        return members.json
    }
}
