internal import Basics
internal import Formats
internal import Reactor

/// `remora exec`: runs a command in a container.
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

        var streams = ProgramStreams(context.client)
        streams.hasInput = invocation.flag("stdin")
        streams.wantsTerminal = invocation.flag("tty")
        if streams.lacksTerminal, !quiet {
            Console.note(
                "Unable to use a TTY - input is not a terminal or the right kind of file"
            )
        }
        var target = Target(base + "/exec")
        target.add("container", container)
        for part in command { target.add("command", part) }
        return try await streams.run(target)
    }
}
