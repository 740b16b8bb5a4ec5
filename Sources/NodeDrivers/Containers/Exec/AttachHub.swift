public import Basics
import PodEngine
import Reactor
import System

/// The one connection to a container's conmon that all who are attached to the container share.
///
/// Conmon waits for whoever reads slowly, and with it the program and its log: so everything is taken from
/// it at once. And it takes the end of any connection for the end of the input where the pod says
/// `stdinOnce`: there the connection is kept until a client that had input leaves.
@MainLoop final class AttachHub {
    private struct Client {
        weak var session: AttachSession?
    }

    private let stream: ByteStream
    private let control: String
    private let endsInput: Bool
    private let turnstile = Turnstile(limit: 1)
    private var clients: [ObjectIdentifier: Client] = [:]
    private var reader: Task<Void, Never>?
    /// Whether nothing more comes.
    private(set) var isOver = false

    /// What conmon takes as one packet.
    private static let packetSize = 8 << 10

    /// The first byte of each of conmon's packets.
    private enum Pipe {
        static let stdout: UInt8 = 2
        static let stderr: UInt8 = 3
    }

    /// - Parameters:
    ///   - stream: The connection to conmon's attach socket.
    ///   - control: The path of conmon's control pipe.
    ///   - endsInput: Whether the end of a client's input ends the program's.
    init(stream: ByteStream, control: String, endsInput: Bool) {
        self.stream = stream
        self.control = control
        self.endsInput = endsInput
        reader = Task { @MainLoop in
            // Each read is one packet; an empty one is the end.
            while let packet = try? await stream.read(), !packet.isEmpty { self.take(packet) }
            self.close()
        }
    }

    /// Adds a client.
    func join(hasInput: Bool) -> AttachSession {
        let session = AttachSession(self, hasInput: hasInput)
        clients[ObjectIdentifier(session)] = Client(session: session)
        return session
    }

    /// A client is gone; one that was gone before is left alone.
    func leave(_ id: ObjectIdentifier, hadInput: Bool) {
        guard clients.removeValue(forKey: id) != nil else { return }
        if hadInput { endInput() }
        // Whoever else is attached, or may come, finds the program's input as it was.
        if clients.isEmpty, !endsInput || hadInput { close() }
    }

    func write(_ bytes: [UInt8]) async throws(Failure) {
        try await turnstile.pass { () async throws(Failure) in
            var rest = bytes[...]
            while !rest.isEmpty {
                try await stream.write(Array(rest.prefix(Self.packetSize)))
                rest = rest.dropFirst(Self.packetSize)
            }
        }
    }

    func endInput() {
        if endsInput { stream.finishWriting() }
    }

    func resize(rows: UInt16, columns: UInt16) {
        // Message type 1 of conmon's control pipe.
        try? Fifo.write("1 \(rows) \(columns)\n", to: control)
    }

    private func take(_ packet: [UInt8]) {
        guard packet.count > 1, let pipe = packet.first else { return }
        let bytes = Array(packet.dropFirst())
        let output = pipe == Pipe.stderr ? AttachSession.Output.stderr(bytes) : .stdout(bytes)
        // One that has fallen behind gets no more; its input stays until it leaves.
        for client in clients.values { _ = client.session?.take(output) }
    }

    private func close() {
        guard !isOver else { return }
        isOver = true
        reader?.cancel()
        stream.close()
        for client in clients.values { client.session?.end() }
    }
}

extension ContainerRuntime {
    /// Attaches to the streams of a running container's own program.
    ///
    /// - Parameters:
    ///   - id: The container.
    ///   - hasInput: Whether the client writes to the standard input.
    /// - Returns: The client's connection.
    /// - Throws: `notFound` if the container does not run; `unavailable` if conmon does not answer.
    public func attach(_ id: String, hasInput: Bool) throws(Failure) -> AttachSession {
        let what = "cannot attach to container \(id.prefix(12))"
        guard let entry = entries[id], entry.pid != nil, entry.exit == nil else {
            throw Failure(.notFound, what, cause: "it is not running")
        }
        if let hub = entry.hub, !hub.isOver { return hub.join(hasInput: hasInput) }
        let paths = BundlePaths(layout, id: id)
        let number: Int32
        do throws(SystemError) {
            number = try Terminals.connectPackets(paths.bundle, "attach")
        } catch {
            throw Failure(what, error)
        }
        let stream = ByteStream(
            adopting: number,
            subject: "conmon of \(entry.record.run.container)"
        )
        let hub = AttachHub(
            stream: stream,
            control: paths.control,
            endsInput: entry.record.standardInput == .once
        )
        entry.hub = hub
        return hub.join(hasInput: hasInput)
    }
}
