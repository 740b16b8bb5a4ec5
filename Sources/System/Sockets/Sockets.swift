import CLinux
import Glibc

/// Stream sockets; all are non-blocking and closed on exec.
public enum Sockets {
    /// Starts a connection, from within the network namespace pinned on a file if one is named.
    ///
    /// - Returns: The socket; unless `done`, it becomes writable when it is known how it went, and
    ///   `failure(of:)` tells.
    /// - Throws: The error of `socket` or `connect`; `EAGAIN` if the queue of a Unix socket is full.
    public static func connect(
        _ address: SocketAddress,
        in namespace: String? = nil
    ) throws(SystemError) -> (socket: Int32, done: Bool) {
        let socket = try make(address.family, in: namespace)
        do throws(SystemError) {
            try checked("connect", address.description) {
                unsafe withPointer(to: address) { unsafe Glibc.connect(socket.number, $0, $1) }
            }
        } catch {
            guard error.number == EINPROGRESS else { throw error }
            return (socket.release(), false)
        }
        return (socket.release(), true)
    }

    /// Starts a connection to a Unix socket of any path length.
    ///
    /// - Throws: As `connect` of an address; `ENOENT` and `ECONNREFUSED` if nobody listens.
    public static func connect(
        unix path: String
    ) throws(SystemError) -> (socket: Int32, done: Bool) {
        try withUnixAddress(path) { address throws(SystemError) in
            do throws(SystemError) {
                return try connect(address)
            } catch {
                throw SystemError(error.number, "connect", path)
            }
        }
    }

    /// A socket that accepts connections at an internet address.
    ///
    /// With `sharesPort` several sockets may listen there, among which the kernel spreads connections.
    /// - Throws: `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`.
    public static func listen(
        _ address: SocketAddress,
        backlog: Int32 = 1024,
        sharesPort: Bool = false
    ) throws(SystemError) -> Descriptor {
        let socket = try make(address.family)
        let number = socket.number
        try setOption(number, SOL_SOCKET, SO_REUSEADDR, 1)
        if sharesPort { try setOption(number, SOL_SOCKET, SO_REUSEPORT, 1) }
        // An IPv6 socket for all addresses would take the IPv4 ones too.
        if address.family == AF_INET6 {
            try setOption(number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1)
        }
        try checked("bind", address.description) {
            unsafe withPointer(to: address) { unsafe Glibc.bind(number, $0, $1) }
        }
        try checked("listen", address.description) { Glibc.listen(number, backlog) }
        return socket
    }

    /// A socket that accepts connections at a path, which must be free.
    ///
    /// Nobody can connect before the mode is set.
    /// - Throws: `EADDRINUSE` if the path exists, `ENOENT`, `EACCES`.
    public static func listen(
        unix path: String,
        mode: UInt32,
        backlog: Int32 = 1024
    ) throws(SystemError) -> Descriptor {
        let socket = try make(AF_UNIX)
        let number = socket.number
        _ = try withUnixAddress(path) { address throws(SystemError) in
            try checked("bind", path) {
                unsafe withPointer(to: address) { unsafe Glibc.bind(number, $0, $1) }
            }
        }
        try Files.chmod(path, mode)
        try checked("listen", path) { Glibc.listen(number, backlog) }
        return socket
    }

    /// The next connection of a listener.
    ///
    /// - Throws: `EAGAIN` if there is none; `EMFILE` and `ENFILE`; errors of the network.
    public static func accept(_ listener: Int32) throws(SystemError) -> Int32 {
        try checked("accept4") { remora_accept(listener) }
    }

    /// Has a listener begin no more handshakes.
    ///
    /// Clients that ask for one hear nothing; those whose handshake is under way can still be accepted,
    /// so that a listener can be closed a moment later without cutting anybody.
    /// - Returns: Whether the kernel can do that.
    public static func refuseHandshakes(_ listener: Int32) -> Bool {
        remora_refuse_handshakes(listener) == 0
    }

    /// Two connected Unix stream sockets.
    ///
    /// - Throws: `EMFILE`, `ENFILE`.
    public static func pair() throws(SystemError) -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        try checked("socketpair") { unsafe socketpair(AF_UNIX, streamType, 0, &ends) }
        return (ends[0], ends[1])
    }

    /// How a connection attempt went; `nil` if it stands.
    public static func failure(of socket: Int32, _ subject: String) -> SystemError? {
        var number: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        if unsafe getsockopt(socket, SOL_SOCKET, SO_ERROR, &number, &size) < 0 {
            return .last("connect", subject)
        }
        return number == 0 ? nil : SystemError(number, "connect", subject)
    }

    /// The own address of a socket.
    ///
    /// - Throws: `EBADF`, `ENOTSOCK`.
    public static func localAddress(_ socket: Int32) throws(SystemError) -> SocketAddress {
        var bytes = [UInt8](repeating: 0, count: MemoryLayout<sockaddr_storage>.size)
        var size = socklen_t(bytes.count)
        try checked("getsockname") {
            unsafe bytes.withUnsafeMutableBytes { raw in
                unsafe getsockname(
                    socket,
                    raw.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                    &size
                )
            }
        }
        return SocketAddress(bytes: Array(bytes.prefix(Int(size))))
    }

    /// The address of the peer.
    ///
    /// - Throws: `ENOTCONN` if it has gone already.
    public static func peerAddress(_ socket: Int32) throws(SystemError) -> SocketAddress {
        var bytes = [UInt8](repeating: 0, count: MemoryLayout<sockaddr_storage>.size)
        var size = socklen_t(bytes.count)
        try checked("getpeername") {
            unsafe bytes.withUnsafeMutableBytes { raw in
                unsafe getpeername(
                    socket,
                    raw.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                    &size
                )
            }
        }
        return SocketAddress(bytes: Array(bytes.prefix(Int(size))))
    }

    /// The user at the other end of a Unix socket.
    ///
    /// - Throws: `ENOTCONN`, `ENOTSOCK`.
    public static func peerUser(_ socket: Int32) throws(SystemError) -> UInt32 {
        // struct ucred: process, user, group.
        var credentials: (Int32, UInt32, UInt32) = (0, .max, .max)
        var size = socklen_t(12)
        try checked("getsockopt") {
            unsafe getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size)
        }
        return credentials.1
    }

    /// Sends at once without waiting for more to fill a packet (`TCP_NODELAY`).
    ///
    /// - Throws: `ENOTSOCK`; `EOPNOTSUPP` on other sockets than TCP.
    public static func sendImmediately(_ socket: Int32) throws(SystemError) {
        try setOption(socket, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    }

    /// Has the kernel ask now and then whether a silent peer is still there (`SO_KEEPALIVE`).
    ///
    /// - Parameters:
    ///   - socket: A socket of TCP.
    ///   - probes: How many stay without an answer before the connection fails; `nil` is the machine's.
    ///   - idleSeconds: How long nothing came before the first one; `nil` is the machine's.
    ///   - intervalSeconds: The time between two; `nil` is the machine's.
    /// - Throws: `ENOTSOCK`; `EINVAL` for numbers out of the kernel's range (1 to 32767, probes to 127);
    ///   `EOPNOTSUPP` on other sockets than TCP.
    public static func keepAlive(
        _ socket: Int32,
        probes: Int?,
        idleSeconds: Int?,
        intervalSeconds: Int?
    ) throws(SystemError) {
        try setOption(socket, SOL_SOCKET, SO_KEEPALIVE, 1)
        let options = [
            (TCP_KEEPCNT, probes), (TCP_KEEPIDLE, idleSeconds), (TCP_KEEPINTVL, intervalSeconds),
        ]
        for case (let name, let value?) in options {
            try setOption(socket, Int32(IPPROTO_TCP), name, Int32(clamping: value))
        }
    }

    /// Ends the direction of sending; the peer reads the end of the stream.
    public static func finishSending(_ socket: Int32) {
        _ = shutdown(socket, Int32(SHUT_WR))
    }

    private static let streamType = Int32(
        SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
    )

    private static func make(
        _ family: Int32,
        in namespace: String?
    ) throws(SystemError) -> Descriptor {
        guard let namespace else { return try make(family) }
        let number = unsafe remora_socket_in(namespace, family, streamType)
        guard number >= 0 else { throw SystemError(-number, "setns", namespace) }
        return Descriptor(adopting: number)
    }

    private static func make(_ family: Int32) throws(SystemError) -> Descriptor {
        Descriptor(adopting: try checked("socket") { socket(family, streamType, 0) })
    }

    private static func setOption(
        _ socket: Int32,
        _ level: Int32,
        _ name: Int32,
        _ value: Int32
    ) throws(SystemError) {
        var value = value
        try checked("setsockopt") {
            unsafe setsockopt(socket, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    /// A path too long for an address is reached through its directory's descriptor.
    private static func withUnixAddress<Result>(
        _ path: String,
        _ body: (SocketAddress) throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        if path.utf8.count <= SocketAddress.unixPathMaximum {
            return try body(try SocketAddress.unix(path))
        }
        let parent = Files.parent(of: path)
        let name = path.split(separator: "/").last.map(String.init) ?? ""
        // O_PATH, which the Glibc module lacks.
        let directory = try Descriptors.open(parent, flags: 0o10_000_000 | O_DIRECTORY)
        return try body(try SocketAddress.unix("/proc/self/fd/\(directory.number)/\(name)"))
    }
}

private func withPointer<Result>(
    to address: SocketAddress,
    _ body: (UnsafePointer<sockaddr>?, socklen_t) -> Result
) -> Result {
    unsafe address.bytes.withUnsafeBytes { raw in
        unsafe body(raw.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(raw.count))
    }
}
