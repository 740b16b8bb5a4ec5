import Basics
import Formats
package import Reactor
import StandIn
import System

/// `companion explain`: says what the stand-in table makes of a container.
@MainLoop package enum ExplainRole {
    /// The role.
    package static let role = Role(
        name: "explain",
        spec: spec,
        run: { invocation, _ throws(Failure) in
            let containers = try ExplainRequest.containers(invocation) { path throws(Failure) in
                do throws(SystemError) {
                    return try Files.read(path, limit: 16 << 20)
                } catch {
                    // 1 says that nothing stands in.
                    throw Failure(.invalid, "cannot read \(path)", cause: "\(error)")
                }
            }
            let answers = containers.map { ExplainAnswer($0) }
            if invocation.text("output") == "json" {
                let list = answers.map(\.json)
                let isOne =
                    invocation.text("filename") == nil || invocation.text("container") != nil
                Console.line((isOne ? list[0] : .array(list)).text(pretty: true))
            } else {
                Console.write(answers.map(\.text).joined(separator: "\n"))
            }
            return answers.contains { $0.decision.standIn != nil } ? 0 : 1
        }
    )

    private static let spec = CommandSpec(
        "explain",
        summary: "say which role would stand in for a container, and why",
        discussion: """
            The engine runs a role of the companion in the place of a helper's image that cannot be had. This command asks
            the same table: about one container by its parts, or about those of a pod or of a workload in a file, whose
            ConfigMaps are read as well if they are in it.

            Exit codes: 0 something stands in; 1 nothing does; 2 a command line or a manifest that cannot be understood.
            """,
        options: [
            OptionSpec("image", nil, .text("NAME"), help: "the container's image"),
            OptionSpec(
                "command",
                nil,
                .text("WORD"),
                repeats: true,
                help: "the manifest's command, word by word"
            ),
            OptionSpec(
                "arg",
                nil,
                .text("WORD"),
                repeats: true,
                help: "the manifest's args, word by word: --arg=-c --arg=/etc/envoy/envoy.yaml"
            ),
            OptionSpec("env", "e", .text("NAME=VALUE"), repeats: true, help: "a variable"),
            OptionSpec(
                "mount",
                nil,
                .text("PATH"),
                repeats: true,
                help: "where a volume is mounted in the container"
            ),
            OptionSpec(
                "file",
                nil,
                .text("PATH=FILE"),
                repeats: true,
                help: "what a file in a volume says, which is mounted at PATH"
            ),
            OptionSpec("port", nil, .number("N"), repeats: true, help: "a declared port"),
            OptionSpec("filename", "f", .text("FILE"), help: "a manifest in YAML or JSON"),
            OptionSpec(
                "container",
                "c",
                .text("NAME"),
                help: "a container of the manifest",
                byDefault: "all of them"
            ),
            OptionSpec(
                "output",
                "o",
                .choice(["text", "json"]),
                help: "the form of the answer",
                byDefault: "text"
            ),
        ]
    )
}
