internal import Basics
internal import Formats
internal import Reactor

/// A program's streams over a WebSocket: `v4.channel.k8s.io` and `v5.channel.k8s.io`.
///
/// The first byte of each binary message is the channel: 0 standard input, 1 standard output, 2
/// standard error, 3 the final status, 4 the window's size, and in v5 255 for the end of a channel.
@MainLoop final class CommandChannels: CommandLink {
    private let socket: any ChannelSocket
    private let headStart: Duration
    /// Whether `next` waits for a message.
    private var isReceiving = false
    /// Whether the session ends, so that `next` must not begin to receive.
    private var isClosing = false

    /// The subprotocols that are spoken, best first.
    static let subprotocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"]

    private enum Channel {
        static let stdin: UInt8 = 0
        static let stdout: UInt8 = 1
        static let stderr: UInt8 = 2
        static let status: UInt8 = 3
        static let resize: UInt8 = 4
        static let close: UInt8 = 255
    }

    /// - Parameters:
    ///   - socket: The WebSocket.
    ///   - headStart: How long the first frame waits for a client that drops frames until it has set up
    ///     its streams.
    init(_ socket: any ChannelSocket, headStart: Duration = .zero) {
        self.socket = socket
        self.headStart = headStart
    }

    func open(_ request: ExecRequest) async -> Bool {
        if headStart > .zero { try? await Loop.main.sleep(for: headStart) }
        return true
    }

    func next() async -> CommandInput? {
        while !isClosing {
            isReceiving = true
            let received = try? await socket.receive()
            isReceiving = false
            guard let message = received ?? nil else { return nil }
            guard let channel = message.first else { continue }
            let payload = Array(message.dropFirst())
            switch channel {
            case Channel.stdin: return .input(payload)
            case Channel.resize: if let size = CommandInput.resize(parsing: payload) { return size }
            case Channel.close
            where payload.first == Channel.stdin && socket.subprotocol == Self.subprotocols[0]:
                return .endOfInput
            default: break
            }
        }
        return nil
    }

    func send(_ output: ExecOutput) async throws(Failure) {
        switch output {
        case .stdout(let bytes): try await socket.send([Channel.stdout] + bytes)
        case .stderr(let bytes): try await socket.send([Channel.stderr] + bytes)
        }
    }

    func knock() async throws(Failure) {
        try await socket.ping()
    }

    /// Sends the status and closes; both in that order, or clients miss the exit code.
    func finish(_ result: ExecResult) async {
        // While it closes, a socket receives by itself, unless `next` does so already: only one may.
        isClosing = !isReceiving
        let status = result.status.bytes()
        if (try? await socket.send([Channel.status] + status)) != nil { await socket.close() }
    }
}
