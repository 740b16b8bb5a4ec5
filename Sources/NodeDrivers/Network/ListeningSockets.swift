internal import PodModel
internal import System

/// The sockets of the node that take connections or datagrams.
struct ListeningSockets: Sendable {
    /// One such socket.
    struct Socket: Sendable, Hashable {
        var `protocol`: PortProtocol
        var port: Int
        /// Whether it takes what comes to any address.
        var isWildcard: Bool
        /// The address as /proc shows it: eight hexadecimal digits for IPv4.
        var address: String
        var inode: String
    }

    var sockets: [Socket] = []

    /// Reads what the node has now; what cannot be read counts as empty.
    static func current() -> Self {
        var found = Self()
        for (file, kind) in [
            ("tcp", PortProtocol.tcp), ("tcp6", .tcp), ("udp", .udp), ("udp6", .udp),
        ] {
            let bytes = (try? Files.read("/proc/net/" + file, limit: 64 << 20)) ?? []
            found.add(parsing: String(decoding: bytes, as: UTF8.self), kind)
        }
        return found
    }

    /// Adds the sockets of a file such as `/proc/net/tcp`.
    mutating func add(parsing text: String, _ kind: PortProtocol) {
        for line in text.split(separator: "\n").dropFirst() {
            let fields = line.split(separator: " ")
            guard fields.count > 9, let colon = fields[1].lastIndex(of: ":"),
                let port = Int(fields[1][fields[1].index(after: colon)...], radix: 16),
                // 0A: listening; 07: a datagram socket that is not connected.
                fields[3] == (kind == .tcp ? "0A" : "07")
            else { continue }
            let address = String(fields[1][..<colon])
            sockets.append(
                Socket(
                    protocol: kind,
                    port: port,
                    isWildcard: address.allSatisfy { $0 == "0" },
                    address: address,
                    inode: String(fields[9])
                )
            )
        }
    }

    /// The socket that a mapping would take connections away from.
    func holder(of port: HostPort) -> Socket? {
        sockets.first { socket in
            guard socket.protocol == port.protocol, socket.port == port.port else { return false }
            if socket.isWildcard || ["", "0.0.0.0", "::"].contains(port.address) { return true }
            return socket.address == Self.digits(of: port.address)
        }
    }

    /// The program that has a socket open, `name (PID 12)`; nil if it cannot be found.
    static func owner(of socket: Socket) -> String? {
        let wanted = "socket:[\(socket.inode)]"
        for pid in (try? Files.list("/proc")) ?? [] where pid.allSatisfy(\.isNumber) {
            let directory = "/proc/\(pid)/fd/"
            for descriptor in (try? Files.list(directory)) ?? []
            where (try? Files.readLink(directory + descriptor)) == wanted {
                let name = (try? Files.text("/proc/\(pid)/comm", limit: 64)) ?? "a process"
                return name.filter { $0 != "\n" } + " (PID \(pid))"
            }
        }
        return nil
    }

    /// An IPv4 address as /proc shows it.
    private static func digits(of address: String) -> String {
        guard let subnet = Subnet(address + "/32") else { return address }
        let text = String(subnet.base.byteSwapped, radix: 16, uppercase: true)
        return String(repeating: "0", count: 8 - text.count) + text
    }
}
