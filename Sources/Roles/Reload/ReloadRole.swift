import Basics
package import Reactor

/// `companion reload`: tells a program that its configuration has changed.
@MainLoop package enum ReloadRole {
    /// Where its admin pages are if nobody says anything else.
    package static let port: UInt16 = 9535

    /// The declaration.
    package static let role = Role(
        name: "reload",
        programs: ["configmap-reload", "prometheus-config-reloader"],
        spec: spec,
        port: port,
        translate: { (program, words) throws(Failure) in try ReloadWords.translate(program, words)
        },
        check: { invocation, _, environment throws(Failure) in
            let settings = try ReloadSettings(
                invocation,
                files: FileAccess(),
                environment: environment
            )
            for warning in settings.warnings { Console.note("warning: \(warning)") }
            for deed in settings.deeds { Console.line("on a change: \(deed)") }
            var code: Int32 = 0
            let renderer = Renderer(settings, environment: environment)
            for rendering in settings.renderings {
                Console.line("made: \(rendering.target) of \(rendering.source)")
                do throws(Renderer.Outcome) {
                    _ = try renderer.content(of: rendering)
                } catch {
                    switch error {
                    // It may come later, as what another container writes does.
                    case .failed(let failure): Console.note("warning: \(failure)")
                    case .refused(let failure):
                        Console.note("companion: \(failure)")
                        code = 1
                    }
                }
            }
            return code
        },
        listeners: { invocation, _, environment throws(Failure) in
            let settings = try ReloadSettings(
                invocation,
                files: FileAccess(),
                environment: environment
            )
            return settings.listen.map { [RoleListener($0)] } ?? []
        },
        make: { invocation, _, surroundings throws(Failure) in
            let settings = try ReloadSettings(
                invocation,
                files: FileAccess(),
                environment: surroundings.environment
            )
            return ReloadWork(settings, surroundings)
        }
    )

    private static let spec = CommandSpec(
        "reload",
        summary: "watch configurations and tell the program that reads them when they change",
        discussion: """
            Directories are followed through the swap of ..data, by which Kubernetes changes a volume, and plain files too.
            What has the same bytes as before is no change. Before anything is done, files are rendered and the commands of
            --validate must succeed; else the last good files stay. {} in such a command is the file that is to be replaced.
            A signal needs a pod with shareProcessNamespace: true.

            Called configmap-reload, it has that program's flags and defaults, with one dash or two: -volume-dir,
            -webhook-url, -webhook-method (POST), -webhook-status-code (200), -webhook-retries (1; -1 has no end),
            -web.listen-address (:9533), -web.telemetry-path (/metrics).

            Called prometheus-config-reloader, it has --config-file, --config-envsubst-file, --watched-dir,
            --reload-method http|signal (http), --reload-url (http://127.0.0.1:9090/-/reload), --reload-timeout (30s),
            --process-executable-name (prometheus), --runtimeinfo-url, --delay-interval (1s), --watch-interval (3m; 0
            ends after once), --retry-interval (5s), --statefulset-ordinal-from-envvar (POD_NAME), --listen-address,
            --web-config-file, --log-level, --log-format; --auto-gomemlimit-ratio has no effect.

            Exit codes: 0 success, also after SIGTERM; 1 with --once if it could not be done; 2 a command line that cannot
            be understood.
            """,
        options: watching + acting + timing + serving + ProcessOptions.specs(port: port)
    )

    private static let watching = [
        OptionSpec("config", "c", .text("FILE"), help: "all of this in YAML"),
        OptionSpec("dir", "d", .text("DIR"), repeats: true, help: "a directory to watch"),
        OptionSpec("file", "f", .text("FILE"), repeats: true, help: "a file to watch"),
        OptionSpec("recursive", "r", help: "what lies deeper in the directories counts too"),
        OptionSpec(
            "render",
            nil,
            .text("IN=OUT"),
            repeats: true,
            help: "make OUT of IN (gzip is unpacked) with the variables of the environment"
        ),
        OptionSpec(
            "style",
            nil,
            .choice(VariableText.Style.allCases.map(\.rawValue)),
            help: "places for variables: parentheses $(NAME), braces ${NAME:-default}",
            byDefault: "both"
        ),
        OptionSpec(
            "only",
            nil,
            .text("NAME,..."),
            repeats: true,
            help: "the variables that are meant; places of others stay as they are",
            byDefault: "all"
        ),
        OptionSpec(
            "mode",
            nil,
            .text("OCTAL"),
            help: "permission bits of rendered files",
            byDefault: "those of the file that is replaced, or 0644"
        ),
        OptionSpec(
            "validate",
            nil,
            .text("COMMAND"),
            repeats: true,
            help:
                "a command that must succeed first, such as 'nginx -t' or 'promtool check config {}'"
        ),
    ]

    private static let acting = [
        OptionSpec("url", "u", .text("URL"), repeats: true, help: "request this address"),
        OptionSpec("method", nil, .text("METHOD"), help: "of the requests", byDefault: "POST"),
        OptionSpec(
            "status",
            nil,
            .text("CODE,..."),
            repeats: true,
            help: "statuses of success",
            byDefault: "200 to 299"
        ),
        OptionSpec("header", "H", .text("LINE"), repeats: true, help: "a field of the requests"),
        OptionSpec("body", nil, .text("TEXT"), help: "the body of the requests"),
        OptionSpec(
            "timeout",
            nil,
            .duration,
            help: "how long a request may take",
            byDefault: "10s"
        ),
        OptionSpec("insecure", "k", help: "do not verify certificates"),
        OptionSpec("cacert", nil, .text("FILE"), help: "authorities to trust (PEM)"),
        OptionSpec("cert", nil, .text("FILE"), help: "the own certificate (PEM)"),
        OptionSpec("key", nil, .text("FILE"), help: "its key (PEM)"),
        OptionSpec("signal", "s", .text("NAME"), help: "send this signal, such as HUP"),
        OptionSpec(
            "process",
            nil,
            .text("NAME"),
            repeats: true,
            help: "to the processes of this program: a name or a path"
        ),
        OptionSpec(
            "pid-file",
            nil,
            .text("FILE"),
            repeats: true,
            help: "to the process whose number this file holds"
        ),
        OptionSpec(
            "verify-url",
            nil,
            .text("URL"),
            help: "Prometheus' runtimeinfo, which tells whether the signal had its effect"
        ),
        OptionSpec("exec", "e", .text("COMMAND"), repeats: true, help: "run this command"),
        OptionSpec(
            "exec-timeout",
            nil,
            .duration,
            help: "how long a command may take",
            byDefault: "30s"
        ),
        OptionSpec("touch", nil, .text("FILE"), repeats: true, help: "set this file's time to now"),
    ]

    private static let timing = [
        OptionSpec(
            "delay",
            nil,
            .duration,
            help: "how long files must be left alone first",
            byDefault: "20ms, 5ms after a swap"
        ),
        OptionSpec(
            "interval",
            nil,
            .duration,
            help: "how often files are looked at where changes are not told",
            byDefault: "10s"
        ),
        OptionSpec(
            "tries",
            nil,
            .number("N"),
            help: "how often an action is tried; 0 without an end",
            byDefault: "10"
        ),
        OptionSpec("retry-first", nil, .duration, help: "the first pause", byDefault: "1s"),
        OptionSpec("retry-most", nil, .duration, help: "the longest pause", byDefault: "30s"),
        OptionSpec("initial", help: "act once at the start too"),
        OptionSpec("once", help: "prepare and act once, then end"),
        OptionSpec(
            "ready",
            nil,
            .choice(ReloadSettings.Readiness.allCases.map(\.rawValue)),
            help: "when /readyz is 200: from the start, or after the first success",
            byDefault: "start"
        ),
    ]

    private static let serving = [
        OptionSpec(
            "listen",
            nil,
            .text("ADDR:PORT"),
            help: "serve metrics and probes, and nothing else, here too"
        ),
        OptionSpec(
            "telemetry-path",
            nil,
            .text("PATH"),
            help: "the path of the metrics there",
            byDefault: "/metrics"
        ),
        OptionSpec(
            "listen-config",
            nil,
            .text("FILE"),
            help: "TLS for --listen, as the web configuration of Prometheus' programs"
        ),
        OptionSpec(
            "ordinal-from",
            nil,
            .text("NAME"),
            help: "set STATEFULSET_ORDINAL_NUMBER to the number at the end of this variable"
        ),
    ]
}
