import CLinux
import Glibc

/// Datagram sockets; all are non-blocking and closed on exec.
public enum Datagrams {
    /// The most bytes of one datagram.
    public static let sizeMaximum = 65_535

    /// A socket that takes datagrams at an internet address.
    ///
    /// - Parameters:
    ///   - address: Where; port 0 takes any free one.
    ///   - room: How many bytes may wait in the kernel; it gives less if the machine says so.
    /// - Returns: The socket.
    /// - Throws: `EADDRINUSE`, `EADDRNOTAVAIL`, `EACCES`.
    public static func bind(
        _ address: SocketAddress,
        room: Int32 = 4 << 20
    ) throws(SystemError) -> Descriptor {
        let socket = try make(address.family)
        let number = socket.number
        if address.family == AF_INET6 { setOption(number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        setOption(number, SOL_SOCKET, SO_RCVBUF, room)
        try checked("bind", address.description) {
            unsafe pointer(to: address) { unsafe Glibc.bind(number, $0, $1) }
        }
        return socket
    }

    /// A socket that takes datagrams at a path, which must be free.
    ///
    /// - Throws: `EADDRINUSE` if the path exists, `ENOENT`, `EACCES`, `ENAMETOOLONG`.
    public static func bind(unix path: String, mode: UInt32) throws(SystemError) -> Descriptor {
        let address = try SocketAddress.unix(path)
        let socket = try make(AF_UNIX)
        let number = socket.number
        try checked("bind", path) {
            unsafe pointer(to: address) { unsafe Glibc.bind(number, $0, $1) }
        }
        try Files.chmod(path, mode)
        return socket
    }

    /// A socket whose datagrams go to an address.
    ///
    /// - Throws: `ENOENT` and `ECONNREFUSED` for a path that nobody serves; `ENETUNREACH`.
    public static func connect(_ address: SocketAddress) throws(SystemError) -> Descriptor {
        let socket = try make(address.family)
        let number = socket.number
        try checked("connect", address.description) {
            unsafe pointer(to: address) { unsafe Glibc.connect(number, $0, $1) }
        }
        return socket
    }

    /// The next datagram and its sender, which is empty for a socket without a name.
    ///
    /// - Throws: `EAGAIN` if there is none.
    public static func receive(
        _ socket: Int32,
        into room: inout [UInt8]
    ) throws(SystemError) -> (count: Int, sender: SocketAddress) {
        var address = [UInt8](repeating: 0, count: MemoryLayout<sockaddr_storage>.size)
        var size = socklen_t(address.count)
        let count = try checked("recvfrom") {
            unsafe address.withUnsafeMutableBytes { raw in
                unsafe room.withUnsafeMutableBytes { place in
                    unsafe recvfrom(
                        socket,
                        place.baseAddress,
                        place.count,
                        0,
                        raw.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                        &size
                    )
                }
            }
        }
        let sender = SocketAddress(bytes: Array(address.prefix(Int(size))))
        return (count, sender)
    }

    private static func make(_ family: Int32) throws(SystemError) -> Descriptor {
        let type = Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        return Descriptor(adopting: try checked("socket") { Glibc.socket(family, type, 0) })
    }

    private static func setOption(_ socket: Int32, _ level: Int32, _ name: Int32, _ value: Int32) {
        var value = value
        // What cannot be had is done without.
        _ = unsafe setsockopt(socket, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func pointer<Result>(
        to address: SocketAddress,
        _ body: (UnsafePointer<sockaddr>?, socklen_t) -> Result
    ) -> Result {
        unsafe address.bytes.withUnsafeBytes { raw in
            unsafe body(
                raw.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                socklen_t(raw.count)
            )
        }
    }
}
