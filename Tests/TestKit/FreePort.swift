import Glibc

/// A TCP port of the loopback address that nobody listens on.
public enum FreePort {
    /// Asks the kernel for an unused port.
    ///
    /// Another program may take it at any moment.
    ///
    /// - Throws: `FreePort.Exhausted` if no port can be had.
    public static func find() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Exhausted(number: errno) }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0
                    && getsockname(descriptor, generic, &length) == 0
            }
        }
        guard result else { throw Exhausted(number: errno) }
        return UInt16(bigEndian: address.sin_port)
    }

    /// No port was to be had.
    public struct Exhausted: Error {
        /// The error number of the call that failed.
        public let number: Int32
    }
}
