internal import Basics
internal import Formats
internal import HTTP
internal import Reactor
internal import System

/// The streams of a program in a container on this terminal, over a WebSocket: `exec` and `attach`.
///
/// Speaks `v5.channel.k8s.io`: the first byte of a message names the stream (0 input, 1 output,
/// 2 errors, 3 status, 4 terminal size, 255 close).
@MainLoop struct ProgramStreams {
    private let client: NodeClient
    /// Whether standard input is passed on.
    var hasInput = false
    /// Whether the program is to be on a terminal.
    var wantsTerminal = false

    init(_ client: NodeClient) {
        self.client = client
    }

    /// Whether a terminal is wanted for an input that is none.
    var lacksTerminal: Bool { wantsTerminal && hasInput && !Terminal.isTerminal(0) }

    /// Connects the streams and waits for the end.
    ///
    /// - Parameter target: The path with all but the streams in its query.
    /// - Returns: The program's exit code; 0 at the end of an attachment.
    /// - Throws: `Failure` if the engine refuses, or the program could not be run.
    func run(_ target: Target) async throws(Failure) -> Int32 {
        let usesTerminal = wantsTerminal && hasInput && Terminal.isTerminal(0)
        var target = target
        target.add("stdout", "true")
        if hasInput { target.add("stdin", "true") }
        if wantsTerminal { target.add("tty", "true") } else { target.add("stderr", "true") }
        let socket = try await client.webSocket(
            target.text,
            protocols: ["v5.channel.k8s.io", "v4.channel.k8s.io"]
        )
        let raw = usesTerminal ? try? RawTerminal(0) : nil
        defer { raw?.restore() }
        return try await converse(over: socket, tracksSize: usesTerminal)
    }

    // MARK: Details

    private func converse(
        over socket: WebSocket,
        tracksSize: Bool
    ) async throws(Failure) -> Int32 {
        var tasks: [Task<Void, Never>] = []
        defer { for task in tasks { task.cancel() } }
        if hasInput { tasks.append(Task { @MainLoop in await Self.sendInput(to: socket) }) }
        if tracksSize { tasks.append(Task { @MainLoop in await Self.sendSizes(to: socket) }) }
        var code: Int32?
        while let message = try await socket.receive() {
            let bytes = message.bytes
            guard let channel = bytes.first else { continue }
            switch channel {
            case 1: Console.write(Array(bytes.dropFirst()))
            case 2: try? Descriptors.writeAll(2, Array(bytes.dropFirst()))
            case 3:
                let status = (try? JSON.parse(Array(bytes.dropFirst()))) ?? .null
                code = try Self.exitCode(status)
            default: break
            }
        }
        guard let code else {
            throw Failure(.unavailable, "the engine closed the session without the exit code")
        }
        return code
    }

    private static func exitCode(_ status: JSON) throws(Failure) -> Int32 {
        if status["status"]?.string == "Success" { return 0 }
        for cause in status["details"]?["causes"]?.array ?? []
        where cause["reason"]?.string == "ExitCode" {
            let number = Int32(cause["message"]?.string ?? "") ?? 1
            Console.note("command terminated with exit code \(number)")
            return number
        }
        throw Failure(.unavailable, status["message"]?.string ?? "the command could not be run")
    }

    private static func sendInput(to socket: WebSocket) async {
        let input: ByteStream
        do {
            input = ByteStream(adopting: try Descriptors.duplicate(0), subject: "standard input")
        } catch {
            return
        }
        while let bytes = try? await input.read(upTo: 32 * 1024), !bytes.isEmpty {
            guard (try? await socket.send([0] + bytes)) != nil else { return }
        }
        if socket.subprotocol == "v5.channel.k8s.io" { try? await socket.send([255, 0]) }
    }

    private static func sendSizes(to socket: WebSocket) async {
        guard let changes = try? SignalWatch([Signals.windowChange]) else { return }
        repeat {
            guard let size = Terminal.size(0) else { return }
            let text = "{\"Width\":\(size.columns),\"Height\":\(size.rows)}"
            guard (try? await socket.send([4] + Array(text.utf8))) != nil else { return }
        } while (try? await changes.next()) != nil
    }
}
