internal import Basics
internal import Reactor
internal import Roles

/// The command line of `companion`, declared once for parsing and help.
@MainLoop enum CompanionCommand {
    nonisolated static let version = "0.1.0"

    /// The whole program: one command for each role.
    static let program = CommandSpec(
        "companion",
        summary: "be the helper container of a pod: one program for every role",
        discussion: """
            Called by the name of a role or of a program that a role stands for (a link named envoy, nginx or haproxy), it
            takes that role at once.

            Exit codes: 0 success, also after SIGTERM; 1 failure; 2 a command line that cannot be understood.
            """,
        subcommands: Role.all.map(\.spec) + [
            CommandSpec("version", summary: "show the version")
        ]
    )
}
