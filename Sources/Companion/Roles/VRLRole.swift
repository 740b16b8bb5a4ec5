internal import Basics
internal import Reactor
internal import Roles

/// `companion vrl`: run scripts of the Vector Remap Language on lines of JSON, or talk in it.
@MainLoop enum VRLRole {
    static let role = Role(
        name: "vrl",
        programs: ["vrl"],
        spec: spec,
        translate: { _, words in words },
        run: { invocation, _ throws(Failure) in try VRLCommand(invocation).run() }
    )

    private static let spec = CommandSpec(
        "vrl",
        summary: "run a script of the Vector Remap Language, as Vector's vrl does",
        discussion: """
            Events are lines of JSON from --input or standard input; without any the script runs on {}. What it yields is
            written to standard output, errors to standard error. Without a script a conversation begins.

            Exit codes: 0 success, also if the script fails on some events; 1 the script does not compile or a file cannot
            be read; 2 a command line that cannot be understood.
            """,
        arguments: [
            CommandSpec.Argument("PROGRAM", .optional, help: "the script: '.foo = true'")
        ],
        options: [
            OptionSpec("input", "i", .text("FILE"), help: "events, one JSON value in each line"),
            OptionSpec("program", "p", .text("FILE"), help: "a file with the script"),
            OptionSpec(
                "print-object",
                "o",
                help: "show the event after the script, not what it yields"
            ),
            OptionSpec(
                "timezone",
                "z",
                .text("ZONE"),
                help: "the zone of times that name none",
                byDefault: "local"
            ),
            OptionSpec("check", help: "compile the script, say all that is wrong with it, and end"),
            OptionSpec("print-warnings", help: "show warnings about the script"),
            OptionSpec("quiet", "q", help: "begin a conversation without a greeting"),
            OptionSpec("runtime", "r", .choice(["ast"]), help: "no effect (Vector's)"),
        ]
    )
}
