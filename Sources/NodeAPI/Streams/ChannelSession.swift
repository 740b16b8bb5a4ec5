internal import Basics
internal import Formats
public import Reactor

/// A program's streams over a WebSocket: `v4.channel.k8s.io` and `v5.channel.k8s.io`.
///
/// The first byte of each binary message is the channel: 0 standard input, 1 standard output, 2
/// standard error, 3 the final status, 4 the window's size, and in v5 255 for the end of a channel.
@MainLoop public final class ChannelSession {
    private let request: ExecRequest
    private let services: any NodeServices
    private let losesEarlyFrames: Bool
    /// Whether the input pump waits for a message.
    private var isReceiving = false
    /// Whether the session ends, so that the pump must not begin to receive.
    private var isClosing = false
    private var hasEnded = false

    /// The subprotocols that are spoken, best first.
    public static let subprotocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"]

    /// How long the first frame waits for a client that drops frames until it has set up its
    /// streams (kubectl 1.30 to 1.33; fixed by kubernetes#131203).
    private static let headStart = Duration.milliseconds(30)

    private enum Channel {
        static let stdin: UInt8 = 0
        static let stdout: UInt8 = 1
        static let stderr: UInt8 = 2
        static let status: UInt8 = 3
        static let resize: UInt8 = 4
        static let close: UInt8 = 255
    }

    init(request: ExecRequest, services: any NodeServices, losesEarlyFrames: Bool) {
        self.request = request
        self.services = services
        self.losesEarlyFrames = losesEarlyFrames
    }

    /// Runs the program to its end, or until the client leaves.
    public func run(_ socket: any ChannelSocket) async {
        if losesEarlyFrames { try? await Loop.main.sleep(for: Self.headStart) }
        let session: any ExecSession
        do throws(Failure) { session = try await services.exec(request) } catch {
            await finish(socket, .failed(error.description))
            return
        }
        let input = Task { @MainLoop in await pumpInput(socket, session) }
        var hasLeft = false
        while let output = await session.nextOutput() {
            guard !hasLeft else { continue }
            do throws(Failure) { try await socket.send(frame(output)) } catch {
                hasLeft = true
                session.hangUp()
            }
        }
        let result = await session.result()
        if !hasLeft { await finish(socket, result) }
        input.cancel()
    }

    private func frame(_ output: ExecOutput) -> [UInt8] {
        switch output {
        case .stdout(let bytes): [Channel.stdout] + bytes
        case .stderr(let bytes): [Channel.stderr] + bytes
        }
    }

    /// Hands what the client sends to the program; when the client goes, the program is hung up.
    private func pumpInput(
        _ socket: any ChannelSocket,
        _ session: any ExecSession
    ) async {
        var acceptsInput = true
        while let message = await nextMessage(socket), !Task.isCancelled {
            guard let channel = message.first else { continue }
            let payload = Array(message.dropFirst())
            switch channel {
            case Channel.stdin where acceptsInput && !payload.isEmpty:
                // A program that reads no more is no error: its output still matters.
                if (try? await session.write(payload)) == nil { acceptsInput = false }
            case Channel.resize:
                guard let size = try? JSON.parse(payload), let width = size["Width"]?.int,
                    let height = size["Height"]?.int, width > 0, height > 0
                else { continue }
                session.resize(columns: min(width, 65535), rows: min(height, 65535))
            case Channel.close where payload.first == Channel.stdin:
                session.closeInput()
                acceptsInput = false
            default: continue
            }
        }
        if !hasEnded, !Task.isCancelled { session.hangUp() }
    }

    private func nextMessage(_ socket: any ChannelSocket) async -> [UInt8]? {
        guard !isClosing else { return nil }
        isReceiving = true
        defer { isReceiving = false }
        return try? await socket.receive()
    }

    /// Sends the status and closes; both in that order, or clients miss the exit code.
    private func finish(_ socket: any ChannelSocket, _ result: ExecResult) async {
        // While it closes, a socket receives by itself, unless the pump does so already: only one may.
        isClosing = !isReceiving
        hasEnded = true
        let status = Self.status(result).bytes()
        if (try? await socket.send([Channel.status] + status)) != nil { await socket.close() }
    }

    static func status(_ result: ExecResult) -> JSON {
        switch result {
        case .exited(0): return ["metadata": [:], "status": "Success"]
        case .exited(let code):
            return [
                "metadata": [:], "status": "Failure", "reason": "NonZeroExitCode",
                "message": .string(
                    "command terminated with non-zero exit code: exit status \(code)"
                ),
                "details": ["causes": [["reason": "ExitCode", "message": .string("\(code)")]]],
            ]
        case .failed(let why):
            return [
                "metadata": [:], "status": "Failure", "reason": "InternalError",
                "message": .string(why), "code": 500,
            ]
        }
    }
}
