public import PodEngine
public import PodModel
internal import System

/// Writes the files that name a pod and its neighbours: `hosts`, `hostname`, `resolv.conf`.
///
/// They lie in the pod's directory and are mounted into its containers. Files are changed in place,
/// because a running container holds them by their inode.
public struct PodFiles: Sendable {
    /// Where the files are and what they say.
    public struct Written: Sendable, Hashable {
        /// The file for `/etc/hosts`.
        public var hosts: String
        /// The file for `/etc/hostname`.
        public var hostname: String
        /// The file for `/etc/resolv.conf`.
        public var resolver: String
        /// What the kernel is to report as the host name; also the value of `HOSTNAME`.
        public var kernelName: String
        /// Warnings to record about the name resolution.
        public var events: [EventRecord]
    }

    let layout: NodeLayout
    /// How the resolvers of pods are decided.
    public let resolver: PodResolver

    /// Prepares to write the files of a node's pods.
    public init(layout: NodeLayout, resolver: PodResolver) {
        self.layout = layout
        self.resolver = resolver
    }

    /// Writes all files when the pod's sandbox is made.
    ///
    /// - Parameters:
    ///   - pod: The pod.
    ///   - podIPs: Its addresses, the primary first; none for a pod in the host's network.
    /// - Returns: Where they are.
    /// - Throws: `FailedCreatePodSandBox` if the pod's name cannot be had or nothing can be written.
    public func write(_ pod: Pod, podIPs: [String]) throws(StepFailure) -> Written {
        let name = try PodHostname(PodHostname.Source(pod), clusterDomain: resolver.clusterDomain)
        // In the host's network the kernel's name is the node's.
        let kernelName = pod.spec.hostNetwork ? Host.hostname : name.kernelName
        let (configuration, events) = resolver.resolve(PodResolver.Request(pod))
        let folder = layout.etc(ofPod: pod.metadata.uid)
        let written = Written(
            hosts: folder + "/hosts",
            hostname: folder + "/hostname",
            resolver: folder + "/resolv.conf",
            kernelName: kernelName,
            events: events
        )
        do throws(SystemError) {
            try Files.makeDirectories(folder, mode: 0o755)
            try Files.write(written.hostname, kernelName + "\n")
            try Files.write(written.resolver, configuration.text)
            try writeHosts(pod, name, podIPs)
        } catch {
            throw StepFailure(
                reason: "FailedCreatePodSandBox",
                message: "cannot write the pod's files: \(error.advice)"
            )
        }
        return written
    }

    /// Writes `hosts` anew, as the kubelet does whenever a container of the pod is started.
    ///
    /// - Parameters:
    ///   - pod: The pod.
    ///   - podIPs: Its addresses.
    /// - Throws: `CreateContainerConfigError` if it cannot be written.
    public func refreshHosts(_ pod: Pod, podIPs: [String]) throws(StepFailure) {
        let name = try PodHostname(PodHostname.Source(pod), clusterDomain: resolver.clusterDomain)
        do throws(SystemError) {
            try writeHosts(pod, name, podIPs)
        } catch {
            throw .configuration("cannot write the pod's hosts file: \(error.advice)")
        }
    }

    /// Removes the files of a pod whose containers are gone; none is no error.
    ///
    /// To be called before the pod's volumes are unmounted, which removes the pod's empty directory.
    ///
    /// - Parameter podUID: The pod's UID.
    public func remove(podUID: String) {
        for name in ["hosts", "hostname", "resolv.conf"] {
            try? Files.remove(layout.etc(ofPod: podUID) + "/" + name)
        }
        try? Files.remove(layout.etc(ofPod: podUID))
    }

    private func writeHosts(
        _ pod: Pod,
        _ name: PodHostname,
        _ podIPs: [String]
    ) throws(SystemError) {
        let aliases = HostsFile.aliases(of: pod)
        var text = HostsFile.text(podIPs: podIPs, name: name, aliases: aliases)
        if pod.spec.hostNetwork {
            let node = try Files.text("/etc/hosts", limit: 1 << 20)
            text = HostsFile.hostNetworkText(nodeText: node, aliases: aliases)
        }
        try Files.write(
            layout.etc(ofPod: pod.metadata.uid) + "/hosts",
            text,
            mode: HostsFile.mode
        )
    }
}

extension ResolverConfiguration {
    /// Reads the node's own configuration.
    ///
    /// A name server on the loopback address is out of a pod's reach, so where systemd-resolved runs
    /// its list of real servers is taken, as cluster installers tell the kubelet to do. A file that
    /// cannot be read counts as empty.
    public static func ofNode(
        path: String = "/etc/resolv.conf",
        resolvedPath: String = "/run/systemd/resolve/resolv.conf"
    ) -> Self {
        let own = Self(parsing: (try? Files.text(path, limit: 10 << 20)) ?? "")
        guard !own.servers.isEmpty, own.servers.allSatisfy({ isLoopback($0) }),
            let text = try? Files.text(resolvedPath, limit: 10 << 20)
        else { return own }
        let real = Self(parsing: text)
        return real.servers.isEmpty ? own : real
    }

    private static func isLoopback(_ address: String) -> Bool {
        address.hasPrefix("127.") || address == "::1"
    }
}
