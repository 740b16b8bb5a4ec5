public import Formats

/// What is known of one container.
public struct ContainerStatus: ModelObject {
    /// The container's name.
    public var name: String
    /// Its newest run.
    public var state: ContainerState?
    /// The run before.
    public var lastState: ContainerState?
    /// Whether it is ready; for an init container, whether it has finished well.
    public var ready: Bool
    /// How often it was started again.
    public var restartCount: Int
    /// The image it runs.
    public var image: String
    /// The digest form of the image.
    public var imageID: String
    /// The runtime's ID: `remora://...`.
    public var containerID: String
    /// Whether it runs and its startup probe, if any, has succeeded.
    public var started: Bool?
    /// The resources set aside for it.
    public var allocatedResources: [String: Quantity]
    /// The resources in force.
    public var resources: ResourceRequirements?
    /// What its mounts have become.
    public var volumeMounts: [VolumeMountStatus]
    /// The user it runs as.
    public var user: ContainerUser?
    /// The signal that stops it.
    public var stopSignal: String?

    /// Makes the value from its parts.
    public init(
        name: String,
        state: ContainerState? = nil,
        lastState: ContainerState? = nil,
        ready: Bool = false,
        restartCount: Int = 0,
        image: String = "",
        imageID: String = "",
        containerID: String = "",
        started: Bool? = nil,
        allocatedResources: [String: Quantity] = [:],
        resources: ResourceRequirements? = nil,
        volumeMounts: [VolumeMountStatus] = [],
        user: ContainerUser? = nil,
        stopSignal: String? = nil
    ) {
        self.name = name
        self.state = state
        self.lastState = lastState
        self.ready = ready
        self.restartCount = restartCount
        self.image = image
        self.imageID = imageID
        self.containerID = containerID
        self.started = started
        self.allocatedResources = allocatedResources
        self.resources = resources
        self.volumeMounts = volumeMounts
        self.user = user
        self.stopSignal = stopSignal
    }

    /// Reads the typed view of an object; members it does not know are left out.
    public init(json: JSON) throws(ModelError) {
        let fields = try Fields(json)
        self.name = try fields.text("name")
        self.state = try fields.object("state")
        self.lastState = try fields.object("lastState")
        self.ready = try fields.flag("ready") ?? false
        self.restartCount = try fields.int("restartCount") ?? 0
        self.image = try fields.text("image")
        self.imageID = try fields.text("imageID")
        self.containerID = try fields.text("containerID")
        self.started = try fields.flag("started")
        self.allocatedResources = try fields.quantities("allocatedResources")
        self.resources = try fields.object("resources")
        self.volumeMounts = try fields.objects("volumeMounts")
        self.user = try fields.object("user")
        self.stopSignal = try fields.string("stopSignal")
    }

    /// The object in its API form; empty members are left out.
    public var json: JSON {
        var members = Members()
        members.put("name", name)
        members.put("state", state)
        members.put("lastState", lastState)
        members.put("ready", ready)
        members.put("restartCount", restartCount)
        members.put("image", image)
        members.put("imageID", imageID)
        members.putText("containerID", containerID)
        members.put("started", started)
        members.put("allocatedResources", allocatedResources)
        members.put("resources", resources)
        members.put("volumeMounts", volumeMounts)
        members.put("user", user)
        members.put("stopSignal", stopSignal)
        return members.json
    }
}
