public import Basics
public import Formats

/// What is known of a pod.
public struct PodStatus: ModelObject {
    /// The generation of the spec that this status describes.
    public var observedGeneration: Int
    /// Where it is in its life.
    public var phase: PodPhase
    /// Its conditions in order.
    public var conditions: [PodCondition]
    /// Why it is in this state, for humans.
    public var message: String
    /// Why it is in this state, in one word: `Evicted`.
    public var reason: String
    /// Where it might run after preemption; never set here.
    public var nominatedNodeName: String
    /// The node's address.
    public var hostIP: String
    /// The node's addresses.
    public var hostIPs: [HostIP]
    /// The pod's address.
    public var podIP: String
    /// The pod's addresses, the primary first.
    public var podIPs: [PodIP]
    /// When the engine took it on.
    public var startTime: Timestamp?
    /// The init containers, in spec order.
    public var initContainerStatuses: [ContainerStatus]
    /// The regular containers, by name.
    public var containerStatuses: [ContainerStatus]
    /// How it is treated when memory is short.
    public var qosClass: QOSClass?
    /// The ephemeral containers.
    public var ephemeralContainerStatuses: [ContainerStatus]
    /// The old word on a resize; never set here.
    public var resize: String
    /// Claims on devices; never set here.
    public var resourceClaimStatuses: [JSON]

    /// Makes the value from its parts.
    public init(
        observedGeneration: Int = 0,
        phase: PodPhase = .pending,
        conditions: [PodCondition] = [],
        message: String = "",
        reason: String = "",
        nominatedNodeName: String = "",
        hostIP: String = "",
        hostIPs: [HostIP] = [],
        podIP: String = "",
        podIPs: [PodIP] = [],
        startTime: Timestamp? = nil,
        initContainerStatuses: [ContainerStatus] = [],
        containerStatuses: [ContainerStatus] = [],
        qosClass: QOSClass? = nil,
        ephemeralContainerStatuses: [ContainerStatus] = [],
        resize: String = "",
        resourceClaimStatuses: [JSON] = []
    ) {
        self.observedGeneration = observedGeneration
        self.phase = phase
        self.conditions = conditions
        self.message = message
        self.reason = reason
        self.nominatedNodeName = nominatedNodeName
        self.hostIP = hostIP
        self.hostIPs = hostIPs
        self.podIP = podIP
        self.podIPs = podIPs
        self.startTime = startTime
        self.initContainerStatuses = initContainerStatuses
        self.containerStatuses = containerStatuses
        self.qosClass = qosClass
        self.ephemeralContainerStatuses = ephemeralContainerStatuses
        self.resize = resize
        self.resourceClaimStatuses = resourceClaimStatuses
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.observedGeneration = try fields.int("observedGeneration") ?? 0
        self.phase = try fields.choice("phase") ?? .pending
        self.conditions = try fields.objects("conditions")
        self.message = try fields.text("message")
        self.reason = try fields.text("reason")
        self.nominatedNodeName = try fields.text("nominatedNodeName")
        self.hostIP = try fields.text("hostIP")
        self.hostIPs = try fields.objects("hostIPs")
        self.podIP = try fields.text("podIP")
        self.podIPs = try fields.objects("podIPs")
        self.startTime = try fields.time("startTime")
        self.initContainerStatuses = try fields.objects("initContainerStatuses")
        self.containerStatuses = try fields.objects("containerStatuses")
        self.qosClass = try fields.choice("qosClass")
        self.ephemeralContainerStatuses = try fields.objects("ephemeralContainerStatuses")
        self.resize = try fields.text("resize")
        self.resourceClaimStatuses = try fields.items("resourceClaimStatuses")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.putCount("observedGeneration", observedGeneration)
        members.put("phase", phase)
        members.put("conditions", conditions)
        members.putText("message", message)
        members.putText("reason", reason)
        members.putText("nominatedNodeName", nominatedNodeName)
        members.putText("hostIP", hostIP)
        members.put("hostIPs", hostIPs)
        members.putText("podIP", podIP)
        members.put("podIPs", podIPs)
        members.put("startTime", startTime)
        members.put("initContainerStatuses", initContainerStatuses)
        members.put("containerStatuses", containerStatuses)
        members.put("qosClass", qosClass)
        members.put("ephemeralContainerStatuses", ephemeralContainerStatuses)
        members.putText("resize", resize)
        members.put("resourceClaimStatuses", resourceClaimStatuses)
        return members.json
    }

    /// The status of the container of that name, init, regular or ephemeral.
    public func container(named name: String) -> ContainerStatus? {
        (initContainerStatuses + containerStatuses + ephemeralContainerStatuses)
            .first { $0.name == name }
    }

    /// The condition of that type.
    public func condition(_ type: String) -> PodCondition? {
        conditions.first { $0.type == type }
    }
}
