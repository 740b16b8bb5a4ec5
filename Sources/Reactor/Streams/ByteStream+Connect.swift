public import Basics
import Glibc
public import System

extension ByteStream {
    /// Connects to a Unix socket.
    ///
    /// - Throws: `notFound` if there is no socket, `unavailable` if nobody listens, `timedOut`,
    ///   `cancelled`.
    public static func connect(
        unix path: String,
        timeout: Duration
    ) async throws(Failure) -> ByteStream {
        let deadline = Loop.main.now + timeout
        var pause = Duration.milliseconds(1)
        while true {
            do throws(SystemError) {
                return ByteStream(adopting: try Sockets.connect(unix: path).socket, subject: path)
            } catch {
                guard error.number == EAGAIN else {
                    throw Failure("cannot connect to \(path)", error)
                }
            }
            // The queue of the listener is full, and the kernel has no event for room in it.
            if Loop.main.now + pause > deadline {
                throw Failure(
                    .timedOut,
                    "cannot connect to \(path)",
                    cause: "its queue stayed full"
                )
            }
            try await Loop.main.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(50))
        }
    }

    /// Connects to a host by number or name, trying its addresses one after the other.
    ///
    /// - Throws: `notFound` if there is no such host, `unavailable` if it refuses, `timedOut` when
    ///   the time for everything together is over, `cancelled`.
    public static func connect(
        host: String,
        port: UInt16,
        timeout: Duration
    ) async throws(Failure) -> ByteStream {
        let deadline = Loop.main.now + timeout
        let subject = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        var last = Failure(.notFound, "cannot connect to \(subject)", cause: "it has no address")
        for address in try await addresses(host, port, timeout, subject) {
            do throws(Failure) {
                return try await connect(address, subject, deadline)
            } catch {
                if error.code == .cancelled || error.code == .timedOut { throw error }
                last = error
            }
        }
        throw last
    }

    /// Connects to an address; to one of the internet from within a network namespace if one is named.
    ///
    /// The `namespace` is the file on which it is pinned.
    /// - Throws: `unavailable` if it refuses, `notFound` for a path without a socket, `exhausted` if this
    ///   machine has no descriptors, memory or ports left, `timedOut`, `cancelled`.
    public static func connect(
        to address: SocketAddress,
        in namespace: String? = nil,
        timeout: Duration
    ) async throws(Failure) -> ByteStream {
        if address.isPath { return try await connect(unix: address.host, timeout: timeout) }
        let deadline = Loop.main.now + timeout
        return try await connect(address, in: namespace, address.description, deadline)
    }

    /// Two connected streams, each the peer of the other.
    ///
    /// Ends the process if no descriptors are left: it is meant for tests.
    public static func pair() -> (ByteStream, ByteStream) {
        do throws(SystemError) {
            let ends = try Sockets.pair()
            return (ByteStream(adopting: ends.0), ByteStream(adopting: ends.1))
        } catch {
            preconditionFailure("no pair of sockets: \(error)")
        }
    }

    /// A pipe whose reading end is a stream; the other end is for a child process.
    ///
    /// - Throws: `exhausted` if no descriptors are left.
    public static func readingPipe() throws(Failure) -> (stream: ByteStream, writing: Int32) {
        do throws(SystemError) {
            let ends = try Descriptors.pipe()
            return (ByteStream(adopting: ends.reading, subject: "pipe"), ends.writing)
        } catch {
            throw Failure("cannot make a pipe", error)
        }
    }

    /// A pipe whose writing end is a stream; the other end is for a child process.
    ///
    /// - Throws: `exhausted` if no descriptors are left.
    public static func writingPipe() throws(Failure) -> (stream: ByteStream, reading: Int32) {
        do throws(SystemError) {
            let ends = try Descriptors.pipe()
            return (ByteStream(adopting: ends.writing, subject: "pipe"), ends.reading)
        } catch {
            throw Failure("cannot make a pipe", error)
        }
    }

    private static func addresses(
        _ host: String,
        _ port: UInt16,
        _ timeout: Duration,
        _ subject: String
    ) async throws(Failure) -> [SocketAddress] {
        if let number = SocketAddress(number: host, port: port) { return [number] }
        do throws(Failure) {
            let found = try await NameResolver.main.addresses(of: host, timeout: timeout)
            return found.addresses.map { $0.with(port: port) }
        } catch {
            if error.code == .cancelled { throw error }
            let isUnknown = error.code == .notFound || error.code == .invalid
            throw Failure(
                isUnknown ? .notFound : error.code,
                "cannot connect to \(subject)",
                cause: isUnknown ? "no such host" : error.cause,
                remedy: "check the name and /etc/resolv.conf"
            )
        }
    }

    private static func connect(
        _ address: SocketAddress,
        in namespace: String? = nil,
        _ subject: String,
        _ deadline: Instant
    ) async throws(Failure) -> ByteStream {
        let what = "cannot connect to \(subject)"
        let (stream, isDone): (ByteStream, Bool)
        do throws(SystemError) {
            let (socket, done) = try Sockets.connect(address, in: namespace)
            (stream, isDone) = (ByteStream(adopting: socket, subject: subject), done)
        } catch {
            // What this machine lacks says nothing of the other one.
            guard SystemError.isOwnShortage(error.number) else { throw Failure(what, error) }
            throw Failure(.exhausted, what, cause: error.description, remedy: error.remedy)
        }
        if !isDone {
            do throws(Failure) {
                try await Loop.main.wait(
                    for: stream.descriptor,
                    .writing,
                    deadline: deadline,
                    subject
                )
            } catch {
                throw Failure(error.code, what, cause: "no answer in time")
            }
            if let error = Sockets.failure(of: stream.descriptor, address.description) {
                throw Failure(what, error)
            }
        }
        try? Sockets.sendImmediately(stream.descriptor)
        return stream
    }
}
