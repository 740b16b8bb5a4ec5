/// A program of helper containers that has a name of its own, as an image or on a command line.
struct HelperProgram: Sendable {
    /// Whether a role of the companion does its work.
    enum Place: Sendable, Hashable {
        /// This role does.
        case role(String)
        /// None does yet; this is what the program is for.
        case none(String)
    }

    /// Its name on a command line.
    var name: String
    var place: Place
    /// The last parts of the names of images whose program it is.
    var images: [String]
    /// Other names that it has on command lines.
    var aliases: [String] = []
    /// Where its configuration is mounted: a file, or a directory.
    var files: [String] = []
    /// The user of its usual image.
    var user = ""

    /// Those that are known, in the order in which they are looked for.
    static let all: [HelperProgram] = [
        HelperProgram(
            name: "envoy",
            place: .role("proxy"),
            images: ["envoy", "envoy-alpine", "envoy-distroless"],
            files: ["/etc/envoy", "/etc/envoy/envoy.yaml"]
        ),
        HelperProgram(
            name: "nginx",
            place: .role("proxy"),
            images: ["nginx", "nginx-unprivileged"],
            files: []
        ),
        HelperProgram(
            name: "haproxy",
            place: .role("proxy"),
            images: ["haproxy", "haproxy-alpine"],
            files: ["/usr/local/etc/haproxy", "/usr/local/etc/haproxy/haproxy.cfg"],
            user: "99:99"
        ),
        HelperProgram(
            name: "fluent-bit",
            place: .role("logs"),
            images: ["fluent-bit", "aws-for-fluent-bit", "td-agent-bit"],
            aliases: ["td-agent-bit"],
            files: ["/fluent-bit/etc", "/fluent-bit/etc/fluent-bit.conf"]
        ),
        HelperProgram(
            name: "fluentd",
            place: .role("logs"),
            images: ["fluentd"],
            aliases: ["td-agent"],
            files: ["/fluentd/etc", "/fluentd/etc/fluent.conf"]
        ),
        HelperProgram(
            name: "vector",
            place: .role("logs"),
            images: ["vector"],
            files: [
                "/etc/vector", "/etc/vector/vector.yaml", "/etc/vector/vector.toml",
                "/etc/vector/vector.json",
            ]
        ),
        HelperProgram(
            name: "nginx-prometheus-exporter",
            place: .role("metrics"),
            images: ["nginx-prometheus-exporter"],
            user: "1001:1001"
        ),
        HelperProgram(
            name: "configmap-reload",
            place: .role("reload"),
            images: ["configmap-reload"],
            user: "65534"
        ),
        HelperProgram(
            name: "prometheus-config-reloader",
            place: .role("reload"),
            images: ["prometheus-config-reloader"],
            user: "65534"
        ),
        HelperProgram(
            name: "pause",
            place: .role("pause"),
            images: ["pause", "pause-amd64", "pause-arm64", "mirrored-pause"],
            user: "65535:65535"
        ),
        HelperProgram(
            name: "pgbouncer",
            place: .none("pooling connections to PostgreSQL"),
            images: ["pgbouncer", "pgcat", "odyssey", "pg_doorman"],
            aliases: ["pgcat", "odyssey"],
            files: [
                "/etc/pgbouncer", "/etc/pgbouncer/pgbouncer.ini", "/bitnami/pgbouncer/conf",
                "/bitnami/pgbouncer/conf/pgbouncer.ini",
            ]
        ),
        HelperProgram(
            name: "git-sync",
            place: .none("keeping a checkout of a git repository"),
            images: ["git-sync"],
            files: ["/etc/git-secret"]
        ),
        HelperProgram(
            name: "cloud_sql_proxy",
            place: .none("connecting to Cloud SQL"),
            images: ["gce-proxy", "cloud-sql-proxy", "cloudsql-proxy"],
            aliases: ["cloud-sql-proxy"]
        ),
        HelperProgram(
            name: "pilot-agent",
            place: .none("being a part of a service mesh"),
            images: ["proxyv2", "linkerd2-proxy", "proxy-init", "consul-dataplane"],
            aliases: ["istio-iptables", "istio-clean-iptables", "linkerd2-proxy"]
        ),
        HelperProgram(
            name: "k8s-wait-for",
            place: .none("waiting for what the Kubernetes API says of jobs, pods and services"),
            images: ["k8s-wait-for"]
        ),
        HelperProgram(
            name: "kubectl",
            place: .none("asking the Kubernetes API"),
            images: ["kubectl", "k8s"],
            aliases: ["oc"]
        ),
        HelperProgram(
            name: "filebeat",
            place: .none("shipping logs as a configuration of Filebeat says"),
            images: ["filebeat"],
            aliases: ["metricbeat"]
        ),
        HelperProgram(
            name: "promtail",
            place: .none("shipping logs to Loki as a configuration of Promtail says"),
            images: ["promtail"]
        ),
        HelperProgram(
            name: "logstash",
            place: .none("shipping logs as a configuration of Logstash says"),
            images: ["logstash", "logstash-oss"]
        ),
        HelperProgram(
            name: "otelcol",
            place: .none(
                "collecting traces, figures and logs as a configuration of OpenTelemetry says"
            ),
            images: [
                "opentelemetry-collector", "opentelemetry-collector-contrib",
                "opentelemetry-collector-k8s",
            ],
            aliases: ["otelcol-contrib"]
        ),
        HelperProgram(
            name: "telegraf",
            place: .none("collecting figures as a configuration of Telegraf says"),
            images: ["telegraf"]
        ),
        HelperProgram(
            name: "vault",
            place: .none(
                "being an agent of Vault (companion fetch brings its secrets once or again and again)"
            ),
            images: ["vault", "vault-k8s"],
            aliases: ["consul-template"]
        ),
        HelperProgram(
            name: "oauth2-proxy",
            place: .none("signing people in with OpenID Connect"),
            images: ["oauth2-proxy"]
        ),
        HelperProgram(
            name: "kube-rbac-proxy",
            place: .none("asking the Kubernetes API who may do what"),
            images: ["kube-rbac-proxy"]
        ),
        HelperProgram(
            name: "k8s-sidecar",
            place: .none("collecting ConfigMaps through the Kubernetes API"),
            images: ["k8s-sidecar"]
        ),
        HelperProgram(
            name: "redis_exporter",
            place: .none(
                "exporting the figures of Redis under redis_exporter's names (companion metrics has its own)"
            ),
            images: ["redis_exporter"]
        ),
        HelperProgram(
            name: "postgres_exporter",
            place: .none(
                "exporting the figures of PostgreSQL under postgres_exporter's names (companion metrics has its own)"
            ),
            images: ["postgres-exporter", "postgres_exporter"]
        ),
        HelperProgram(
            name: "mysqld_exporter",
            place: .none("exporting the figures of MySQL"),
            images: ["mysqld-exporter", "mysqld_exporter"]
        ),
        HelperProgram(
            name: "node_exporter",
            place: .none("exporting the figures of a machine"),
            images: ["node-exporter", "node_exporter"]
        ),
        HelperProgram(
            name: "statsd_exporter",
            place: .none(
                "taking StatsD with statsd_exporter's options (companion metrics has its own)"
            ),
            images: ["statsd-exporter", "statsd_exporter"]
        ),
        HelperProgram(
            name: "jmx_exporter",
            place: .none("asking a Java machine over JMX (companion metrics asks Jolokia)"),
            images: ["jmx-exporter", "jmx_exporter"]
        ),
        HelperProgram(
            name: "traefik",
            place: .none("being a proxy that Traefik's configuration describes"),
            images: ["traefik"]
        ),
        HelperProgram(
            name: "caddy",
            place: .none("being a server that a Caddyfile describes"),
            images: ["caddy"]
        ),
        HelperProgram(
            name: "git",
            place: .none("cloning a git repository (companion fetch brings a git archive)"),
            images: ["git", "alpine-git"]
        ),
        HelperProgram(
            name: "aws",
            place: .none("copying directories to object stores"),
            images: ["sync-tool", "s3-sync", "s5cmd", "rclone", "aws-cli"],
            aliases: ["s5cmd", "rclone"]
        ),
    ]

    /// The one that is called so.
    static func named(_ name: String) -> HelperProgram? {
        all.first { $0.name == name || $0.aliases.contains(name) }
    }

    /// The one that an image of this name runs.
    static func ofImage(_ name: String) -> HelperProgram? {
        all.first { $0.images.contains(name) }
    }

    /// The one whose configuration is mounted there, and where.
    static func mounted(_ mounts: [String]) -> (program: HelperProgram, path: String)? {
        for program in all {
            if let path = mounts.first(where: { program.files.contains($0) }) {
                return (program, path)
            }
        }
        return nil
    }
}

extension StandIn {
    /// The names of programs as which the companion can be called, sorted.
    package static let programs: [String] =
        (HelperProgram.all.filter { if case .role = $0.place { true } else { false } }
        .flatMap { [$0.name] + $0.aliases } + [
            "curl", "dockerize", "nc", "pg_isready", "sleep", "tail", "wait-for", "wait-for-it",
            "wait-for-it.sh", "wget",
        ]).sorted()
}
