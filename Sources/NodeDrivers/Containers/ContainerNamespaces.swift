public import PodModel

/// The namespaces a container joins; what is `nil` is the node's own.
public struct ContainerNamespaces: Sendable, Hashable {
    /// Whose processes a container sees.
    public enum Processes: Sendable, Hashable {
        /// Only its own.
        case own
        /// The node's (`hostPID`).
        case node
        /// Those of the PID namespace pinned at that path (`shareProcessNamespace`, ephemeral targets).
        case shared(String)
    }

    /// The pinned network namespace.
    public var network: String?
    /// The pinned IPC namespace.
    public var ipc: String?
    /// The pinned UTS namespace.
    public var uts: String?
    /// The pinned user namespace.
    public var users: String?
    /// The PID namespace.
    public var processes: Processes

    /// Names the namespaces.
    public init(network: String?, ipc: String?, uts: String?, processes: Processes = .own) {
        self.network = network
        self.ipc = ipc
        self.uts = uts
        self.processes = processes
    }

    /// The namespaces that a pod's containers join, pinned where the layout says.
    ///
    /// With `hostNetwork` the hostname is the node's as well, as in the kubelet.
    public init(of pod: Pod, layout: NodeLayout) {
        let uid = pod.metadata.uid
        self.network = pod.spec.hostNetwork ? nil : layout.networkNamespace(ofPod: uid)
        self.uts = pod.spec.hostNetwork ? nil : layout.utsNamespace(ofPod: uid)
        self.ipc = pod.spec.hostIPC ? nil : layout.ipcNamespace(ofPod: uid)
        self.users = pod.spec.hostUsers == false ? layout.userNamespace(ofPod: uid) : nil
        if pod.spec.hostPID {
            self.processes = .node
        } else if pod.spec.shareProcessNamespace == true {
            self.processes = .shared(layout.pidNamespace(ofPod: uid))
        } else {
            self.processes = .own
        }
    }
}
