public import PodModel

extension PodHostname.Source {
    /// Takes the fields of a pod.
    public init(_ pod: Pod) {
        self.init(
            podName: pod.metadata.name,
            namespace: pod.metadata.namespace,
            hostname: pod.spec.hostname,
            subdomain: pod.spec.subdomain,
            usesQualifiedName: pod.spec.setHostnameAsFQDN ?? false,
            override: pod.spec.hostnameOverride
        )
    }
}

extension HostsFile {
    /// The aliases of a pod.
    public static func aliases(of pod: Pod) -> [Alias] {
        pod.spec.hostAliases.map { Alias(address: $0.ip, names: $0.hostnames) }
    }
}

extension PodResolver.Request {
    /// Takes the fields of a pod.
    public init(_ pod: Pod) {
        self.init(
            podName: pod.metadata.name,
            namespace: pod.metadata.namespace,
            uid: pod.metadata.uid,
            policy: pod.spec.dnsPolicy.rawValue,
            usesHostNetwork: pod.spec.hostNetwork,
            config: pod.spec.dnsConfig.map { config in
                ResolverConfiguration(
                    servers: config.nameservers,
                    searches: config.searches,
                    options: config.options.map { option in
                        guard let value = option.value, !value.isEmpty else { return option.name }
                        return "\(option.name):\(value)"
                    }
                )
            }
        )
    }
}
