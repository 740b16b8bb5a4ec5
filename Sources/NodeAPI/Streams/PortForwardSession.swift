internal import Basics
internal import HTTP
public import Reactor

/// `kubectl port-forward`: connections of the client's machine, carried over SPDY/3.1 into a pod.
///
/// For each connection the client opens an error stream and a data stream of the same `requestid`. The
/// pod is dialled in its own network namespace at 127.0.0.1, as the kubelet does.
@MainLoop public final class PortForwardSession {
    /// One connection of the client: its two streams, and what it has sent so far.
    @MainLoop private final class Connection {
        let port: UInt16
        var errorStream: UInt32?
        var dataStream: UInt32?
        let received: Inbox
        var task: Task<Void, Never>?
        /// Whether its streams are reset and nothing more is said of it.
        var isReset = false

        init(port: UInt16, received: Inbox) {
            self.port = port
            self.received = received
        }
    }

    private let goal: PortForward
    private let encoder = SPDYEncoder()
    private var connections: [String: Connection] = [:]
    /// Which connection a data stream belongs to.
    private var owners: [UInt32: Connection] = [:]
    /// Frames in the order in which they were encoded: their headers are one compressed text.
    private let outgoing = AsyncQueue<[UInt8]>(capacity: 64)
    private let budget: InboxBudget
    private var hasLeft = false

    /// The subprotocol of the tunnel through a WebSocket.
    public static let tunnelProtocol = "SPDY/3.1+portforward.k8s.io"
    /// What the streams are for, in `X-Stream-Protocol-Version`.
    public static let streamProtocol = "portforward.k8s.io"
    /// The most connections at a time.
    static let connectionsMaximum = 512
    private static let writeTimeout = Duration.seconds(3600)

    init(_ goal: PortForward, limits: InboxBudget.Limits = InboxBudget.Limits()) {
        self.goal = goal
        budget = InboxBudget(limits)
    }

    /// Carries connections until the client leaves.
    func run(_ link: any ByteLink) async {
        let writer = Task { @MainLoop in
            while let bytes = await outgoing.next() {
                guard (try? await link.write(bytes)) != nil else { break }
            }
            // Nobody waits for room in what nobody takes.
            outgoing.finish()
            hasLeft = true
            budget.close()
        }
        var decoder = SPDYDecoder()
        reading: while !hasLeft, let bytes = try? await link.read(), !bytes.isEmpty {
            decoder.append(bytes)
            do throws(SPDYViolation) {
                while let frame = try decoder.next() {
                    await take(frame)
                    if hasLeft { break reading }
                }
            } catch {
                break
            }
        }
        for connection in connections.values { connection.task?.cancel() }
        for connection in connections.values { await connection.task?.value }
        outgoing.finish()
        await writer.value
        await link.close()
    }

    private func take(_ frame: SPDYFrame) async {
        switch frame {
        case .open(let stream, let headers, let isLast): await open(stream, headers, isLast)
        case .data(let stream, let bytes, let isLast):
            guard let owner = owners[stream] else { return }
            owner.received.put(bytes)
            if isLast { owner.received.finish() }
            // The server's pings have even numbers. Where frames wait to be sent, these tell as well.
            await budget.waitForRoom { outgoing.send(encoder.bytes(.ping(2))) }
        case .reset(let stream, _): owners[stream]?.task?.cancel()
        case .ping(let number) where number % 2 == 1: await send(.ping(number))
        case .ping, .reply, .headers, .goAway: break
        }
    }

    private func open(_ stream: UInt32, _ headers: [SPDYHeader], _ isLast: Bool) async {
        func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
        guard let port = header("port").flatMap({ UInt16($0) }), port > 0, stream % 2 == 1,
            let kind = header("streamtype"), ["error", "data"].contains(kind),
            connections.count < Self.connectionsMaximum
        else {
            // A refusal: there is no such port, kind or number of a client's stream, or no room.
            return await send(.reset(stream: stream, status: 3))
        }
        // Clients from before there were request IDs open the data stream right after the error stream.
        let id = header("requestid") ?? "\((stream - 1) / 4)"
        let connection = connections[id] ?? makeConnection(id, port)
        await send(.reply(stream: stream, headers: [], isLast: false))
        if kind == "error" {
            connection.errorStream = stream
        } else {
            connection.dataStream = stream
            owners[stream] = connection
            if isLast { connection.received.finish() }
        }
        guard let errors = connection.errorStream, let data = connection.dataStream,
            connection.task == nil
        else { return }
        connection.task = Task { @MainLoop in
            await carry(connection, errors: errors, data: data)
            connection.received.close()
            owners[data] = nil
            connections[id] = nil
        }
    }

    private func makeConnection(_ id: String, _ port: UInt16) -> Connection {
        let inbox = budget.makeInbox { [weak self] in self?.reset(id) }
        let connection = Connection(port: port, received: inbox)
        connections[id] = connection
        return connection
    }

    /// Gives up a connection whose pod takes nothing; without a word on its error stream, because that
    /// would end all of them.
    private func reset(_ id: String) {
        guard let connection = connections[id], !connection.isReset else { return }
        connection.isReset = true
        connection.task?.cancel()
        // The client takes no more of it: 5 is CANCEL.
        let streams = [connection.dataStream, connection.errorStream].compactMap(\.self)
        Task { @MainLoop in
            for stream in streams { await send(.reset(stream: stream, status: 5)) }
        }
    }

    /// Connects to the pod and copies both ways until both sides have ended.
    private func carry(_ connection: Connection, errors: UInt32, data: UInt32) async {
        let stream: ByteStream
        do throws(Failure) {
            stream = try await goal.dial(connection.port)
        } catch {
            connection.received.close()
            guard !connection.isReset else { return }
            let text = Array(error.description.utf8)
            await send(.data(stream: errors, bytes: text, isLast: true))
            return await send(.data(stream: data, bytes: [], isLast: true))
        }
        let upward = Task { @MainLoop in
            while let bytes = await connection.received.next() {
                let deadline = Loop.main.now + Self.writeTimeout
                guard (try? await stream.write(bytes, deadline: deadline)) != nil else {
                    // The pod takes no more: what still comes is dropped, so that the others go on.
                    connection.received.close()
                    return
                }
            }
            stream.finishWriting()
        }
        await withTaskCancellationHandler {
            while let bytes = try? await stream.read(), !bytes.isEmpty {
                await send(.data(stream: data, bytes: bytes, isLast: false))
            }
            if !connection.isReset { await send(.data(stream: data, bytes: [], isLast: true)) }
            await upward.value
        } onCancel: {
            upward.cancel()
        }
        stream.close()
        guard !connection.isReset else { return }
        await send(.data(stream: errors, bytes: [], isLast: true))
    }

    private func send(_ frame: SPDYFrame) async {
        _ = await outgoing.sendWhenRoom(encoder.bytes(frame))
    }
}
