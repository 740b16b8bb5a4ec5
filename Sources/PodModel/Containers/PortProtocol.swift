/// The protocol of a port.
public enum PortProtocol: String, Sendable, Hashable, CaseIterable {
    /// TCP.
    case tcp = "TCP"
    /// UDP.
    case udp = "UDP"
    /// SCTP.
    case sctp = "SCTP"
}
