internal import Basics
internal import Proxying
internal import Reactor
internal import Roles

/// `companion proxy`: an ambassador, a TLS terminator, a gateway.
@MainLoop enum ProxyRole {
    static let role = Role(
        name: "proxy",
        programs: ["envoy", "nginx", "haproxy"],
        spec: spec,
        traits: [.fillsMemory, .rereadsConfiguration],
        translate: { ProgramWords.translate($0, $1) },
        check: { invocation, program, environment throws(Failure) in
            ProxyCheck.run(try ProxyOptions(invocation, program: program), environment)
        },
        listeners: { invocation, program, environment throws(Failure) in
            try ProxyCheck.listeners(try ProxyOptions(invocation, program: program), environment)
        },
        make: { invocation, program, surroundings throws(Failure) in
            ProxyWork(try ProxyOptions(invocation, program: program), surroundings)
        },
        run: { invocation, program throws(Failure) in
            let options = try ProxyOptions(invocation, program: program)
            if options.isCheck { return ProxyCheck.run(options, FileAccess.environment) }
            let process = RoleProcess(name: "proxy", options.process)
            return try await process.run(ProxyWork(options, process.surroundings))
        }
    )

    private static let spec = CommandSpec(
        "proxy",
        summary: "proxy HTTP and TCP as Envoy, nginx or HAProxy would, from their configurations",
        discussion: """
            Without a configuration: the variables GATEWAY_* make a gateway; else a file at the usual place of proxy.yaml,
            Envoy, nginx or HAProxy is read; else DATABASE_URL or PGHOST make a database ambassador; else a certificate under
            /etc/certs makes a TLS terminator for the application on PORT.

            Signals: SIGTERM, SIGINT and SIGQUIT end it when the requests at hand are answered, a second one at once, both
            with exit code 0; SIGHUP reads the configuration again. A bad configuration is refused and the old one kept.
            """,
        options: own + envoy
    )

    private static let own = [
        OptionSpec("config", "c", .text("FILE"), help: "the configuration; it is watched"),
        OptionSpec(
            "dialect",
            nil,
            .choice(Dialect.allCases.map(\.rawValue)),
            help: "its language; guessed if not given"
        ),
        OptionSpec("check", help: "say all that is wrong with it, and end"),
        OptionSpec("lenient", help: "unknown and unsupported keys are warnings"),
        OptionSpec(
            "quickstart",
            "q",
            .text("LISTEN=URL"),
            repeats: true,
            help: "proxy without a file: 8080=http://localhost:9000, 5432=tcp://db:5432"
        ),
        OptionSpec(
            "admin",
            nil,
            .text("ADDR:PORT"),
            help: "where the admin pages are; off for none",
            byDefault: "what the configuration says, or 127.0.0.1:9901"
        ),
        OptionSpec("workers", nil, .number("N"), help: "threads", byDefault: "one per processor"),
        OptionSpec(
            "drain",
            nil,
            .duration,
            help: "how long requests may go on after SIGTERM",
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
    ]

    /// Envoy's flags, for manifests that pass them.
    private static let envoy = [
        OptionSpec("config-path", nil, .text("FILE"), help: "the same as --config (Envoy's)"),
        OptionSpec("config-yaml", nil, .text("TEXT"), help: "the configuration itself (Envoy's)"),
        OptionSpec(
            "mode",
            nil,
            .choice(["serve", "validate", "init_only"]),
            help: "validate is --check (Envoy's)"
        ),
        OptionSpec("concurrency", nil, .number("N"), help: "the same as --workers (Envoy's)"),
        OptionSpec("service-cluster", nil, .text("NAME"), help: "the node's cluster (Envoy's)"),
        OptionSpec("service-node", nil, .text("NAME"), help: "the node's name (Envoy's)"),
        OptionSpec("drain-time-s", nil, .number("SECONDS"), help: "as --drain (Envoy's)"),
        OptionSpec("parent-shutdown-time-s", nil, .number("SECONDS"), help: "no effect (Envoy's)"),
        OptionSpec("base-id", nil, .number("N"), help: "no effect (Envoy's)"),
        OptionSpec("disable-hot-restart", help: "no effect (Envoy's)"),
    ]
}
