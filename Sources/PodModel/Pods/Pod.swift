public import Formats

/// A pod: containers that live and die together on one node.
public struct Pod: ModelObject {
    /// Name, labels, times.
    public var metadata: ObjectMeta
    /// What is wanted.
    public var spec: PodSpec
    /// What is.
    public var status: PodStatus

    /// Makes the value from its parts.
    public init(
        metadata: ObjectMeta = ObjectMeta(),
        spec: PodSpec = PodSpec(),
        status: PodStatus = PodStatus()
    ) {
        self.metadata = metadata
        self.spec = spec
        self.status = status
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.metadata = try fields.object("metadata") ?? ObjectMeta()
        self.spec = try fields.object("spec") ?? PodSpec()
        self.status = try fields.object("status") ?? PodStatus()
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putKind("v1", "Pod")
        members.put("metadata", metadata)
        members.put("spec", spec)
        members.put("status", status)
        return members.json
    }

    /// The container of that name: init, regular or ephemeral.
    public func container(named name: String) -> Container? {
        spec.initContainers.first { $0.name == name }
            ?? spec.containers.first { $0.name == name }
            ?? spec.ephemeralContainers.first { $0.container.name == name }?.container
    }

    /// The sidecars in the order of the spec.
    public var sidecars: [Container] { spec.initContainers.filter(\.isSidecar) }
}
