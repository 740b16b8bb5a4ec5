import Glibc

/// The address of a socket: IPv4, IPv6 or a path.
public struct SocketAddress: Sendable, Hashable, CustomStringConvertible {
    /// The kernel's form.
    let bytes: [UInt8]

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The address family: `AF_INET`, `AF_INET6` or `AF_UNIX`.
    public var family: Int32 {
        bytes.count < 2 ? AF_UNSPEC : Int32(UInt16(bytes[0]) | UInt16(bytes[1]) << 8)
    }

    /// Whether this is the path of a Unix socket.
    public var isPath: Bool { family == AF_UNIX }

    /// The port of an internet address, 0 for others.
    public var port: UInt16 {
        guard family == AF_INET || family == AF_INET6, bytes.count >= 4 else { return 0 }
        return UInt16(bytes[2]) << 8 | UInt16(bytes[3])
    }

    /// The bytes of an internet address, 4 or 16 in the order of the network; empty for others.
    public var hostBytes: [UInt8] {
        switch family {
        case AF_INET where bytes.count >= 8: Array(bytes[4..<8])
        case AF_INET6 where bytes.count >= 24: Array(bytes[8..<24])
        default: []
        }
    }

    /// The host of an internet address as a number, the path of a Unix address.
    public var host: String {
        switch family {
        case AF_INET, AF_INET6: numericHost
        case AF_UNIX: String(decoding: bytes.dropFirst(2).prefix { $0 != 0 }, as: UTF8.self)
        default: ""
        }
    }

    /// `10.0.0.1:80`, `[fe80::1]:80` or the path.
    public var description: String {
        switch family {
        case AF_INET: "\(host):\(port)"
        case AF_INET6: "[\(host)]:\(port)"
        default: host
        }
    }

    /// The address of a Unix socket.
    ///
    /// - Throws: `ENAMETOOLONG` for more than 107 bytes; `Sockets` knows a way around it.
    public static func unix(_ path: String) throws(SystemError) -> SocketAddress {
        let name = Array(path.utf8)
        guard !name.isEmpty, name.count <= unixPathMaximum, !name.contains(0) else {
            throw SystemError(name.isEmpty ? EINVAL : ENAMETOOLONG, "socket", path)
        }
        let family = UInt16(AF_UNIX)
        return SocketAddress(bytes: [UInt8(family & 255), UInt8(family >> 8)] + name + [0])
    }

    /// The longest path of a Unix socket in bytes.
    static let unixPathMaximum = 107

    private var numericHost: String {
        var text = [CChar](repeating: 0, count: 64)
        let room = socklen_t(text.count)
        let result = unsafe bytes.withUnsafeBytes { raw in
            unsafe getnameinfo(
                raw.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(raw.count),
                &text,
                room,
                nil,
                0,
                NI_NUMERICHOST
            )
        }
        guard result == 0 else { return "" }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
