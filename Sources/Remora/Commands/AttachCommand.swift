internal import Basics
internal import Formats
internal import Reactor

/// `remora attach`: shows what a container's own program writes from now on, and passes input to it.
///
/// Leaving does not end the program.
@MainLoop struct AttachCommand {
    private let context: CommandContext

    init(_ context: CommandContext) {
        self.context = context
    }

    func run() async throws(Failure) -> Int32 {
        let invocation = context.invocation
        let name = PodWords.name(invocation.arguments[0])
        let base = "/api/v1/namespaces/\(context.namespace)/pods/\(Target.encoded(name))"
        let pod = try await context.client.json("GET", base)
        let quiet = invocation.flag("quiet")
        func note(_ text: String) { if !quiet { Console.note(text) } }
        let container = try PodContainers(pod)
            .choose(invocation.text("container"), pod: name, note: note)
        let spec = Self.spec(of: container, pod)
        var streams = ProgramStreams(context.client)
        streams.hasInput = invocation.flag("stdin")
        streams.wantsTerminal = invocation.flag("tty")
        if streams.hasInput, spec["stdin"]?.bool != true {
            throw Failure(
                .invalid,
                "cannot pass input to container \(container)",
                cause: "it has no standard input",
                remedy: "set stdin: true in the pod, or attach without -i"
            )
        }
        if streams.wantsTerminal, spec["tty"]?.bool != true {
            streams.wantsTerminal = false
            note("Unable to use a TTY - container \(container) did not allocate one")
        } else if streams.lacksTerminal {
            note("Unable to use a TTY - input is not a terminal or the right kind of file")
        }
        if streams.hasInput { note("If you don't see a command prompt, try pressing enter.") }
        var target = Target(base + "/attach")
        target.add("container", container)
        return try await streams.run(target)
    }

    /// The container as the pod spells it.
    private static func spec(of container: String, _ pod: JSON) -> JSON {
        for list in ["containers", "initContainers", "ephemeralContainers"] {
            let found = pod["spec"]?[list]?.array?.first { $0["name"]?.string == container }
            if let found { return found }
        }
        return .null
    }
}
