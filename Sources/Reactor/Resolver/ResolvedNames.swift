public import System

/// The addresses that a name had, and for how long they hold.
public struct ResolvedNames: Sendable, Hashable {
    /// The addresses, those of IPv6 first; each once, with the port 0.
    public var addresses: [SocketAddress]
    /// How long they hold, the shortest of all; `nil` if nobody said.
    public var ttl: Duration?
    /// Families that were asked for and whose question failed while that of the other did not.
    ///
    /// A name that has no address of a family is no failure.
    public var failed: [AddressFamily]

    /// Makes an answer.
    public init(
        addresses: [SocketAddress],
        ttl: Duration? = nil,
        failed: [AddressFamily] = []
    ) {
        self.addresses = addresses
        self.ttl = ttl
        self.failed = failed
    }
}

/// A family of internet addresses.
public enum AddressFamily: Sendable, Hashable, CaseIterable {
    /// IPv6: records of type AAAA.
    case v6
    /// IPv4: records of type A.
    case v4
}
