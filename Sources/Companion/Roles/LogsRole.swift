internal import Basics
internal import LogPipeline
internal import Reactor
internal import Roles

/// `companion logs`: ships logs, or reshapes them.
@MainLoop enum LogsRole {
    static let role = Role(
        name: "logs",
        programs: ["fluent-bit", "td-agent-bit", "fluentd", "td-agent", "vector", "tail"],
        spec: spec,
        traits: [.fillsMemory, .rereadsConfiguration],
        translate: { LogWords.translate($0, $1) },
        check: { invocation, program, environment throws(Failure) in
            LogsCheck.run(try LogsOptions(invocation, program: program), environment)
        },
        listeners: { invocation, program, environment throws(Failure) in
            try LogsCheck.listeners(try LogsOptions(invocation, program: program), environment)
        },
        make: { invocation, program, surroundings throws(Failure) in
            LogsWork(try LogsOptions(invocation, program: program), surroundings)
        },
        run: { invocation, program throws(Failure) in
            switch invocation.path.dropFirst().first {
            case "tap": return try await LogsTap(invocation).run()
            case "test": return try await LogsTrial(invocation, program: program).run()
            default: break
            }
            let options = try LogsOptions(invocation, program: program)
            if options.isCheck { return LogsCheck.run(options, FileAccess.environment) }
            let process = RoleProcess(name: "logs", options.process)
            return try await process.run(LogsWork(options, process.surroundings))
        }
    )

    private static let spec = {
        var spec = line
        spec.runsAlone = true
        return spec
    }()

    private static let line = CommandSpec(
        "logs",
        summary: "ship and reshape logs as Fluent Bit, Fluentd, Vector or a shell loop would",
        discussion: """
            Without a configuration: a file at the usual place of logs.yaml, Fluent Bit, Fluentd or Vector is read; else the
            variables FLUENT_ELASTICSEARCH_* ship /var/log/app; else, as fluentd, /var/log/app is collected.
            Words behind -- are a shell's command line that is understood: -- tail -F app.log

            Signals: SIGTERM, SIGINT and SIGQUIT read every file to its end, deliver what was read and end with exit code 0,
            within the grace period; SIGHUP reads the configuration again. A bad configuration is refused and the old one kept.
            """,
        options: configuration + [
            OptionSpec("check", help: "say all that is wrong with it, and end"),
            OptionSpec(
                "admin",
                nil,
                .text("ADDR:PORT"),
                help: "where the admin pages are; off for none",
                byDefault: "what the configuration says, or 127.0.0.1:2020"
            ),
            OptionSpec(
                "state",
                nil,
                .text("DIR"),
                help: "where positions, buffers and refused records are kept",
                byDefault: "what the configuration says, or /var/lib/companion"
            ),
            OptionSpec(
                "grace",
                nil,
                .duration,
                help: "how long ending may take",
                byDefault: "what the configuration says, or 25s"
            ),
            MemoryShare.spec,
            OptionSpec(
                "log-level",
                "l",
                .choice(ProcessOptions.levels.map(\.word)),
                help: "the least important lines that are written",
                byDefault: "info"
            ),
            OptionSpec(
                "log-format",
                nil,
                .choice(["text", "json"]),
                help: "of the program's own log, on standard error",
                byDefault: "text"
            ),
        ],
        subcommands: [tap, test]
    )

    private static let configuration = [
        OptionSpec(
            "config",
            "c",
            .text("FILE"),
            repeats: true,
            help: "the configuration; it is watched. Vector's may be several files"
        ),
        OptionSpec(
            "config-dir",
            "C",
            .text("DIR"),
            repeats: true,
            help: "a directory of configurations (Vector's)"
        ),
        OptionSpec(
            "dialect",
            nil,
            .choice(LogDialect.ofFiles.map(\.rawValue)),
            help: "its language; guessed if not given"
        ),
        OptionSpec("lenient", help: "unknown and unsupported keys are warnings"),
    ]

    private static let tap = CommandSpec(
        "tap",
        summary: "show the records that come out of a source or transform of a running role",
        options: [
            OptionSpec(
                "admin",
                nil,
                .text("ADDR:PORT"),
                help: "the admin pages of the running role",
                byDefault: "127.0.0.1:2020"
            ),
            OptionSpec(
                "role",
                nil,
                .text("NAME"),
                help: "its name, if it runs beside others (companion run)"
            ),
            OptionSpec(
                "stage",
                "s",
                .text("NAME"),
                repeats: true,
                help: "sources and transforms, * for any rest of a name",
                byDefault: "all"
            ),
            OptionSpec("filter", nil, .text("VRL"), help: "only records for which this holds"),
            OptionSpec("follow", "f", help: "go on until it is interrupted"),
            OptionSpec(
                "limit",
                "n",
                .number("N"),
                help: "end after so many records",
                byDefault: "10 without --follow"
            ),
            OptionSpec(
                "for",
                nil,
                .duration,
                help: "end after so long",
                byDefault: "10s without --follow"
            ),
        ]
    )

    private static let test = CommandSpec(
        "test",
        summary:
            "run a configuration on the lines of a file and print what each stage makes of them",
        arguments: [.init("SAMPLE", .optional, help: "a file of lines; standard input without")],
        options: configuration + [
            OptionSpec(
                "source",
                nil,
                .text("NAME"),
                help: "the source that the lines come from",
                byDefault: "the only one, or the first"
            ),
            OptionSpec(
                "tag",
                nil,
                .text("TAG"),
                help: "the tag of the records, if not the source's"
            ),
            OptionSpec("results", help: "print only what comes to sinks, as JSON lines"),
        ]
    )
}
