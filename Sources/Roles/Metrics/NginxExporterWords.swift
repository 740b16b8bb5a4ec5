import Basics
import Formats

/// The command line and variables of nginx-prometheus-exporter, with one dash or two.
enum NginxExporterWords {
    /// Its name as a program.
    static let program = "nginx-prometheus-exporter"
    /// Its options, and what they are called here.
    private static let options = [
        "nginx.scrape-uri": "source", "nginx.timeout": "timeout", "nginx.ssl-verify": "tls-verify",
        "nginx.ssl-ca-cert": "tls-ca", "nginx.ssl-client-cert": "tls-certificate",
        "nginx.ssl-client-key": "tls-key", "nginx.proxy-protocol": "proxy-protocol",
        "nginx.plus": "nginx-plus", "web.listen-address": "listen", "web.telemetry-path": "path",
        "web.config.file": "web-config", "web.nginx-metrics-only": "no-self-metrics",
        "prometheus.const-label": "label", "prometheus.const-labels": "label",
        "log.level": "log-level", "log.format": "log-format",
    ]
    private static let flags: Set<String> = [
        "nginx.ssl-verify", "nginx.proxy-protocol", "nginx.plus", "web.nginx-metrics-only",
    ]

    /// The role's own words for its command line.
    static func translate(_ words: [String]) -> [String] {
        var found = ["--preset", "nginx"]
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word.utf8.count > 2 else {
                found.append(word)
                continue
            }
            let bare = word.drop { $0 == "-" }
            var name = String(bare.prefix { $0 != "=" })
            var value = bare.count > name.count ? String(bare.dropFirst(name.count + 1)) : nil
            if name.hasPrefix("no-"), options[String(name.dropFirst(3))] != nil {
                name = String(name.dropFirst(3))
                value = "false"
            }
            guard let own = options[name] else {
                // The role's own options, and what nobody knows.
                found.append(word)
                continue
            }
            if flags.contains(name) {
                found.append("--\(own)=" + (value ?? "true"))
                continue
            }
            guard let given = value ?? rest.popFirst() else {
                found.append("--" + own)
                continue
            }
            for part in parts(name, given) { found += ["--" + own, part] }
        }
        return found
    }

    /// The values of an option: older versions had all constant labels in one, with commas.
    private static func parts(_ name: String, _ value: String) -> [String] {
        switch name {
        case "prometheus.const-labels": value.split(separator: ",").map(String.init)
        case "log.format": [value == "logfmt" ? "text" : value]
        default: [value]
        }
    }

    /// The words that its variables stand for, of those options that the command line does not give.
    static func words(_ environment: [String: String], given: (String) -> Bool) -> [String] {
        let variables = [
            ("SCRAPE_URI", "nginx.scrape-uri"), ("TELEMETRY_PATH", "web.telemetry-path"),
            ("LISTEN_ADDRESS", "web.listen-address"), ("CONFIG_FILE", "web.config.file"),
            ("NGINX_PLUS", "nginx.plus"), ("SSL_VERIFY", "nginx.ssl-verify"),
            ("SSL_CA_CERT", "nginx.ssl-ca-cert"), ("SSL_CLIENT_CERT", "nginx.ssl-client-cert"),
            ("SSL_CLIENT_KEY", "nginx.ssl-client-key"), ("PROXY_PROTOCOL", "nginx.proxy-protocol"),
            ("TIMEOUT", "nginx.timeout"), ("CONST_LABELS", "prometheus.const-label"),
            ("NGINX_METRICS_ONLY", "web.nginx-metrics-only"),
        ]
        var words: [String] = []
        for (variable, option) in variables {
            guard let value = environment[variable], !value.isEmpty, let own = options[option],
                !given(own)
            else { continue }
            let separators: [Character] = option == "prometheus.const-label" ? ["\n", ","] : ["\n"]
            for part in value.split(whereSeparator: { separators.contains($0) }) {
                words.append("--\(option)=" + part)
            }
        }
        return words
    }

    /// What the exporter does unless told otherwise.
    static func configure(_ configuration: inout MetricsConfiguration) {
        configuration.prefix = "nginx_exporter"
        configuration.upName = "nginx_up"
        configuration.upHelp = "Status of the last metric scrape"
        configuration.sourceLabel = "addr"
        configuration.infos = [
            .init(
                name: "nginx_exporter_build_info",
                help: "A metric with a constant '1' value labeled by version, revision, branch, "
                    + "goversion from which nginx_exporter was built, and the goos and goarch for "
                    + "the build.",
                labels: [
                    .init("branch", "companion"), .init("goarch", "none"), .init("goos", "linux"),
                    .init("goversion", "none"), .init("revision", "companion"),
                    .init("version", "companion"),
                ]
            )
        ]
        for index in configuration.sources.indices {
            configuration.sources[index].format = .stubStatus
            configuration.sources[index].passesThrough = true
            if configuration.sources.count > 1 {
                let label = LabelText.Pair("addr", configuration.sources[index].name)
                configuration.sources[index].rewrite.labels.append(label)
            }
        }
    }
}
