internal import Basics
internal import Formats
internal import HTTP
internal import Reactor
internal import System

/// `remora exec`: runs a command in a container over a WebSocket.
///
/// Speaks `v5.channel.k8s.io`: the first byte of a message names the stream (0 input, 1 output,
/// 2 errors, 3 status, 4 terminal size, 255 close).
@MainLoop struct ExecCommand {
    private let context: CommandContext

    init(_ context: CommandContext) {
        self.context = context
    }

    func run() async throws(Failure) -> Int32 {
        let invocation = context.invocation
        let word = invocation.arguments[0]
        let name = PodWords.name(word)
        let command = Array(invocation.arguments.dropFirst()) + (invocation.rest ?? [])
        guard !command.isEmpty else {
            throw Failure(
                .invalid,
                "no command is named",
                remedy: "put it behind --: remora exec \(name) -- COMMAND"
            )
        }
        let base = "/api/v1/namespaces/\(context.namespace)/pods/\(Target.encoded(name))"
        let pod = try await context.client.json("GET", base)
        let quiet = invocation.flag("quiet")
        let container = try PodContainers(pod)
            .choose(invocation.text("container"), pod: name) { if !quiet { Console.note($0) } }

        let wantsTerminal = invocation.flag("tty")
        let hasInput = invocation.flag("stdin")
        let usesTerminal = wantsTerminal && hasInput && Terminal.isTerminal(0)
        if wantsTerminal, hasInput, !usesTerminal, !quiet {
            Console.note("Unable to use a TTY - input is not a terminal or the right kind of file")
        }
        var target = Target(base + "/exec")
        target.add("container", container)
        for part in command { target.add("command", part) }
        target.add("stdout", "true")
        if hasInput { target.add("stdin", "true") }
        if wantsTerminal { target.add("tty", "true") } else { target.add("stderr", "true") }
        let socket = try await context.client.webSocket(
            target.text,
            protocols: ["v5.channel.k8s.io", "v4.channel.k8s.io"]
        )
        let raw = usesTerminal ? try? RawTerminal(0) : nil
        defer { raw?.restore() }
        return try await converse(over: socket, hasInput: hasInput, tracksSize: usesTerminal)
    }

    // MARK: Details

    private func converse(
        over socket: WebSocket,
        hasInput: Bool,
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
