internal import Basics

/// What is done with the programs in containers: their logs and their streams.
extension RemoraCommand {
    static let logs = CommandSpec(
        "logs",
        summary: "show what containers wrote",
        arguments: [
            .init("POD", .optional, help: "the pod"),
            .init("CONTAINER", .optional, help: "the container"),
        ],
        options: [
            namespace, container,
            OptionSpec("follow", "f", help: "go on as more is written"),
            OptionSpec("previous", "p", help: "of the run before the present one"),
            OptionSpec(
                "tail",
                nil,
                .number("LINES"),
                help: "only the last lines",
                byDefault: "all, or 10 with -l"
            ),
            OptionSpec("since", nil, .duration, help: "only lines younger than this"),
            OptionSpec(
                "since-time",
                nil,
                .text("RFC3339"),
                help: "only lines written after this time"
            ),
            OptionSpec("limit-bytes", nil, .number("BYTES"), help: "at most this much"),
            OptionSpec("timestamps", help: "begin each line with its time"),
            OptionSpec("all-containers", help: "of all containers of the pod"),
            OptionSpec("prefix", help: "begin each line with pod and container"),
            OptionSpec("selector", "l", .text("LABELS"), help: "of all pods with these labels"),
        ]
    )
    static let exec = CommandSpec(
        "exec",
        summary: "run a command in a container",
        discussion: "The command stands behind --: remora exec web -c app -it -- sh",
        arguments: [
            .init("POD", help: "the pod"),
            .init("COMMAND", .any, help: "the command and its arguments"),
        ],
        options: [
            namespace, container,
            OptionSpec("stdin", "i", help: "pass standard input on"),
            OptionSpec("tty", "t", help: "give the command a terminal"),
            OptionSpec("quiet", "q", help: "show only the command's own output"),
        ]
    )
    static let attach = CommandSpec(
        "attach",
        summary: "connect to a container's own program",
        discussion: """
            Shows its output from now on. Ctrl-C leaves it running, unless a terminal passes every key on.
            """,
        arguments: [.init("POD", help: "the pod")],
        options: [
            namespace, container,
            OptionSpec("stdin", "i", help: "pass standard input on"),
            OptionSpec("tty", "t", help: "the container has a terminal: pass every key on"),
            OptionSpec("quiet", "q", help: "show only the program's own output"),
        ]
    )
}
