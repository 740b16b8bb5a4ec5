import Basics
import Testing

@Suite("Command line") struct CommandLineTests {
    private let program = CommandSpec(
        "remora",
        summary: "run pods",
        options: [OptionSpec("root", nil, .text("DIR"), help: "where state lies")],
        subcommands: [
            CommandSpec(
                "logs",
                aliases: ["log"],
                summary: "show logs",
                arguments: [.init("POD", help: "the pod")],
                options: [
                    OptionSpec("follow", "f", help: "go on"),
                    OptionSpec("tail", nil, .number("N"), help: "last lines", byDefault: "all"),
                    OptionSpec("container", "c", .text("NAME"), repeats: true, help: "which"),
                    OptionSpec("since", nil, .duration, help: "how far back"),
                    OptionSpec("color", nil, .choice(["always", "never"]), help: "colours"),
                ]
            ),
            CommandSpec(
                "image",
                summary: "manage images",
                subcommands: [
                    CommandSpec(
                        "pull",
                        summary: "pull",
                        arguments: [.init("IMAGE", .some, help: "x")]
                    )
                ]
            ),
        ]
    )

    private func run(_ words: String...) throws -> Invocation {
        guard case .run(let invocation) = try CommandParser(program).parse(words) else {
            throw CommandParser.UsageErrorExpected()
        }
        return invocation
    }

    @Test func `options stand anywhere and in every spelling`() throws {
        let parsed = try run(
            "--root=/x",
            "logs",
            "-f",
            "web",
            "-cone",
            "--container",
            "two",
            "--tail",
            "5"
        )
        #expect(parsed.path == ["logs"])
        #expect(parsed.arguments == ["web"])
        #expect(parsed.flag("follow"))
        #expect(parsed.number("tail") == 5)
        #expect(parsed.texts("container") == ["one", "two"])
        #expect(parsed.text("root") == "/x")
        #expect(try run("log", "web", "--root", "/y").text("root") == "/y")
        #expect(try run("logs", "web", "--since", "1h30m").duration("since") == .seconds(5400))
        #expect(try run("logs", "web", "--follow=false").flag("follow") == false)
    }

    @Test func `what follows two dashes is kept as it is`() throws {
        let parsed = try run("logs", "web", "--", "-x", "--tail")
        #expect(parsed.rest == ["-x", "--tail"])
        #expect(parsed.number("tail") == nil)
    }

    @Test(arguments: [
        (["lgos"], "unknown command 'lgos'; did you mean 'logs'?"),
        (["logs", "--tial", "1"], "unknown option '--tial'; did you mean '--tail'?"),
        (["logs"], "argument POD is missing; see 'remora logs --help'"),
        (["logs", "a", "b"], "unexpected argument 'b'; see 'remora logs --help'"),
        (["logs", "a", "--tail"], "option '--tail' needs a value; see 'remora logs --help'"),
        (
            ["logs", "a", "--tail", "x"],
            "'--tail' needs a whole number, not 'x'; see 'remora logs --help'"
        ),
        (
            ["logs", "a", "--since", "x"],
            "'--since' needs a duration such as 30s or 5m, not 'x'; see 'remora logs --help'"
        ),
        (
            ["logs", "a", "--color", "x"],
            "'--color' is one of always, never, not 'x'; see 'remora logs --help'"
        ),
        (["logs", "a", "-z"], "unknown option '-z'; see 'remora logs --help'"),
        (["image"], "a command is missing; see 'remora image --help'"),
        (["image", "pull"], "argument IMAGE is missing; see 'remora image pull --help'"),
    ])
    func `a wrong command line names the word`(words: [String], text: String) throws {
        let error = #expect(throws: CommandParser.UsageError.self) {
            try CommandParser(program).parse(words)
        }
        #expect(error?.description == text)
    }

    @Test func `help lists what is declared`() throws {
        guard case .help(let text) = try CommandParser(program).parse(["help", "logs"]) else {
            Issue.record("no help")
            return
        }
        #expect(text.contains("remora logs POD [OPTIONS]"))
        #expect(text.contains("--tail N"))
        #expect(text.contains("(default all)"))
        #expect(text.contains("Global options:"))
        #expect(text.contains("Also called: log"))
    }

    @Test(arguments: CompletionScript.shells)
    func `completion knows commands and options`(shell: String) throws {
        let text = try #require(CompletionScript.text(for: shell, of: program))
        #expect(text.contains("logs"))
        #expect(text.contains("tail"))
        #expect(text.contains("always never"))
    }
}

extension CommandParser {
    struct UsageErrorExpected: Error {}
}
