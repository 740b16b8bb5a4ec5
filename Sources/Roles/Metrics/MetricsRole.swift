package import Basics
import Formats
import Reactor

/// The role `metrics`: the adapter that shows any program's numbers to Prometheus.
package enum MetricsRole {
    /// Where the admin pages are if nobody says anything else.
    package static let adminPort: UInt16 = 9191

    /// Its command line.
    @MainLoop package static var spec: CommandSpec {
        CommandSpec(
            "metrics",
            summary: "show any program's numbers to Prometheus",
            discussion: """
                SOURCE is a URL: http(s)://, unix:/socket:/path, file:///path, redis(s)://, \
                memcached://, postgres://, statsd://:8125. What it says is recognised: JSON, \
                key=value, nginx's stub_status, Apache's server-status, HAProxy's CSV, an \
                exposition. Rules, relabelling and more than one kind of source: --config FILE.

                Started as nginx-prometheus-exporter it takes the flags and variables of that one.
                """,
            arguments: [.init("SOURCE", .any, help: "as --source")],
            options: options + ProcessOptions.specs(port: adminPort)
        )
    }

    private static var options: [OptionSpec] {
        [
            OptionSpec("config", "c", .text("FILE"), help: "the configuration, metrics.yaml"),
            OptionSpec("lenient", help: "unknown keys are warnings"),
            OptionSpec("source", "s", .text("URL"), repeats: true, help: "where numbers come from"),
            OptionSpec(
                "input",
                "i",
                .choice(MetricFormat.allCases.map(\.rawValue)),
                help: "the format of the sources",
                byDefault: "auto"
            ),
            OptionSpec(
                "format",
                "f",
                .choice(["prometheus", "openmetrics"]),
                help: "for people who ask; scrapes get what they accept",
                byDefault: "prometheus"
            ),
            OptionSpec(
                "listen",
                nil,
                .text("ADDR:PORT"),
                repeats: true,
                help: "where scrapes are answered",
                byDefault: ":9090"
            ),
            OptionSpec("path", nil, .text("PATH"), help: "at which path", byDefault: "/metrics"),
            OptionSpec(
                "prefix",
                nil,
                .text("NAME"),
                help: "what names of JSON and pairs begin with"
            ),
            OptionSpec(
                "self-prefix",
                nil,
                .text("NAME"),
                help: "what the names about the exporter begin with",
                byDefault: "stats_exporter"
            ),
            OptionSpec("label", nil, .text("NAME=VALUE"), repeats: true, help: "on every series"),
            OptionSpec(
                "labels-file",
                nil,
                .text("FILE"),
                repeats: true,
                help: "labels of the pod, as the downward API writes them"
            ),
            OptionSpec(
                "strings",
                nil,
                .choice(ReadOptions.Strings.allCases.map(\.rawValue)),
                help: "what becomes of texts",
                byDefault: "ignore"
            ),
            OptionSpec(
                "units",
                nil,
                .choice(["base", "keep"]),
                help: "whether _ms becomes _seconds and the like",
                byDefault: "base"
            ),
            OptionSpec(
                "every",
                nil,
                .duration,
                help: "how often sources are read; 0 is with each scrape",
                byDefault: "0"
            ),
            OptionSpec("timeout", nil, .duration, help: "for one reading", byDefault: "5s"),
            OptionSpec(
                "series-limit",
                nil,
                .number("N"),
                help: "the most series",
                byDefault: "\(SampleSet.seriesMaximum)"
            ),
            OptionSpec(
                "body-limit",
                nil,
                .text("SIZE"),
                help: "the longest text of a source",
                byDefault: "16MiB"
            ),
            OptionSpec(
                "header",
                nil,
                .text("NAME: VALUE"),
                repeats: true,
                help: "for HTTP sources"
            ),
            OptionSpec("token-file", nil, .text("FILE"), help: "the bearer token for HTTP sources"),
            OptionSpec("tls-verify", help: "whether sources must show a good certificate"),
            OptionSpec("tls-ca", nil, .text("FILE"), help: "the authorities of sources, PEM"),
            OptionSpec("tls-certificate", nil, .text("FILE"), help: "the own certificate, PEM"),
            OptionSpec("tls-key", nil, .text("FILE"), help: "its key, PEM"),
            OptionSpec("proxy-protocol", help: "begin connections to sources with PROXY"),
            OptionSpec("web-config", nil, .text("FILE"), help: "web configuration of an exporter"),
            OptionSpec("push", nil, .text("URL"), help: "send by OTLP/HTTP as well"),
            OptionSpec("push-every", nil, .duration, help: "how often", byDefault: "15s"),
            OptionSpec(
                "preset",
                nil,
                .choice(["none", "nginx"]),
                help: "defaults and names of another exporter",
                byDefault: "none"
            ),
            OptionSpec("nginx-plus", help: "refused: the API of NGINX Plus is not read"),
            OptionSpec(
                "no-self-metrics",
                help: "show only what the sources say and whether they answer"
            ),
        ]
    }

    /// Its declaration.
    @MainLoop package static let role = Role(
        name: "metrics",
        programs: [NginxExporterWords.program],
        spec: spec,
        port: adminPort,
        traits: [.rereadsConfiguration],
        translate: { program, words in
            program == NginxExporterWords.program ? NginxExporterWords.translate(words) : words
        },
        check: { invocation, _, environment throws(Failure) in
            let line = try MetricsCommandLine(invocation, environment)
            do throws(ConfigurationErrors) {
                let loaded = try line.load()
                for finding in loaded.warnings { Console.line("warning: \(finding)") }
                Console.line("\(loaded.name): \(loaded.configuration.sources.count) sources, good")
                return 0
            } catch {
                Console.line("\(error)")
                return 1
            }
        },
        listeners: { invocation, _, environment throws(Failure) in
            let line = try MetricsCommandLine(invocation, environment)
            do throws(ConfigurationErrors) {
                return try line.load().configuration.listeners
            } catch {
                throw Failure(.invalid, "the configuration is refused", cause: "\(error)")
            }
        },
        make: { invocation, _, surroundings throws(Failure) in
            try work(invocation, surroundings)
        }
    )

    @MainLoop static func work(
        _ invocation: Invocation,
        _ surroundings: WorkSurroundings
    ) throws(Failure) -> MetricsWork {
        let line = try MetricsCommandLine(invocation, surroundings.environment)
        let origin = MetricsWork.Origin { () throws(ConfigurationErrors) in try line.load() }
        do throws(ConfigurationErrors) {
            return MetricsWork(try line.load(), origin, surroundings)
        } catch {
            throw Failure(.invalid, "the configuration is refused", cause: "\(error)")
        }
    }
}
