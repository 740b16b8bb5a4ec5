public import Basics
internal import Formats
public import PodEngine
public import Reactor
public import System

/// The sandboxes of pods: namespaces that live without a process, and their network.
///
/// Every step is on record before it is taken, so that an engine that was killed at any moment can
/// finish or undo it. Namespaces are pinned where `NodeLayout` says; `ContainerNamespaces` names them
/// to the runtime.
@MainLoop public final class PodNetwork {
    /// What can be chosen about the network of an engine.
    public struct Settings: Sendable {
        /// A CNI configuration of the user's in place of the generated one.
        public var configuration: String?
        /// Where the plugins are searched.
        public var pluginDirectories = ["/opt/cni/bin", "/usr/lib/cni", "/usr/libexec/cni"]
        /// How long one plugin may take.
        public var pluginDeadline: Duration = .seconds(30)
        /// The program, and its arguments, that holds a PID namespace: it calls `NamespaceHolder.run`.
        public var holder = ["/proc/self/exe", "pause"]
        /// The program that is asked whether a firewall drops what it forwards.
        public var iptables = "iptables"

        /// The usual choices.
        public init() {}
    }

    let layout: NodeLayout
    let settings: Settings
    let plugins: CNIPlugins
    /// More plugins at once than this are no faster, and each takes a dozen threads.
    let turnstile = Turnstile(limit: max(4, 2 * Host.cpuCount))
    var configuration: CNIConfiguration?
    var sandboxes: [String: SandboxRecord] = [:]
    var preparation: Task<CNIConfiguration, any Error>?
    /// What does not work on this machine and can be done without, in sentences for the user.
    public internal(set) var warnings: [String] = []

    private init(layout: NodeLayout, settings: Settings) {
        self.layout = layout
        self.settings = settings
        plugins = CNIPlugins(
            directories: settings.pluginDirectories,
            deadline: settings.pluginDeadline
        )
    }

    /// Opens the network of an engine; sandboxes of an earlier life are found again.
    public static func open(
        layout: NodeLayout,
        settings: Settings = Settings()
    ) async throws(Failure) -> PodNetwork {
        let network = PodNetwork(layout: layout, settings: settings)
        do throws(SystemError) {
            for directory in [
                layout.sandboxRecords, layout.networkNamespaces, layout.ipcNamespaces,
                layout.utsNamespaces, layout.pidNamespaces, layout.userNamespaces,
                layout.runRoot + "/shm", layout.addressLeases,
            ] {
                try Files.makeDirectories(directory, mode: 0o700)
            }
            for name in try Files.list(layout.sandboxRecords) where name.hasSuffix(".json") {
                let bytes = try Files.read(layout.sandboxRecords + "/" + name)
                guard let json = try? JSON.parse(bytes), let record = SandboxRecord(json: json)
                else {
                    continue
                }
                network.sandboxes[record.podUID] = record
            }
            try network.removeStrays()
        } catch {
            throw Failure("cannot open the pod network in \(layout.runRoot)", error)
        }
        return network
    }

    /// The node's addresses, the primary first: those of the way to the outside, else loopback.
    public var hostAddresses: [String] {
        let addresses = NetworkLinks.outwardAddresses()
        return addresses.isEmpty ? ["127.0.0.1"] : addresses
    }

    /// The sandboxes that are whole, by pod UID; for adoption after a start of the engine.
    ///
    /// Half-made and damaged ones are not among them: `remove` clears them, `create` makes them anew.
    public func existing() -> [String: Sandbox] {
        sandboxes.filter { isWhole($0.value) }.mapValues(\.sandbox)
    }

    /// The UIDs of all pods of which anything is left, whole or not; `remove` what nobody knows.
    public func known() -> Set<String> { Set(sandboxes.keys) }

    /// The users of a pod with a user namespace of its own, while it has a sandbox.
    public func users(podUID: String) -> UserRange? { sandboxes[podUID]?.users }

    /// The PID of the holder of a pod's shared PID namespace, to be put into the pod's cgroup.
    public func holder(podUID: String) -> Int32? {
        NamespaceHolder.pid(pin: layout.pidNamespace(ofPod: podUID))
    }

    /// Whether every namespace of a sandbox still exists.
    func isWhole(_ record: SandboxRecord) -> Bool {
        guard record.isReady else { return false }
        let uid = record.podUID
        if !record.usesHostNetwork {
            guard Namespaces.isPinned(layout.networkNamespace(ofPod: uid)),
                Namespaces.isPinned(layout.utsNamespace(ofPod: uid))
            else { return false }
        }
        if !record.usesHostIPC, !Namespaces.isPinned(layout.ipcNamespace(ofPod: uid)) {
            return false
        }
        if record.users != nil, !Namespaces.isPinned(layout.userNamespace(ofPod: uid)) {
            return false
        }
        return !record.sharesProcesses || holder(podUID: uid) != nil
    }
}

extension SandboxRecord {
    /// The sandbox as the engine knows it.
    var sandbox: Sandbox { Sandbox(attempt: attempt, podIPs: addresses) }
}
