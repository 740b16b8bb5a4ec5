import Basics
import HTTP
import Reactor
import Security
import System

/// Messages over TCP, UDP or Unix sockets: lines, JSON lines and syslog.
///
/// Over a connection a sender waits while there is no room, for nothing is read from it; over UDP what
/// finds no room is dropped and counted.
@MainLoop final class SocketSource: Source {
    let id: String
    private let tagText: String
    private let mode: SocketMode
    private let tls: ServerTLS?
    private let connectionMaximum: Int
    private let reader: any MessageReader
    private let journal: Journal
    private let tasks = SourceTasks()
    private var listener: StreamListener?
    private var socket: DatagramSocket?
    private weak var intake: (any Intake)?
    private var open = 0
    /// How many connections there were.
    private var connections = 0
    /// Bytes that came since records were handed in last.
    private var uncounted = 0
    /// Connections that were refused because too many were open.
    private(set) var refused = 0
    /// Datagrams that found no room.
    private(set) var dropped = 0
    /// The port, once it listens.
    private(set) var port: UInt16 = 0

    /// How long a connection may be silent: a peer that is gone is noticed by the kernel's probes before.
    private static let idle = Duration.seconds(24 * 3600)
    private static let handshake = Duration.seconds(10)
    /// The most reads of what is left in the kernel at the end.
    private static let lastReads = 256

    init(
        id: String,
        tag: String,
        mode: SocketMode,
        tls: ServerTLS?,
        connectionMaximum: Int,
        reader: any MessageReader,
        journal: Journal
    ) {
        self.id = id
        tagText = tag
        self.mode = mode
        self.tls = tls
        self.connectionMaximum = max(1, connectionMaximum)
        self.reader = reader
        self.journal = journal
    }

    func run(into intake: any Intake) async throws(Failure) {
        defer {
            listener?.close()
            socket?.close()
        }
        var cause: Failure?
        do throws(Failure) {
            switch mode {
            case .tcp(let host, let port):
                try await listen(
                    StreamListener.listen(host: Self.address(host), port: port),
                    intake
                )
            case .unixStream(let path, let mode):
                try await listen(StreamListener.listen(unix: path, mode: mode), intake)
            case .udp(let host, let port):
                try await receive(
                    DatagramSocket.bind(host: Self.address(host), port: port),
                    intake,
                    waits: false
                )
            case .unixDatagram(let path, let mode):
                try await receive(
                    DatagramSocket.bind(unix: path, mode: mode),
                    intake,
                    waits: true
                )
            }
        } catch {
            cause = error
        }
        if !tasks.isFinishing { tasks.reset() }
        await tasks.wait()
        if let cause, !tasks.isFinishing { throw cause }
    }

    func finish(by deadline: Instant) {
        tasks.finish(by: deadline)
        listener?.close()
        if let socket { drain(socket) }
    }

    func close() async {
        listener?.close()
        socket?.close()
    }

    /// `localhost` and an empty host as numbers.
    static func address(_ host: String) -> String {
        switch host {
        case "", "*": "0.0.0.0"
        case "localhost": "127.0.0.1"
        default: host
        }
    }

    /// The path of a Unix socket, which stands for its senders.
    private var path: String? {
        switch mode {
        case .unixStream(let path, _), .unixDatagram(let path, _): path
        case .tcp, .udp: nil
        }
    }

    // MARK: Connections

    private func listen(_ listener: StreamListener, _ intake: any Intake) async throws(Failure) {
        self.listener = listener
        port = listener.port
        let identity = try tls?.identity(at: intake.clock.wall)
        while true {
            let stream = try await listener.accept()
            guard open < connectionMaximum else {
                refused += 1
                if refused.nonzeroBitCount == 1 {
                    journal.warning(
                        "a connection was refused: \(connectionMaximum) are open",
                        ["source": id]
                    )
                }
                stream.close()
                continue
            }
            open += 1
            connections += 1
            let number = connections
            tasks.add {
                await self.serve(stream, number, identity, intake)
                stream.close()
                self.open -= 1
            }
        }
    }

    private func serve(
        _ stream: ByteStream,
        _ number: Int,
        _ identity: TLSIdentity?,
        _ intake: any Intake
    ) async {
        let sender = Sender(
            try? Sockets.peerAddress(stream.descriptor),
            isDatagram: false,
            path: path,
            connection: number
        )
        try? Sockets.keepAlive(
            stream.descriptor,
            probes: 5,
            idleSeconds: 60,
            intervalSeconds: 15
        )
        var framer = reader.framer()
        let channel: any ByteChannel
        do throws(Failure) {
            channel = try await Self.open(stream, identity)
        } catch {
            journal.debug("a connection failed: \(error)", ["source": id, "peer": sender.url])
            return
        }
        do throws(Failure) {
            while true {
                try await intake.room()
                let bytes = try await channel.read(
                    upTo: 65_536,
                    deadline: Loop.main.now + Self.idle
                )
                if bytes.isEmpty { break }
                hand(framer.take(bytes), sender, bytes.count, intake)
            }
        } catch {
            if tasks.isFinishing {
                for bytes in await Self.rest(of: channel) {
                    hand(framer.take(bytes), sender, bytes.count, intake)
                }
            }
        }
        hand(framer.finish(), sender, 0, intake)
        channel.close()
    }

    private static func open(
        _ stream: ByteStream,
        _ identity: TLSIdentity?
    ) async throws(Failure) -> any ByteChannel {
        guard let identity else { return Channels.plain(stream) }
        return try await Channels.server(
            over: stream,
            identity: identity,
            deadline: Loop.main.now + handshake
        )
    }

    /// What has come in already; by a task of its own, for the connection's was cancelled.
    private static func rest(of channel: any ByteChannel) async -> [[UInt8]] {
        await Task { @MainLoop in
            var pieces: [[UInt8]] = []
            while pieces.count < lastReads,
                let bytes = try? await channel.read(upTo: 65_536, deadline: Loop.main.now),
                !bytes.isEmpty
            {
                pieces.append(bytes)
            }
            return pieces
        }.value
    }

    private func hand(
        _ found: FoundMessages,
        _ sender: Sender,
        _ bytes: Int,
        _ intake: any Intake
    ) {
        if found.skipped > 0 { intake.note(repeated: 0, skipped: found.skipped) }
        let events = reader.events(
            of: found,
            from: sender,
            tag: intake.tag(tagText),
            at: intake.clock.moment
        )
        uncounted += bytes
        guard !events.isEmpty else { return }
        intake.take(events, bytes: uncounted)
        uncounted = 0
    }

    // MARK: Datagrams

    private func receive(
        _ socket: DatagramSocket,
        _ intake: any Intake,
        waits: Bool
    ) async throws(Failure) {
        self.socket = socket
        port = socket.port
        self.intake = intake
        while true {
            if waits { try await intake.room() }
            let datagrams = try await socket.receive()
            guard waits || intake.hasRoom else {
                drop(datagrams, intake)
                continue
            }
            hand(datagrams, intake)
        }
    }

    /// Takes what waits in the kernel, then closes.
    private func drain(_ socket: DatagramSocket) {
        guard let intake else { return socket.close() }
        tasks.addLast {
            var reads = 0
            while reads < Self.lastReads,
                let datagrams = try? await socket.receive(deadline: Loop.main.now)
            {
                reads += 1
                self.hand(datagrams, intake)
            }
            socket.close()
        }
    }

    private func drop(_ datagrams: [DatagramSocket.Datagram], _ intake: any Intake) {
        if dropped == 0 {
            journal.warning(
                "datagrams are dropped: sinks are full and UDP cannot wait",
                ["source": id]
            )
        }
        dropped += datagrams.count
        intake.note(repeated: 0, skipped: datagrams.reduce(0) { $0 + $1.bytes.count })
    }

    private func hand(_ datagrams: [DatagramSocket.Datagram], _ intake: any Intake) {
        for datagram in datagrams {
            let found = reader.messages(in: datagram.bytes)
            let sender = Sender(datagram.sender, isDatagram: true, path: path)
            hand(found, sender, datagram.bytes.count, intake)
        }
    }
}
