public import PodEngine

/// Decides a pod's `resolv.conf` from its `dnsPolicy` and `dnsConfig`.
///
/// (kubelet: `Configurer.GetPodDNS`)
public struct PodResolver: Sendable {
    /// The node's own configuration, as in its `/etc/resolv.conf`.
    public var node: ResolverConfiguration
    /// The addresses of the cluster's name servers; none if there is no cluster DNS.
    public var clusterServers: [String]
    /// The cluster's domain, such as `cluster.local`.
    public var clusterDomain: String

    /// Makes a resolver for the pods of a node.
    public init(node: ResolverConfiguration, clusterServers: [String], clusterDomain: String) {
        self.node = node
        self.clusterServers = clusterServers
        self.clusterDomain = clusterDomain
    }

    /// What a pod says about its name resolution.
    public struct Request: Sendable {
        /// `namespace/name` parts and UID of the pod, for its search domains and event texts.
        public var podName: String
        /// The pod's namespace.
        public var namespace: String
        /// The pod's UID.
        public var uid: String
        /// `ClusterFirst`, `ClusterFirstWithHostNet`, `Default` or `None`.
        public var policy: String
        /// Whether the pod uses the host's network.
        public var usesHostNetwork: Bool
        /// `spec.dnsConfig`, options written as `name:value`.
        public var config: ResolverConfiguration?

        /// Makes a request from the fields of a pod.
        public init(
            podName: String,
            namespace: String,
            uid: String,
            policy: String,
            usesHostNetwork: Bool,
            config: ResolverConfiguration? = nil
        ) {
            self.podName = podName
            self.namespace = namespace
            self.uid = uid
            self.policy = policy
            self.usesHostNetwork = usesHostNetwork
            self.config = config
        }
    }

    /// The configuration of a pod, and the warnings to record about it.
    ///
    /// - Parameter request: What the pod asks for.
    /// - Returns: The configuration, and events `MissingClusterDNS` and `DNSConfigForming` as they
    ///   apply.
    public func resolve(
        _ request: Request
    ) -> (configuration: ResolverConfiguration, events: [EventRecord]) {
        var events: [EventRecord] = []
        var configuration = base(for: request, events: &events)
        if let config = request.config { configuration.add(config) }
        for message in configuration.fitLimits() {
            events.append(
                EventRecord(isWarning: true, reason: "DNSConfigForming", message: message)
            )
        }
        return (configuration, events)
    }

    private func base(for request: Request, events: inout [EventRecord]) -> ResolverConfiguration {
        switch (request.policy, request.usesHostNetwork) {
        case ("None", _): return ResolverConfiguration()
        case ("Default", _), ("ClusterFirst", true): return node
        default: break
        }
        guard !clusterServers.isEmpty else {
            let pod = "\(request.podName)_\(request.namespace)(\(request.uid))"
            let message =
                "pod: \"\(pod)\". kubelet does not have ClusterDNS IP configured and cannot create "
                + "Pod using \"ClusterFirst\" policy. Falling back to \"Default\" policy."
            events.append(
                EventRecord(isWarning: true, reason: "MissingClusterDNS", message: message)
            )
            return node
        }
        var searches = node.searches
        if !clusterDomain.isEmpty {
            searches =
                [
                    "\(request.namespace).svc.\(clusterDomain)", "svc.\(clusterDomain)",
                    clusterDomain,
                ] + searches
        }
        return ResolverConfiguration(
            servers: clusterServers,
            searches: ResolverConfiguration.withoutRepeats(searches),
            options: ["ndots:5"]
        )
    }
}
