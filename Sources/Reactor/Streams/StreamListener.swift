public import Basics
import Glibc
import System

/// A socket that accepts connections.
@MainLoop public final class StreamListener {
    /// The port; 0 for a Unix socket.
    public let port: UInt16
    private var descriptor: Int32
    private let subject: String
    private let path: String?

    private init(_ descriptor: consuming Descriptor, subject: String, path: String?, port: UInt16) {
        self.descriptor = descriptor.release()
        self.subject = subject
        self.path = path
        self.port = port
    }

    isolated deinit {
        close()
    }

    /// Listens at a path.
    ///
    /// A socket that nobody serves any more is replaced, a live one is not. The permission bits `mode`
    /// hold before anybody can connect.
    /// - Throws: `conflict` if another program listens there or the path is another kind of file;
    ///   `notFound` and `forbidden` for the directory.
    public static func listen(
        unix path: String,
        mode: UInt32 = 0o600
    ) throws(Failure) -> StreamListener {
        let what = "cannot listen at \(path)"
        do throws(SystemError) {
            try removeStale(path)
            let socket = try Sockets.listen(unix: path, mode: mode)
            return StreamListener(socket, subject: path, path: path, port: 0)
        } catch {
            if error.number == EADDRINUSE {
                throw Failure(
                    .conflict,
                    what,
                    cause: "another process serves it, or it is no socket",
                    remedy: "stop that process, or choose another path"
                )
            }
            throw Failure(what, error)
        }
    }

    /// Listens at an address given as a number.
    ///
    /// Port 0 takes any free one; `port` of the listener tells which.
    /// - Throws: `conflict` if it is taken, `invalid` if the host is a name.
    public static func listen(host: String, port: UInt16) throws(Failure) -> StreamListener {
        let what = "cannot listen at \(host) port \(port)"
        guard let address = SocketAddress(number: host, port: port) else {
            throw Failure(
                .invalid,
                what,
                cause: "it is no address",
                remedy: "give an IP address, for example 127.0.0.1"
            )
        }
        do throws(SystemError) {
            let socket = try Sockets.listen(address)
            let bound = try Sockets.localAddress(socket.number)
            return StreamListener(
                socket,
                subject: bound.description,
                path: nil,
                port: bound.port
            )
        } catch {
            throw Failure(what, error)
        }
    }

    /// The next connection.
    ///
    /// Connections that break before they are taken are skipped; while the process is out of
    /// descriptors it waits for one.
    /// - Throws: `cancelled` if the task is cancelled or the listener closed; `timedOut`.
    public func accept(deadline: Instant? = nil) async throws(Failure) -> ByteStream {
        while true {
            if descriptor < 0 {
                throw Failure(.cancelled, "\(subject) takes no connections", cause: "it is closed")
            }
            do throws(SystemError) {
                let number = try Sockets.accept(descriptor)
                if path == nil { try? Sockets.sendImmediately(number) }
                return ByteStream(adopting: number, subject: "client of \(subject)")
            } catch {
                switch error.number {
                case EAGAIN:
                    try await Loop.main.wait(for: descriptor, .reading, deadline: deadline, subject)
                case EMFILE, ENFILE, ENOBUFS, ENOMEM:
                    // The connection stays in the queue and the kernel has no event for room.
                    try await Loop.main.sleep(for: .milliseconds(100))
                case EBADF, EINVAL, ENOTSOCK:
                    throw Failure("cannot take connections at \(subject)", error)
                default:
                    await Loop.main.turn()
                }
            }
        }
    }

    /// Stops listening and removes the path of a Unix socket; twice is once.
    public func close() {
        guard descriptor >= 0 else { return }
        // First the name: what connects by it afterwards finds nothing rather than a refusal.
        if let path { try? Files.remove(path) }
        Loop.main.waits.abandon(descriptor)
        Descriptors.close(descriptor)
        descriptor = -1
    }

    private static func removeStale(_ path: String) throws(SystemError) {
        guard let status = try? Files.stat(path, followLinks: false), status.kind == .socket else {
            return
        }
        do throws(SystemError) {
            Descriptors.close(try Sockets.connect(unix: path).socket)
        } catch {
            if error.number == ECONNREFUSED { try Files.remove(path) }
        }
    }
}
