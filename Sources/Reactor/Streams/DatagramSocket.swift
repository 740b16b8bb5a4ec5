public import Basics
import Glibc
public import System

/// A socket for datagrams that does not block the loop.
@MainLoop public final class DatagramSocket {
    /// A datagram that came in.
    public struct Datagram: Sendable {
        /// What it holds.
        public var bytes: [UInt8]
        /// Who sent it.
        public var sender: SocketAddress

        /// Makes one.
        public init(bytes: [UInt8], sender: SocketAddress) {
            self.bytes = bytes
            self.sender = sender
        }
    }

    /// The port; 0 for a Unix socket.
    public let port: UInt16
    private var descriptor: Int32
    private let subject: String
    private let path: String?
    private var room: [UInt8] = []

    private init(_ socket: consuming Descriptor, subject: String, path: String?, port: UInt16) {
        descriptor = socket.release()
        self.subject = subject
        self.path = path
        self.port = port
    }

    isolated deinit {
        close()
    }

    /// Takes datagrams at an address given as a number.
    ///
    /// Port 0 takes any free one; `port` tells which.
    /// - Throws: `conflict` if it is taken, `invalid` if the host is a name.
    public static func bind(host: String, port: UInt16) throws(Failure) -> DatagramSocket {
        let what = "cannot take datagrams at \(host) port \(port)"
        guard let address = SocketAddress(number: host, port: port) else {
            throw Failure(
                .invalid,
                what,
                cause: "it is no address",
                remedy: "give an IP address, for example 127.0.0.1"
            )
        }
        do throws(SystemError) {
            let socket = try Datagrams.bind(address)
            let bound = try Sockets.localAddress(socket.number)
            return DatagramSocket(
                socket,
                subject: "datagrams at \(bound)",
                path: nil,
                port: bound.port
            )
        } catch {
            throw Failure(what, error)
        }
    }

    /// Takes datagrams at a path; a socket that is there is replaced if nobody serves it.
    ///
    /// - Throws: `conflict` if another program serves it or the path is another kind of file.
    public static func bind(unix path: String, mode: UInt32) throws(Failure) -> DatagramSocket {
        let what = "cannot take datagrams at \(path)"
        do throws(SystemError) {
            if let status = try? Files.stat(path, followLinks: false), status.kind == .socket {
                var isServed = true
                do throws(SystemError) {
                    Descriptors.close(try Datagrams.connect(SocketAddress.unix(path)).release())
                } catch {
                    isServed = error.number != ECONNREFUSED
                }
                if !isServed { try Files.remove(path) }
            }
            let socket = try Datagrams.bind(unix: path, mode: mode)
            return DatagramSocket(socket, subject: path, path: path, port: 0)
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

    /// A socket whose datagrams go to an address.
    ///
    /// - Throws: `notFound` and `unavailable` if nobody is there.
    public static func connect(to address: SocketAddress) throws(Failure) -> DatagramSocket {
        do throws(SystemError) {
            let socket = try Datagrams.connect(address)
            return DatagramSocket(socket, subject: address.description, path: nil, port: 0)
        } catch {
            throw Failure("cannot send to \(address)", error)
        }
    }

    /// The datagrams that are there, at least one.
    ///
    /// - Parameters:
    ///   - maximum: The most datagrams.
    ///   - deadline: When to give up.
    /// - Returns: What came, in order.
    /// - Throws: `timedOut`, `cancelled`, also when the socket is closed.
    public func receive(
        upTo maximum: Int = 256,
        deadline: Instant? = nil
    ) async throws(Failure) -> [Datagram] {
        while true {
            if Task.isCancelled { throw Failure(.cancelled, "the use of \(subject) was cancelled") }
            let found = try takeWaiting(maximum)
            if !found.isEmpty { return found }
            try await Loop.main.wait(for: descriptor, .reading, deadline: deadline, subject)
        }
    }

    /// Waits for datagrams and takes those that are there, as many as one call of the kernel gives.
    ///
    /// - Throws: `timedOut`, `cancelled`, also when the socket is closed.
    public func receive(
        into batch: DatagramBatch,
        deadline: Instant? = nil
    ) async throws(Failure) {
        while true {
            if Task.isCancelled { throw Failure(.cancelled, "the use of \(subject) was cancelled") }
            guard descriptor >= 0 else { throw closed }
            do throws(SystemError) {
                return try batch.receive(descriptor)
            } catch {
                // A peer's refusal of an earlier answer says nothing of what comes in.
                guard [EAGAIN, EINTR, ECONNREFUSED].contains(error.number) else {
                    throw Failure("cannot read \(subject)", error)
                }
                if error.number != EAGAIN { continue }
            }
            try await Loop.main.wait(for: descriptor, .reading, deadline: deadline, subject)
        }
    }

    /// Has the kernel tell, with what `receive(into:)` takes, how many datagrams were lost.
    public func countLost() {
        if descriptor >= 0 { DatagramBatch.countLost(descriptor) }
    }

    /// How many datagrams the kernel has dropped, also those behind the last that came; `nil` where it does not tell.
    public var lost: UInt32? { descriptor >= 0 ? DatagramBatch.lost(descriptor) : nil }

    /// Sends one datagram.
    ///
    /// - Throws: `exhausted` if it is larger than the way allows, `unavailable` if nobody takes it,
    ///   `timedOut`, `cancelled`.
    public func send(_ bytes: [UInt8], deadline: Instant? = nil) async throws(Failure) {
        while true {
            guard descriptor >= 0 else { throw closed }
            let result = SocketIO.send(descriptor, bytes.span)
            if result >= 0 { return }
            switch Int32(-result) {
            case EAGAIN, ENOBUFS:
                try await Loop.main.wait(for: descriptor, .writing, deadline: deadline, subject)
            case EINTR: continue
            case EMSGSIZE:
                throw Failure(
                    .exhausted,
                    "cannot send to \(subject)",
                    cause: "\(bytes.count) bytes are too many for one datagram"
                )
            default:
                throw Failure(
                    .unavailable,
                    "cannot send to \(subject)",
                    cause: SocketIO.text(of: result)
                )
            }
        }
    }

    /// Closes the socket and removes its path; twice is once.
    public func close() {
        guard descriptor >= 0 else { return }
        if let path { try? Files.remove(path) }
        Loop.main.waits.abandon(descriptor)
        Descriptors.close(descriptor)
        descriptor = -1
    }

    private var closed: Failure { Failure(.cancelled, "\(subject) is closed") }

    private func takeWaiting(_ maximum: Int) throws(Failure) -> [Datagram] {
        guard descriptor >= 0 else { throw closed }
        if room.isEmpty { room = [UInt8](repeating: 0, count: Datagrams.sizeMaximum) }
        var found: [Datagram] = []
        while found.count < maximum {
            do throws(SystemError) {
                let (count, sender) = try Datagrams.receive(descriptor, into: &room)
                found.append(Datagram(bytes: Array(room[..<count]), sender: sender))
            } catch {
                if error.number == EINTR { continue }
                // A peer's refusal of an earlier answer says nothing of what comes in.
                if error.number == EAGAIN || !found.isEmpty || error.number == ECONNREFUSED {
                    break
                }
                throw Failure("cannot read \(subject)", error)
            }
        }
        return found
    }
}
