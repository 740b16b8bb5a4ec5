public import PodEngine

/// The names of a pod: what `hostname` says in its containers, and the domain behind it.
///
/// (kubelet: `GeneratePodHostNameAndDomain`, `GetNodenameForKernel`)
public struct PodHostname: Sendable, Hashable {
    /// The short name, at most 63 characters.
    public var host: String
    /// The domain behind the host name, empty if the pod has no subdomain.
    public var domain: String
    /// The name that the kernel reports, at most 64 characters.
    public var kernelName: String

    /// The fields of a pod that its names are made of.
    public struct Source: Sendable {
        /// `metadata.name`.
        public var podName: String
        /// `metadata.namespace`.
        public var namespace: String
        /// `spec.hostname`.
        public var hostname: String?
        /// `spec.subdomain`.
        public var subdomain: String?
        /// `spec.setHostnameAsFQDN`.
        public var usesQualifiedName: Bool
        /// `spec.hostnameOverride`.
        public var override: String?

        /// Makes a source from the fields.
        public init(
            podName: String,
            namespace: String,
            hostname: String? = nil,
            subdomain: String? = nil,
            usesQualifiedName: Bool = false,
            override: String? = nil
        ) {
            self.podName = podName
            self.namespace = namespace
            self.hostname = hostname
            self.subdomain = subdomain
            self.usesQualifiedName = usesQualifiedName
            self.override = override
        }
    }

    /// The longest host name; a longer one is cut.
    public static let hostLimit = 63
    /// The longest name the kernel takes.
    public static let kernelLimit = 64

    /// Derives the names of a pod.
    ///
    /// - Parameters:
    ///   - source: The fields of the pod.
    ///   - clusterDomain: The cluster's domain, such as `cluster.local`.
    /// - Throws: `FailedCreatePodSandBox` when the qualified name that the pod asks for is longer than
    ///   the kernel takes, or when nothing is left of a name after cutting it.
    public init(_ source: Source, clusterDomain: String) throws(StepFailure) {
        if let override = source.override {
            host = try Self.cut(override, podName: source.podName)
            domain = ""
            kernelName = host
            return
        }
        let wanted = source.hostname.flatMap { $0.isEmpty ? nil : $0 } ?? source.podName
        host = try Self.cut(wanted, podName: source.podName)
        if let subdomain = source.subdomain, !subdomain.isEmpty {
            domain = "\(subdomain).\(source.namespace).svc.\(clusterDomain)"
        } else {
            domain = ""
        }
        guard source.usesQualifiedName, !domain.isEmpty else {
            kernelName = host
            return
        }
        kernelName = "\(host).\(domain)"
        guard kernelName.utf8.count <= Self.kernelLimit else {
            throw StepFailure(
                reason: "FailedCreatePodSandBox",
                message:
                    "failed to construct FQDN from pod hostname and cluster domain, FQDN "
                    + "\(kernelName) is too long (\(Self.kernelLimit) characters is the max, "
                    + "\(kernelName.utf8.count) characters requested)"
            )
        }
    }

    private static func cut(_ name: String, podName: String) throws(StepFailure) -> String {
        guard name.utf8.count > hostLimit else { return name }
        var bytes = Array(name.utf8.prefix(hostLimit))
        while let last = bytes.last, last == UInt8(ascii: "-") || last == UInt8(ascii: ".") {
            bytes.removeLast()
        }
        guard !bytes.isEmpty else {
            throw StepFailure(
                reason: "FailedCreatePodSandBox",
                message: "hostname for pod \"\(podName)\" was invalid: \"\(name)\""
            )
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
