/// Where one server of a service is (a record of type SRV, RFC 2782).
public struct ResolvedService: Sendable, Hashable {
    /// The server's name, without a full stop at its end; empty if the service is not offered.
    public var host: String
    /// Its port.
    public var port: UInt16
    /// Servers of the lowest number are used first.
    public var priority: Int
    /// The share among servers of one priority.
    public var weight: Int

    /// Makes a record.
    public init(host: String, port: UInt16, priority: Int = 0, weight: Int = 0) {
        self.host = host
        self.port = port
        self.priority = priority
        self.weight = weight
    }
}
