internal import Basics
internal import Formats
internal import Reactor
internal import System

/// `remora timeline`: when each container did what.
@MainLoop struct TimelineCommand {
    private let context: CommandContext

    init(_ context: CommandContext) {
        self.context = context
    }

    func run() async throws(Failure) -> Int32 {
        let word = context.invocation.arguments[0]
        let name = PodWords.name(word)
        var target = Target(
            "/apis/remora/v1/pods/\(context.namespace)/\(Target.encoded(name))/timeline"
        )
        let isJSON = context.invocation.text("output") == "json"
        if !isJSON { target.add("width", String(Terminal.width ?? 110)) }
        let answer = try await context.client.json("GET", target.text)
        if isJSON {
            Console.line(answer.text(pretty: true))
        } else {
            Console.write(answer["text"]?.string ?? "")
        }
        return 0
    }
}

/// `remora version`: of the program and, if one answers, of the engine.
@MainLoop struct VersionCommand {
    private let context: CommandContext

    init(_ context: CommandContext) {
        self.context = context
    }

    func run() async throws(Failure) -> Int32 {
        var engine: JSON?
        if await context.client.isAlive() {
            engine = try await context.client.json("GET", "/apis/remora/v1/node")
        }
        if context.invocation.text("output") == "json" {
            var answer: JSON = ["client": ["version": .string(RemoraCommand.version)]]
            answer["engine"] = engine ?? .null
            Console.line(answer.text(pretty: true))
            return 0
        }
        Console.line("remora \(RemoraCommand.version)")
        if let engine {
            Console.line(
                "engine \(engine["version"]?.string ?? "?"), process \(engine["pid"]?.int ?? 0), "
                    + "root \(engine["root"]?.string ?? "?")"
            )
        } else {
            Console.line("no engine answers at \(context.client.socket)")
        }
        return 0
    }
}

/// `remora completion`: prints a shell's completion script.
@MainLoop struct CompletionCommand {
    private let context: CommandContext

    init(_ context: CommandContext) {
        self.context = context
    }

    func run() throws(Failure) -> Int32 {
        let shell = context.invocation.arguments[0]
        guard let text = CompletionScript.text(for: shell, of: RemoraCommand.program) else {
            throw Failure(
                .invalid,
                "no completion for shell \"\(shell)\"",
                remedy: "the shells are " + CompletionScript.shells.joined(separator: ", ")
            )
        }
        Console.write(text)
        return 0
    }
}
