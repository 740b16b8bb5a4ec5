public import PodEngine
public import PodModel
public import System

/// Everything that one run of a container is made from.
public struct ContainerRequest: Sendable {
    /// The run's ID: 64 hexadecimal digits.
    public var id: String
    /// The pod.
    public var pod: Pod
    /// The container, as the pod spells it.
    public var container: Container
    /// Which run it is, from 0.
    public var attempt: Int
    /// The image as shown in the status.
    public var image: ImageIdentity
    /// What the image says about how it is run.
    public var imageConfig: ImageConfig
    /// The container's `command`, with references expanded.
    public var command: [String]
    /// The container's `args`, with references expanded.
    public var args: [String]
    /// The environment that the pod gives, in order.
    public var environment: [(name: String, value: String)]
    /// The volumes.
    public var mounts: [ContainerMount]
    /// The mounted root file system.
    public var rootfs: String
    /// The namespaces.
    public var namespaces: ContainerNamespaces
    /// The users of the pod's own user namespace; nil where they are the node's.
    public var users: UserRange?
    /// The control group of the run, `PodCgroups.path(...)`.
    public var cgroup: String
    /// The numbers for the control group.
    public var limits: CgroupLimits
    /// How soon the kernel kills it for memory, -1000 to 1000.
    public var oomScore: Int
    /// The value of `HOSTNAME`; not set if empty.
    public var hostname: String
    /// The node's file to appear as `/etc/hosts`, and so on for the other two.
    public var hostsFile: String?
    /// The file to appear as `/etc/hostname`.
    public var hostnameFile: String?
    /// The file to appear as `/etc/resolv.conf`.
    public var resolverFile: String?
    /// The directory to appear as `/dev/shm`; `nil` gives the container one of its own.
    public var sharedMemory: String?

    /// Makes a request for what every container has; the rest starts empty.
    public init(
        id: String,
        pod: Pod,
        container: Container,
        attempt: Int,
        image: ImageIdentity,
        imageConfig: ImageConfig,
        rootfs: String,
        namespaces: ContainerNamespaces,
        cgroup: String
    ) {
        self.id = id
        self.pod = pod
        self.container = container
        self.attempt = attempt
        self.image = image
        self.imageConfig = imageConfig
        self.command = container.command
        self.args = container.args
        self.environment = []
        self.mounts = []
        self.rootfs = rootfs
        self.namespaces = namespaces
        self.users = nil
        self.cgroup = cgroup
        self.limits = CgroupLimits()
        self.oomScore = 0
        self.hostname = ""
        self.hostsFile = nil
        self.hostnameFile = nil
        self.resolverFile = nil
        self.sharedMemory = nil
    }

    /// A fresh container ID.
    public static func newID() -> String { Random.hexadecimal(64) }
}
