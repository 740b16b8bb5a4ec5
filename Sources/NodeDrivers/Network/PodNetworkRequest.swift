public import PodModel
public import System

/// A port of the node that leads to a port of a pod.
public struct HostPort: Sendable, Hashable {
    /// The node's address; empty means all.
    public var address: String
    /// The node's port.
    public var port: Int
    /// The pod's port.
    public var podPort: Int
    /// The protocol.
    public var `protocol`: PortProtocol

    /// Makes a mapping.
    public init(address: String = "", port: Int, podPort: Int, protocol: PortProtocol = .tcp) {
        self.address = address
        self.port = port
        self.podPort = podPort
        self.protocol = `protocol`
    }

    /// Whether both want the same port of the same address.
    func clashes(with other: Self) -> Bool {
        guard port == other.port, `protocol` == other.protocol else { return false }
        let wildcards = ["", "0.0.0.0", "::"]
        return address == other.address || wildcards.contains(address)
            || wildcards.contains(other.address)
    }

    var text: String {
        (address.isEmpty ? "" : address + ":") + "\(port)/\(`protocol`.rawValue)"
    }
}

/// What the sandbox of a pod shall be.
public struct PodNetworkRequest: Sendable {
    /// The pod's UID.
    public var podUID: String
    /// The pod's namespace and name, for messages and plugins.
    public var namespace: String
    /// The pod's name.
    public var name: String
    /// Which sandbox of the pod it is, from 0.
    public var attempt: Int
    /// Whether the pod uses the node's network (and its hostname).
    public var usesHostNetwork = false
    /// Whether the pod uses the node's IPC namespace and `/dev/shm`.
    public var usesHostIPC = false
    /// Whether all containers share one PID namespace of their own.
    public var sharesProcesses = false
    /// Whether the pod has users of its own: a user namespace that owns its other namespaces.
    public var hasOwnUsers = false
    /// The hostname in the kernel; not set if empty.
    public var hostname = ""
    /// The kernel parameters of the pod.
    public var sysctls: [NamespaceRequest.Sysctl] = []
    /// The node's ports that lead to the pod.
    public var hostPorts: [HostPort] = []

    /// Asks for a sandbox of the usual kind.
    public init(podUID: String, namespace: String, name: String, attempt: Int = 0) {
        self.podUID = podUID
        self.namespace = namespace
        self.name = name
        self.attempt = attempt
    }

    /// Takes the fields of a pod.
    ///
    /// Host ports count for regular containers only, as in the kubelet. `hostname` is
    /// `PodHostname.kernelName`.
    public init(_ pod: Pod, attempt: Int, hostname: String) {
        self.init(
            podUID: pod.metadata.uid,
            namespace: pod.metadata.namespace,
            name: pod.metadata.name,
            attempt: attempt
        )
        usesHostNetwork = pod.spec.hostNetwork
        usesHostIPC = pod.spec.hostIPC
        sharesProcesses = pod.spec.shareProcessNamespace == true && !pod.spec.hostPID
        hasOwnUsers = pod.spec.hostUsers == false
        self.hostname = hostname
        sysctls = pod.spec.securityContext.sysctls.map { .init($0.name, $0.value) }
        hostPorts = pod.spec.containers.flatMap(\.ports).filter { $0.hostPort > 0 }.map {
            HostPort(
                address: $0.hostIP,
                port: $0.hostPort,
                podPort: $0.containerPort,
                protocol: $0.protocol
            )
        }
    }

    /// `namespace/name`.
    var title: String { namespace + "/" + name }
}
