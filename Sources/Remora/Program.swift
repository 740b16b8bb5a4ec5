internal import Basics
internal import Reactor
internal import System

/// The surroundings of a command: parsed words, roots and a client.
@MainLoop struct CommandContext {
    let invocation: Invocation
    let root: String
    let runRoot: String

    init(_ invocation: Invocation) {
        self.invocation = invocation
        root =
            invocation.text("root") ?? Environment.value("REMORA_ROOT") ?? "/var/lib/remora"
        runRoot =
            invocation.text("run-root") ?? Environment.value("REMORA_RUN_ROOT") ?? "/run/remora"
    }

    /// The namespace that the command works in.
    var namespace: String { invocation.text("namespace") ?? "default" }

    /// A client of the engine.
    var client: NodeClient { NodeClient(socket: runRoot + "/remora.sock") }
}

/// From the words of the command line to an exit code.
@MainLoop enum Program {
    /// Runs the command that the words name.
    ///
    /// - Returns: 0 for success, 1 for a failure, 2 for a command line that cannot be understood; `up`
    ///   and `exec` give the code of what they ran.
    static func run(_ words: [String]) async -> Int32 {
        let outcome: CommandParser.Outcome
        do {
            outcome = try CommandParser(RemoraCommand.program).parse(words)
        } catch {
            Console.note("remora: \(error)")
            return 2
        }
        switch outcome {
        case .help(let text):
            Console.write(text)
            return 0
        case .run(let invocation):
            do {
                return try await dispatch(invocation)
            } catch let failure as Failure {
                Console.note("remora: \(failure)")
                return failure.code == .invalid ? 2 : 1
            } catch {
                Console.note("remora: \(error)")
                return 1
            }
        }
    }

    private static func dispatch(_ invocation: Invocation) async throws -> Int32 {
        let context = CommandContext(invocation)
        switch invocation.path.first {
        case "up": return try await UpCommand(context).run()
        case "apply": return try await ApplyCommand(context).run()
        case "down": return try await DownCommand(context).run()
        case "ps":
            return try await GetCommand.run(
                context,
                ["pods"] + PodWords.names(invocation.arguments)
            )
        case "get": return try await GetCommand.run(context, invocation.arguments)
        case "describe": return try await DescribeCommand(context).run()
        case "logs": return try await LogsCommand(context).run()
        case "exec": return try await ExecCommand(context).run()
        case "attach": return try await AttachCommand(context).run()
        case "events": return try await EventsCommand(context).run()
        case "timeline": return try await TimelineCommand(context).run()
        case "top": return try await TopCommand(context).run()
        case "image": return try await ImageCommand(context).run()
        case "serve": return try await ServeCommand(context).run()
        case "kubeconfig": return try await KubeconfigCommand(context).run()
        case "version": return try await VersionCommand(context).run()
        case "completion": return try CompletionCommand(context).run()
        case "pause": PauseCommand.run()
        default: return 2
        }
    }
}
