import Testing

@testable import StandIn

/// A container, and what the companion makes of it.
struct StandInRow: Sendable, CustomTestStringConvertible {
    var container: StandInRequest
    var role: String?
    var line: [String] = []
    /// A part of the reason that decided.
    var reason = ""

    var testDescription: String {
        ([container.image] + container.command + container.args).joined(separator: " ")
    }
}

@Suite("Stand-ins, by what manifests commonly have") struct StandInTableTests {
    private static let loop = """
        tail -F /var/log/app/app.log | while read line; do
          echo "{\\"timestamp\\":\\"$(date -Iseconds)\\",\\"message\\":\\"$line\\",\\"app\\":\\"legacy-app\\"}"
        done

        """
    private static let waiting = """
        until nc -z postgres-service 5432; do
          echo "Waiting for database..."
          sleep 2
        done
        echo "Database is ready"

        """
    private static let fetching = """
        curl -o /config/app.conf https://config-server/myapp/config
        curl -o /config/secrets.json https://vault:8200/v1/secret/data/myapp

        """
    private static let terminator = """
        events { worker_connections 1024; }
        http {
            server {
                listen 443 ssl;
                ssl_certificate /etc/ssl/certs/tls.crt;
                ssl_certificate_key /etc/ssl/certs/tls.key;
                location / {
                    proxy_pass http://localhost:8080;
                    proxy_set_header Host $host;
                }
            }
        }
        """

    static let helpers: [StandInRow] = [
        StandInRow(
            container: StandInRequest(
                image: "fluent/fluent-bit:2.1",
                environment: [
                    "FLUENT_ELASTICSEARCH_HOST": "elasticsearch.logging.svc.cluster.local"
                ],
                mounts: ["/var/log/app"]
            ),
            role: "logs",
            line: ["/usr/local/bin/fluent-bit"]
        ),
        StandInRow(
            container: StandInRequest(
                image: "fluent/fluent-bit:3.0",
                mounts: ["/var/log/app", "/fluent-bit/etc/"]
            ),
            role: "logs",
            line: ["/usr/local/bin/fluent-bit"]
        ),
        StandInRow(
            container: StandInRequest(
                image: "jimmidyson/configmap-reload:v0.12.0",
                args: ["--volume-dir=/config", "--webhook-url=http://localhost:80/-/reload"],
                mounts: ["/config"]
            ),
            role: "reload",
            line: [
                "/usr/local/bin/configmap-reload", "--volume-dir=/config",
                "--webhook-url=http://localhost:80/-/reload",
            ]
        ),
        StandInRow(
            container: StandInRequest(
                image: "envoyproxy/envoy:v1.30",
                mounts: ["/etc/certs"],
                ports: [8443]
            ),
            role: "proxy",
            line: ["/usr/local/bin/envoy"]
        ),
        StandInRow(
            container: StandInRequest(
                image: "envoyproxy/envoy:v1.30",
                mounts: ["/etc/envoy"],
                ports: [9090]
            ),
            role: "proxy",
            line: ["/usr/local/bin/envoy"]
        ),
        StandInRow(
            container: StandInRequest(
                image: "registry.example.com/stats-exporter:v1",
                args: [
                    "--source=http://localhost:8080/stats", "--format=prometheus",
                    "--listen=:9090",
                ],
                ports: [9090]
            ),
            role: "metrics",
            line: [
                "/usr/bin/companion", "metrics", "--source=http://localhost:8080/stats",
                "--format=prometheus", "--listen=:9090",
            ]
        ),
        StandInRow(
            container: StandInRequest(
                image: "busybox:1.36",
                command: ["sh", "-c", loop],
                mounts: ["/var/log/app"]
            ),
            role: "logs",
            line: ["/usr/bin/companion", "logs", "--", "sh", "-c", loop],
            reason: "follows a log file"
        ),
        StandInRow(
            container: StandInRequest(image: "fluentd:latest", mounts: ["/var/log/app"]),
            role: "logs",
            line: ["/usr/local/bin/fluentd"]
        ),
        StandInRow(
            container: StandInRequest(
                image: "busybox",
                args: ["/bin/sh", "-c", "tail -f /var/log/shared/app.log > /dev/console"],
                mounts: ["/var/log/shared"]
            ),
            role: "logs",
            line: [
                "/usr/bin/companion", "logs", "--", "sh", "-c",
                "tail -f /var/log/shared/app.log > /dev/console",
            ]
        ),
        StandInRow(
            container: StandInRequest(
                image: "fluent/fluent-bit:latest",
                environment: [
                    "FLUENT_ELASTICSEARCH_HOST": "elasticsearch.logging",
                    "FLUENT_ELASTICSEARCH_PORT": "9200",
                ],
                mounts: ["/var/log/app"]
            ),
            role: "logs",
            line: ["/usr/local/bin/fluent-bit"]
        ),
        StandInRow(
            container: StandInRequest(
                image: "nginx:alpine",
                mounts: ["/etc/ssl/certs", "/etc/nginx/nginx.conf"],
                ports: [443],
                files: ["/etc/nginx/nginx.conf": terminator]
            ),
            role: "proxy",
            line: ["/usr/local/bin/nginx"]
        ),
        StandInRow(
            container: StandInRequest(
                image: "envoyproxy/envoy:v1.27-latest",
                args: ["-c", "/etc/envoy/envoy.yaml"],
                mounts: ["/etc/envoy"],
                ports: [8080]
            ),
            role: "proxy",
            line: ["/usr/local/bin/envoy", "-c", "/etc/envoy/envoy.yaml"]
        ),
        StandInRow(
            container: StandInRequest(
                image: "nginx/nginx-prometheus-exporter:latest",
                args: ["-nginx.scrape-uri=http://localhost:8080/stub_status"],
                ports: [9113]
            ),
            role: "metrics",
            line: [
                "/usr/local/bin/nginx-prometheus-exporter",
                "-nginx.scrape-uri=http://localhost:8080/stub_status",
            ]
        ),
        StandInRow(
            container: StandInRequest(
                image: "timberio/vector:latest-alpine",
                environment: ["POD_NAME": "", "POD_NAMESPACE": ""],
                mounts: ["/var/log/app", "/etc/vector"]
            ),
            role: "logs",
            line: ["/usr/local/bin/vector"]
        ),
        StandInRow(
            container: StandInRequest(image: "busybox:latest", command: ["sh", "-c", waiting]),
            role: "wait",
            line: ["/usr/bin/companion", "wait", "--as", "sh", "--", "-c", waiting],
            reason: "nc -z postgres-service 5432"
        ),
        StandInRow(
            container: StandInRequest(
                image: "curlimages/curl:latest",
                command: ["sh", "-c", fetching],
                mounts: ["/config"]
            ),
            role: "fetch",
            line: ["/usr/bin/companion", "fetch", "--as", "sh", "--", "-c", fetching]
        ),
    ]

    @Test(arguments: helpers)
    func `a helper's image has a role in its place`(_ row: StandInRow) throws {
        let decision = StandInDecision.make(row.container)
        let standIn = try #require(decision.standIn, "\(decision.reasons)")
        #expect(standIn.role == row.role)
        #expect(standIn.commandLine == row.line)
        #expect(row.reason.isEmpty || decision.reason.contains(row.reason))
        if let program = standIn.program { #expect(StandIn.programs.contains(program)) }
    }

    static let others: [StandInRow] = [
        StandInRow(
            container: StandInRequest(image: "envoy:latest", ports: [8080]),
            reason: "none of GATEWAY_UPSTREAM, DATABASE_URL, PGHOST and POSTGRES_HOST"
        ),
        StandInRow(
            container: StandInRequest(image: "haproxy:latest"),
            reason: "none is mounted at /usr/local/etc/haproxy or named"
        ),
        StandInRow(
            container: StandInRequest(
                image: "istio/proxyv2:1.18.0",
                args: ["istio-iptables", "-p", "15001", "-z", "15006"]
            ),
            reason: "service mesh (pilot-agent)"
        ),
        StandInRow(
            container: StandInRequest(
                image: "istio/proxyv2:1.18.0",
                args: ["proxy", "sidecar"],
                ports: [15090, 15021]
            ),
            reason: "service mesh"
        ),
        StandInRow(
            container: StandInRequest(
                image: "pgbouncer:1.18",
                environment: ["DATABASE_URL": "postgres://u:p@db/orders"]
            ),
            reason: "pooling connections to PostgreSQL"
        ),
        StandInRow(
            container: StandInRequest(
                image: "bitnami/pgbouncer:1.22",
                environment: ["POSTGRESQL_HOST": "db", "PGBOUNCER_POOL_MODE": "transaction"],
                ports: [5432]
            ),
            reason: "no role of the companion does this yet"
        ),
        StandInRow(
            container: StandInRequest(
                image: "edoburu/pgbouncer:latest",
                environment: ["DATABASE_URL": "", "POOL_MODE": "transaction"]
            ),
            reason: "no role of the companion does this yet"
        ),
        StandInRow(
            container: StandInRequest(
                image: "sync-tool:latest",
                environment: ["SYNC_SOURCE": "/data", "SYNC_TARGET": "s3://my-bucket/data"],
                mounts: ["/data"]
            ),
            reason: "object stores"
        ),
        StandInRow(
            container: StandInRequest(
                image: "k8s.gcr.io/git-sync/git-sync:v3.6.0",
                environment: ["GIT_SYNC_REPO": "https://example.com/content.git"],
                mounts: ["/data", "/etc/git-secret"]
            ),
            reason: "git repository"
        ),
        StandInRow(
            container: StandInRequest(
                image: "gcr.io/cloudsql-docker/gce-proxy:latest",
                command: ["/cloud_sql_proxy", "-instances=project:region:instance=tcp:5432"]
            ),
            reason: "Cloud SQL"
        ),
        StandInRow(
            container: StandInRequest(image: "my-custom-metrics-converter-image", ports: [8080]),
            reason: "no --source says what it makes metrics of"
        ),
        StandInRow(
            container: StandInRequest(
                image: "myapp:latest",
                command: ["python", "manage.py", "migrate"],
                environment: ["DATABASE_URL": ""]
            ),
            reason: "the manifest runs python, which is a program of its own"
        ),
        StandInRow(
            container: StandInRequest(
                image: "myapp:latest",
                command: [
                    "/bin/sh", "-c",
                    "while true; do\n  echo \"$(date) - entry\" >> /var/log/app/a.log\n  sleep 5\ndone\n",
                ]
            ),
            reason: "no helper's"
        ),
        StandInRow(
            container: StandInRequest(image: "nginx:1.25", mounts: ["/etc/nginx/conf.d"]),
            reason: "is not known, and nginx may serve files"
        ),
        StandInRow(
            container: StandInRequest(
                image: "nginx:alpine",
                mounts: ["/usr/share/nginx/html"],
                ports: [80]
            ),
            reason: "without a configuration nginx serves files"
        ),
        StandInRow(
            container: StandInRequest(image: "nginx:latest", mounts: ["/var/log/app"]),
            reason: "an application"
        ),
    ]
    static let applications = [
        "myapp:latest", "mycompany/web-app:1.4.2", "registry.example.com/app:v2", "redis:7",
        "postgres:16", "my-app-that-only-knows-one-db", "my-app-with-weird-metrics",
        "my-legacy-blog-app:1.2", "registry.example.com/legacy-app:v1",
    ]

    @Test(arguments: others)
    func `an application, or what no role does, is left alone with the reason`(_ row: StandInRow) {
        let decision = StandInDecision.make(row.container)
        #expect(decision.standIn == nil)
        #expect(decision.reason.contains(row.reason), "\(decision.reasons)")
    }

    @Test(arguments: applications)
    func `an application by its name alone is left alone`(_ image: String) {
        var container = StandInRequest(
            image: image,
            mounts: ["/var/log/app", "/data"],
            ports: [80]
        )
        container.environment = [
            "DATABASE_URL": "postgres://db/x", "DB_HOST": "localhost", "FLUENT_HOST": "logs",
        ]
        #expect(StandInDecision.make(container).standIn == nil)
        container.command = ["sleep", "3600"]
        #expect(StandInDecision.make(container).standIn == nil)
    }
}
