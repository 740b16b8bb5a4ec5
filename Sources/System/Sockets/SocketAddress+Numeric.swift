import Glibc

extension SocketAddress {
    /// The address of a host given as a number: `10.0.0.1`, `fe80::1` or `fe80::1%eth0`.
    ///
    /// Nobody is asked, and nothing of the name service of the C library is used. `nil` for anything
    /// else, a name among them.
    public init?(number host: String, port: UInt16) {
        let parts = host.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        let order = [UInt8(port >> 8), UInt8(port & 255)]
        var octets = [UInt8](repeating: 0, count: 16)
        if parts.count == 1, unsafe inet_pton(AF_INET, host, &octets) == 1 {
            self.init(bytes: Self.familyBytes(AF_INET) + order + octets.prefix(4) + Self.padding)
            return
        }
        guard let text = parts.first, unsafe inet_pton(AF_INET6, String(text), &octets) == 1 else {
            return nil
        }
        var scope: UInt32 = 0
        if parts.count == 2 {
            let name = String(parts[1])
            scope = unsafe UInt32(name) ?? if_nametoindex(name)
            if scope == 0 { return nil }
        }
        // Flow, address and scope; the scope is in the order of the machine.
        let tail = (0..<4).map { UInt8(truncatingIfNeeded: scope >> ($0 * 8)) }
        self.init(bytes: Self.familyBytes(AF_INET6) + order + [0, 0, 0, 0] + octets + tail)
    }

    /// The same host at another port; a path is left alone.
    public func with(port: UInt16) -> SocketAddress {
        guard !isPath, bytes.count >= 4 else { return self }
        var copy = bytes
        copy[2] = UInt8(port >> 8)
        copy[3] = UInt8(port & 255)
        return SocketAddress(bytes: copy)
    }

    /// Whether this is an address of IPv6.
    public var isIPv6: Bool { family == AF_INET6 }

    /// Makes an address from what a library of C handed out.
    ///
    /// `nil` unless it is an address of IPv4 or IPv6.
    @unsafe public init?(copying pointer: UnsafeRawPointer, count: Int) {
        guard count >= 16 else { return nil }
        let bytes = unsafe Array(UnsafeRawBufferPointer(start: pointer, count: count))
        self.init(bytes: bytes)
        guard family == AF_INET && count == 16 || family == AF_INET6 && count == 28 else {
            return nil
        }
    }

    private static let padding = [UInt8](repeating: 0, count: 8)

    private static func familyBytes(_ family: Int32) -> [UInt8] {
        [UInt8(family & 255), UInt8(family >> 8)]
    }
}
