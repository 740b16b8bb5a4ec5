internal import Basics
internal import Reactor

/// `port-forward` of clients that speak no SPDY, such as Kubernetes' Python client: one connection to each
/// port, over the channels of a WebSocket (`v4.channel.k8s.io`).
///
/// Channel 2i carries the bytes of port i and 2i + 1 its errors; the first message of each is the port as
/// two bytes, the lower one first.
@MainLoop final class PortForwardChannels {
    private let goal: PortForward
    private var streams: [Int: ByteStream] = [:]
    private var inboxes: [Int: Inbox] = [:]
    private let budget = InboxBudget()
    /// Whether a ping is on its way, which waits as long as the client takes nothing.
    private var isKnocking = false
    /// How long the pod may take nothing of a piece.
    private static let writeTimeout = Duration.seconds(3600)

    /// The subprotocols of clients that name their ports at the start.
    static let subprotocols = ["v4.channel.k8s.io", "v5.channel.k8s.io"]

    init(_ goal: PortForward) {
        self.goal = goal
    }

    /// Carries bytes until the client leaves or all ports have ended.
    func run(_ socket: any ChannelSocket) async {
        for (index, port) in goal.ports.enumerated() {
            let number = [UInt8(port & 0xFF), UInt8(port >> 8)]
            for channel in [UInt8(2 * index), UInt8(2 * index + 1)] {
                guard (try? await socket.send([channel] + number)) != nil else { return }
            }
        }
        var readers: [Task<Void, Never>] = []
        for (index, port) in goal.ports.enumerated() {
            do throws(Failure) {
                let stream = try await goal.dial(port)
                streams[index] = stream
                inboxes[index] = budget.makeInbox { stream.close() }
                readers.append(Task { @MainLoop in await copy(stream, index, socket) })
                readers.append(Task { @MainLoop in await feed(stream, index) })
            } catch {
                let channel = UInt8(2 * index + 1)
                try? await socket.send([channel] + Array(error.description.utf8))
            }
        }
        let input = Task { @MainLoop in
            while let message = try? await socket.receive() { await take(message, socket) }
            // The client has left: so do its connections.
            for stream in streams.values { stream.close() }
            for inbox in inboxes.values { inbox.close() }
        }
        for reader in readers { await reader.value }
        await socket.close()
        await input.value
    }

    private func copy(_ stream: ByteStream, _ index: Int, _ socket: any ChannelSocket) async {
        while let bytes = try? await stream.read(), !bytes.isEmpty {
            guard (try? await socket.send([UInt8(2 * index)] + bytes)) != nil else { break }
        }
        stream.close()
        inboxes[index]?.close()
    }

    private func feed(_ stream: ByteStream, _ index: Int) async {
        while let bytes = await inboxes[index]?.next() {
            let deadline = Loop.main.now + Self.writeTimeout
            guard (try? await stream.write(bytes, deadline: deadline)) != nil else { break }
        }
        inboxes[index]?.close()
    }

    private func take(_ message: [UInt8], _ socket: any ChannelSocket) async {
        guard let channel = message.first, channel % 2 == 0 else { return }
        inboxes[Int(channel) / 2]?.put(Array(message.dropFirst()))
        await budget.waitForRoom {
            guard !isKnocking else { return }
            isKnocking = true
            Task { @MainLoop in
                if (try? await socket.ping()) == nil { budget.close() }
                isKnocking = false
            }
        }
    }
}
