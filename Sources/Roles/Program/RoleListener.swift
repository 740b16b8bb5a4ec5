/// Where a role takes connections or datagrams.
package struct RoleListener: Sendable, Hashable, CustomStringConvertible {
    /// What is taken there.
    package enum Transport: String, Sendable, Hashable {
        /// Connections.
        case tcp
        /// Datagrams.
        case udp
    }

    /// Where.
    package var address: ListenAddress
    /// What.
    package var transport: Transport

    /// Names a place.
    package init(_ address: ListenAddress, _ transport: Transport = .tcp) {
        self.address = address
        self.transport = transport
    }

    /// Whether this one and another cannot both be had.
    ///
    /// All addresses of a family include each of them; those of IPv6 do not include those of IPv4, for
    /// sockets are bound with `IPV6_V6ONLY`. Port 0 is any free one.
    package func excludes(_ other: Self) -> Bool {
        guard transport == other.transport, address.port == other.address.port, address.port != 0
        else { return false }
        let (mine, its) = (Self.number(address.host), Self.number(other.address.host))
        if mine == its { return true }
        guard mine.contains(":") == its.contains(":") else { return false }
        return [mine, its].contains { $0 == "0.0.0.0" || $0 == "::" }
    }

    private static func number(_ host: String) -> String {
        switch host {
        case "localhost": "127.0.0.1"
        case "", "*": "0.0.0.0"
        default: host
        }
    }

    /// `127.0.0.1:8125`, with `/udp` behind it for datagrams.
    package var description: String { "\(address)" + (transport == .udp ? "/udp" : "") }
}
