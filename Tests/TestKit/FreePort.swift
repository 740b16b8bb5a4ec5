import Glibc
import Synchronization

/// A TCP port that nobody listens on.
public enum FreePort {
    /// The ports below those of clients' connections, which might take one before its server listens.
    ///
    /// Above are the node ports of Kubernetes.
    private static let range: Range<UInt16> = 10_000..<30_000
    private static let next = Mutex(UInt16.random(in: range))

    /// Finds an unused port, another one each time.
    ///
    /// Another program may take it at any moment.
    ///
    /// - Throws: `FreePort.Exhausted` if no port can be had.
    public static func find() throws -> UInt16 {
        var number: Int32 = 0
        for _ in range {
            let port = next.withLock { next in
                let port = next
                next = next + 1 < range.upperBound ? next + 1 : range.lowerBound
                return port
            }
            number = try bind(port)
            if number == 0 { return port }
        }
        throw Exhausted(number: number)
    }

    /// Tries a port of all addresses.
    ///
    /// - Returns: The error number; 0 if nobody has it.
    private static func bind(_ port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { throw Exhausted(number: errno) }
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                Glibc.bind(descriptor, generic, length)
            }
        }
        return result == 0 ? 0 : errno
    }

    /// No port was to be had.
    public struct Exhausted: Error {
        /// The error number of the call that failed.
        public let number: Int32
    }
}
