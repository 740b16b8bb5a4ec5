import Basics

extension ProbeRole {
    /// The command line.
    static let spec = {
        var spec = CommandSpec(
            "probe",
            summary: "ask a server how it is, once, as the command of an exec probe",
            discussion: """
                What the kubelet's own probes do, for containers that have no shell and no curl, and for servers that listen
                on localhost only. On a failure one line says why, on standard output, where the kubelet looks for it.

                --admin PORT asks another companion's /readyz in the same pod, with --live its /healthz.

                Called as grpc_health_probe, it has that program's options, messages and exit codes.

                Exit codes: 0 it is well; 1 it is not; 2 the words make no sense.
                """,
            options: [
                OptionSpec(
                    "timeout",
                    "t",
                    .duration,
                    help: "how long it may take; keep it below the probe's timeoutSeconds",
                    byDefault: "1s"
                ),
                OptionSpec("admin", nil, .text("PORT"), help: "ask a companion's admin pages"),
                OptionSpec("live", help: "with --admin: whether it runs, not whether it is ready"),
            ],
            subcommands: [http, tcp, grpc, postgres, exec, health]
        )
        spec.runsAlone = true
        return spec
    }()

    private static let http = CommandSpec(
        "http",
        summary: "a GET whose answer is 200 to 399, certificates unchecked, as httpGet",
        arguments: [.init("URL", help: "http://HOST:PORT/PATH, or PORT/PATH of this pod")],
        options: [
            OptionSpec("header", "H", .text("FIELD"), repeats: true, help: "a field: 'Name: value'")
        ]
    )
    private static let tcp = CommandSpec(
        "tcp",
        summary: "a port that takes connections, as tcpSocket",
        arguments: [.init("ADDRESS", help: "HOST:PORT, or PORT of this pod")]
    )
    private static let grpc = CommandSpec(
        "grpc",
        summary: "a health service that says SERVING, as grpc",
        arguments: [.init("ADDRESS", help: "HOST:PORT, or PORT of this pod")],
        options: [
            OptionSpec(
                "service",
                "s",
                .text("NAME"),
                help: "the service that is asked for",
                byDefault: "the server as a whole"
            )
        ]
    )
    private static let postgres = CommandSpec(
        "postgres",
        summary: "a PostgreSQL server that answers a query",
        arguments: [
            .init(
                "URL",
                .optional,
                help: "postgres://u@h/d?role=primary&check=login; else PGHOST ..."
            )
        ]
    )
    private static let exec = CommandSpec(
        "exec",
        summary: "a command behind -- that ends with 0, killed at the timeout"
    )
    private static let health = CommandSpec(
        "health-probe",
        summary: "be grpc_health_probe with the words behind --",
        isHidden: true
    )
}
