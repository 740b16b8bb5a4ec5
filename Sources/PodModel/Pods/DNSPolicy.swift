/// Where a pod's `/etc/resolv.conf` comes from.
public enum DNSPolicy: String, Sendable, Hashable, CaseIterable {
    /// Cluster DNS; on the node's network the same as `default`.
    case clusterFirst = "ClusterFirst"
    /// Cluster DNS, on the node's network too.
    case clusterFirstWithHostNet = "ClusterFirstWithHostNet"
    /// The node's file.
    case `default` = "Default"
    /// `dnsConfig` alone.
    case none = "None"
}
