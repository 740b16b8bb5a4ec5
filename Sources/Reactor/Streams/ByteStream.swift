public import Basics
import Glibc
import System

/// A descriptor that carries bytes without blocking the loop: a socket, a pipe or a terminal.
///
/// It owns the descriptor: it is closed by `close` or with the stream. One task may read while
/// another one writes.
@MainLoop public final class ByteStream {
    /// The number of the descriptor; -1 once it is closed.
    public private(set) var descriptor: Int32
    private let subject: String
    private var immediateCalls = 0
    /// Who is called back when it is ready, at most one for each direction.
    private var calls: (reading: WaitID?, writing: WaitID?)
    /// Calls that may succeed at once before other tasks get a turn.
    private static let patience = 16

    /// Takes ownership of an open descriptor.
    ///
    /// The `subject` is what failures call it: `api server 10.0.0.1:443`.
    public init(adopting descriptor: Int32, subject: String = "stream") {
        precondition(descriptor >= 0, "a descriptor is never negative")
        self.descriptor = descriptor
        self.subject = subject
        // Only a bad number can make this fail, and then the first read tells.
        try? Descriptors.setNonBlocking(descriptor)
    }

    isolated deinit {
        close()
    }

    /// The next bytes, as many as are there up to a limit; empty at the end of the stream.
    ///
    /// A limit above 64 KiB counts as 64 KiB.
    /// - Throws: `timedOut` at the deadline, `cancelled`, `unavailable` if the peer broke the
    ///   connection. Nothing is lost then.
    public func read(
        upTo count: Int = 65536,
        deadline: Instant? = nil
    ) async throws(Failure) -> [UInt8] {
        while true {
            try await takeTurn()
            do throws(SystemError) {
                return try Loop.main.readBuffer.read(try open(), upTo: count)
            } catch {
                // The far side of a terminal that is gone reads as EIO: that is its end of stream.
                if error.number == EIO { return [] }
                guard error.number == EAGAIN else { throw failure("read from", error) }
            }
            immediateCalls = 0
            try await Loop.main.wait(for: descriptor, .reading, deadline: deadline, subject)
        }
    }

    /// Writes all bytes.
    ///
    /// - Throws: `timedOut` at the deadline, `cancelled`, `unavailable` if the peer is gone. An
    ///   unknown part is written then, so the stream is good for closing only.
    public func write(_ bytes: [UInt8], deadline: Instant? = nil) async throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            try await takeTurn()
            do throws(SystemError) {
                rest = rest.dropFirst(try Descriptors.write(try open(), rest))
            } catch {
                guard error.number == EAGAIN else { throw failure("write to", error) }
                immediateCalls = 0
                try await Loop.main.wait(for: descriptor, .writing, deadline: deadline, subject)
            }
        }
    }

    /// Tells the peer of a socket that no more bytes follow; reading goes on.
    ///
    /// A pipe has no such half: close it.
    public func finishWriting() {
        if descriptor >= 0 { Sockets.finishSending(descriptor) }
    }

    /// Closes the descriptor; tasks that wait for it fail with `cancelled`.
    ///
    /// A second call does nothing.
    public func close() {
        guard descriptor >= 0 else { return }
        Loop.main.waits.abandon(descriptor)
        Descriptors.close(descriptor)
        descriptor = -1
    }

    /// Gives the descriptor away, still non-blocking; the stream is closed afterwards.
    ///
    /// - Throws: `cancelled` if it is closed.
    public func release() throws(Failure) -> Int32 {
        let number: Int32
        do throws(SystemError) {
            number = try open()
        } catch {
            throw failure("use", error)
        }
        Loop.main.waits.abandon(number)
        descriptor = -1
        return number
    }

    // MARK: Without a task

    /// Reads once without a wait: `nil` if nothing is there, empty at the end of the stream.
    ///
    /// - Throws: `cancelled` if it is closed, `unavailable` if the peer broke the connection.
    public func readNow(upTo count: Int = 65536) throws(Failure) -> [UInt8]? {
        do throws(SystemError) {
            return try Loop.main.readBuffer.read(try open(), upTo: count)
        } catch {
            switch error.number {
            case EIO: return []
            case EAGAIN: return nil
            default: throw failure("read from", error)
            }
        }
    }

    /// Writes once without a wait.
    ///
    /// - Returns: How many bytes were taken; 0 if none can be taken now.
    /// - Throws: `cancelled` if it is closed, `unavailable` if the peer is gone.
    public func writeNow(_ bytes: ArraySlice<UInt8>) throws(Failure) -> Int {
        do throws(SystemError) {
            return try Descriptors.write(try open(), bytes)
        } catch {
            guard error.number == EAGAIN else { throw failure("write to", error) }
            return 0
        }
    }

    /// Calls back once when a read or write would not wait; never if the stream is closed before.
    ///
    /// A task that waits costs about 8 KiB, this a tenth of it. Nobody else may wait for the same
    /// meanwhile; a second call for a direction takes the place of the first.
    /// - Throws: `cancelled` if it is closed.
    public func call(
        when direction: StreamDirection,
        _ body: @escaping () -> Void
    ) throws(Failure) {
        forgetCall(direction)
        let wait: WaitID
        do throws(SystemError) {
            wait = try Loop.main.call(when: try open(), direction.loop) { [weak self] outcome in
                guard case .ready = outcome, let self else { return }
                self.note(nil, direction)
                body()
            }
        } catch {
            throw failure("wait for", error)
        }
        note(wait, direction)
    }

    /// Calls back no more.
    public func forgetCall(_ direction: StreamDirection) {
        guard let wait = direction == .reading ? calls.reading : calls.writing else { return }
        note(nil, direction)
        Loop.main.waits.finish(wait, .cancelled)
    }

    private func note(_ wait: WaitID?, _ direction: StreamDirection) {
        switch direction {
        case .reading: calls.reading = wait
        case .writing: calls.writing = wait
        }
    }

    private func open() throws(SystemError) -> Int32 {
        if descriptor < 0 { throw SystemError(EBADF, "read") }
        return descriptor
    }

    /// A stream that is always ready must not keep the loop for itself.
    private func takeTurn() async throws(Failure) {
        if Task.isCancelled { throw Failure(.cancelled, "the use of \(subject) was cancelled") }
        immediateCalls += 1
        if immediateCalls <= Self.patience { return }
        immediateCalls = 0
        await Loop.main.turn()
    }

    private func failure(_ verb: String, _ error: SystemError) -> Failure {
        switch error.number {
        case EBADF: Failure(.cancelled, "cannot \(verb) \(subject)", cause: "it is closed")
        case EPIPE, ECONNRESET:
            Failure(.unavailable, "cannot \(verb) \(subject)", cause: "the peer closed it")
        default: Failure("cannot \(verb) \(subject)", error)
        }
    }
}

/// A direction of a stream.
public enum StreamDirection: Sendable, Hashable {
    /// Bytes that arrive.
    case reading
    /// Bytes that are sent.
    case writing

    var loop: Direction { self == .reading ? .reading : .writing }
}
