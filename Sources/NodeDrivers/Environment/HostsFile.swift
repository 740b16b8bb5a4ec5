/// The text of a pod's `/etc/hosts`, as the kubelet writes it.
///
/// The file is written anew at every container start of the pod and mounted writable in each
/// container that does not mount its own `/etc/hosts`. (kubelet: `managedHostsFileContent`)
public enum HostsFile {
    /// One entry of `spec.hostAliases`.
    public struct Alias: Sendable, Hashable {
        /// The address.
        public var address: String
        /// The names for it.
        public var names: [String]

        /// Makes an alias entry.
        public init(address: String, names: [String]) {
            self.address = address
            self.names = names
        }
    }

    /// The mode of the file.
    public static let mode: UInt32 = 0o644

    /// The file of a pod with a network of its own.
    ///
    /// - Parameters:
    ///   - podIPs: The pod's addresses, the primary first.
    ///   - name: The pod's names.
    ///   - aliases: The entries of `spec.hostAliases`.
    /// - Returns: The text.
    public static func text(podIPs: [String], name: PodHostname, aliases: [Alias]) -> String {
        var text = """
            # Kubernetes-managed hosts file.
            127.0.0.1\tlocalhost
            ::1\tlocalhost ip6-localhost ip6-loopback
            fe00::0\tip6-localnet
            fe00::0\tip6-mcastprefix
            fe00::1\tip6-allnodes
            fe00::2\tip6-allrouters

            """
        for address in podIPs {
            let qualified = name.domain.isEmpty ? "" : "\(name.host).\(name.domain)\t"
            text += "\(address)\t\(qualified)\(name.host)\n"
        }
        return text + entries(of: aliases)
    }

    /// The file of a pod in the host's network: the node's own file and the aliases.
    ///
    /// - Parameters:
    ///   - nodeText: The content of the node's `/etc/hosts`.
    ///   - aliases: The entries of `spec.hostAliases`.
    /// - Returns: The text.
    public static func hostNetworkText(nodeText: String, aliases: [Alias]) -> String {
        "# Kubernetes-managed hosts file (host network).\n" + nodeText + entries(of: aliases)
    }

    private static func entries(of aliases: [Alias]) -> String {
        guard !aliases.isEmpty else { return "" }
        return aliases.reduce(into: "\n# Entries added by HostAliases.\n") { text, alias in
            text += "\(alias.address)\t\(alias.names.joined(separator: "\t"))\n"
        }
    }
}
