/// Where one engine keeps everything: the paths under its state and its run directory.
///
/// The state directory (`--root`) outlives a reboot; the run directory (`--run-root`) is on tmpfs and
/// does not. Both are absolute and without a trailing slash. Several engines live side by side by
/// having different directories; `tag` keeps their cgroups and host-wide names apart.
public struct NodeLayout: Sendable, Hashable {
    /// The state directory, `/var/lib/remora` by default.
    public let root: String
    /// The run directory, `/run/remora` by default.
    public let runRoot: String

    /// Names the two directories; nothing is made.
    public init(root: String = "/var/lib/remora", runRoot: String = "/run/remora") {
        self.root = Self.trimmed(root)
        self.runRoot = Self.trimmed(runRoot)
    }

    /// Eight hexadecimal digits that belong to this run directory (FNV-1a of its path).
    ///
    /// They name what is global on the machine: cgroups, bridges, nftables chains.
    public var tag: String {
        var hash: UInt32 = 0x811C_9DC5
        for byte in runRoot.utf8 {
            hash = (hash ^ UInt32(byte)) &* 0x0100_0193
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    private static func trimmed(_ path: String) -> String {
        var path = Substring(path)
        while path.count > 1, path.hasSuffix("/") { path = path.dropLast() }
        return String(path)
    }
}

// MARK: - State that outlives a reboot

extension NodeLayout {
    /// The lock that admits one engine per state directory.
    public var lock: String { root + "/lock" }
    /// The object store.
    public var database: String { root + "/node.db" }
    /// The image store.
    public var images: String { root + "/images" }
    /// The directories of all pods.
    public var pods: String { root + "/pods" }
    /// The directories of all containers, one per run.
    public var containers: String { root + "/containers" }
    /// The logs of all pods.
    public var podLogs: String { root + "/log/pods" }
    /// The directory that `seccompProfile.localhostProfile` is relative to.
    public var seccompProfiles: String { root + "/seccomp" }
    /// The directories behind persistent volume claims.
    public var claims: String { root + "/claims" }

    /// The directory of one pod.
    public func pod(_ uid: String) -> String { pods + "/" + uid }
    /// The directory of a pod's volumes on disk.
    public func volumes(ofPod uid: String) -> String { pod(uid) + "/volumes" }
    /// The directory of a pod's files for its containers: hosts, hostname, resolv.conf.
    public func etc(ofPod uid: String) -> String { pod(uid) + "/etc" }

    /// The directory of one container run: its records, root file system and upper layer.
    public func container(_ id: String) -> String { containers + "/" + id }
    /// What Remora itself records of a container run.
    public func record(of id: String) -> String { container(id) + "/meta.json" }
    /// The mount point of a container's root file system.
    public func rootfs(of id: String) -> String { container(id) + "/rootfs" }
    /// The writable layer of a container's root file system.
    public func upperLayer(of id: String) -> String { container(id) + "/upper" }
    /// Where the image's tree is shown with its owners mapped while a root file system is made of it.
    func mappedLayer(of id: String) -> String { container(id) + "/lower" }
    /// The work directory that overlayfs wants beside the writable layer.
    public func overlayWork(of id: String) -> String { container(id) + "/work" }
    /// The file that is mounted at the container's `terminationMessagePath`.
    public func terminationMessage(of id: String) -> String {
        container(id) + "/termination-log"
    }

    /// The log directory of one pod.
    public func logs(namespace: String, pod name: String, uid: String) -> String {
        podLogs + "/" + namespace + "_" + name + "_" + uid
    }

    /// The log file of one container run, in the kubelet's naming.
    public func log(
        namespace: String,
        pod name: String,
        uid: String,
        container: String,
        attempt: Int
    ) -> String {
        logs(namespace: namespace, pod: name, uid: uid) + "/\(container)/\(attempt).log"
    }
}

// MARK: - State that is lost with a reboot

extension NodeLayout {
    /// The socket on which the engine serves its API.
    public var socket: String { runRoot + "/remora.sock" }
    /// The OCI runtime's own state (`crun --root`).
    public var runtimeState: String { runRoot + "/crun" }
    /// Where conmon writes one file per ended container, named by its ID.
    public var exits: String { runRoot + "/exits" }
    /// The OCI bundles, one directory per container run, where conmon keeps its pipes as well.
    public var bundles: String { runRoot + "/bundles" }
    /// Where the files of programs in containers lie while they run: descriptions, numbers, sockets.
    public var sockets: String { runRoot + "/s" }
    /// Where files of the node are shown with their owners mapped while containers are made.
    public var mappedMounts: String { runRoot + "/mapped" }
    /// The same for one container run: a file system in memory that holds such mounts.
    public func mappedMounts(of id: String) -> String { mappedMounts + "/" + id }
    /// The pinned network namespaces, one file per pod.
    public var networkNamespaces: String { runRoot + "/netns" }
    /// The pinned IPC namespaces, one file per pod.
    public var ipcNamespaces: String { runRoot + "/ipcns" }
    /// The pinned UTS namespaces, one file per pod.
    public var utsNamespaces: String { runRoot + "/utsns" }
    /// The pinned PID namespaces of pods with a shared process namespace, one file per pod.
    public var pidNamespaces: String { runRoot + "/pidns" }
    /// The pinned user namespaces of pods with `hostUsers: false`, one file per pod.
    public var userNamespaces: String { runRoot + "/userns" }
    /// The tmpfs volumes (memory `emptyDir`, secrets) of all pods.
    public var memoryVolumes: String { runRoot + "/volumes" }

    /// The pinned network namespace of one pod.
    public func networkNamespace(ofPod uid: String) -> String { networkNamespaces + "/" + uid }
    /// The pinned IPC namespace of one pod.
    public func ipcNamespace(ofPod uid: String) -> String { ipcNamespaces + "/" + uid }
    /// The pinned UTS namespace of one pod.
    public func utsNamespace(ofPod uid: String) -> String { utsNamespaces + "/" + uid }
    /// The pinned PID namespace of one pod with a shared process namespace.
    public func pidNamespace(ofPod uid: String) -> String { pidNamespaces + "/" + uid }
    /// The pinned user namespace of one pod with `hostUsers: false`.
    public func userNamespace(ofPod uid: String) -> String { userNamespaces + "/" + uid }
    /// The directory of one pod's tmpfs volumes.
    public func memoryVolumes(ofPod uid: String) -> String { memoryVolumes + "/" + uid }
    /// The `/dev/shm` that a pod's containers share.
    public func sharedMemory(ofPod uid: String) -> String { runRoot + "/shm/" + uid }

    /// The cgroup, relative to each hierarchy's root, under which all pods of this engine live.
    public var cgroup: String { "/remora/" + tag + "/kubepods" }
}
