public import Formats
public import PodModel

/// What the API must know of the node it serves.
public struct NodeAPISettings: Sendable {
    /// The node's name, which every pod gets as its `spec.nodeName`.
    public var nodeName: String
    /// The version of Remora.
    public var version: String
    /// The status of the node object: addresses, capacity, allocatable, nodeInfo; conditions are
    /// added if there are none.
    public var nodeStatus: JSON
    /// The keys by which callers over the network are known, and tokens made; none without.
    public var credentials: NodeCredentials?
    /// The largest body of a request, in bytes.
    public var bodyBytesMaximum = 3 << 20
    /// Where the addresses of services come from; nil if there is no such network.
    public var serviceNetwork = ServiceNetwork("10.130.16.0/20")
    /// The ports of the node that services may have.
    public var serviceNodePorts = 30000...32767

    /// Where pods reach the API, over TLS: the endpoint of the service `kubernetes`; pods get neither
    /// the service nor tokens without it.
    public var podEndpoint: (address: String, port: Int)?

    /// Makes settings.
    public init(nodeName: String, version: String, nodeStatus: JSON = [:]) {
        self.nodeName = nodeName
        self.version = version
        self.nodeStatus = nodeStatus
    }

    /// The Kubernetes version whose behaviour is followed, as `/version` tells it.
    ///
    /// Clients choose by its minor number.
    public static let kubernetesVersion = (major: "1", minor: "33", patch: "1")

    /// That version as `v1.33.1`.
    static var gitVersion: String {
        "v\(kubernetesVersion.major).\(kubernetesVersion.minor).\(kubernetesVersion.patch)"
    }
}
