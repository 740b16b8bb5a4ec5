internal import Basics

/// How an engine runs.
public struct NodeOptions: Sendable {
    /// Where images, volumes, logs and objects lie.
    public var root: String
    /// Where sockets, namespaces and secrets lie.
    public var runRoot: String
    /// The OCI runtime; crun, else runc, if nil.
    public var runtime: String?
    /// A CNI network configuration list of the user's own.
    public var networkConfiguration: String?
    /// The most pods that run at once.
    public var podsMaximum: Int
    /// The longest back-off between two runs of a container, 1 to 300 seconds.
    public var crashLoopMaximum: Duration
    /// The network of the services' addresses, `address/prefix`; a free one if nil.
    public var serviceNetwork: String?
    /// The ports of the node that services may have.
    public var serviceNodePorts = 30000...32767
    /// When a role of the companion takes the place of a helper's image.
    public var standIn = StandInMode.missing
    /// Where the companion's program is looked for, as absolute paths; the first that is there counts.
    public var companionPlaces: [String] = []
    /// The version that the engine reports.
    public var version: String

    /// Options for a pair of roots, with the kubelet's numbers.
    public init(
        root: String,
        runRoot: String,
        runtime: String? = nil,
        networkConfiguration: String? = nil,
        podsMaximum: Int = 500,
        crashLoopMaximum: Duration = .seconds(300),
        version: String = ""
    ) {
        self.root = root
        self.runRoot = runRoot
        self.runtime = runtime
        self.networkConfiguration = networkConfiguration
        self.podsMaximum = podsMaximum
        self.crashLoopMaximum = crashLoopMaximum
        self.version = version
    }
}
