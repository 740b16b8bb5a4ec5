import Foundation
import TestKit
import Testing

/// The seeds' manifests, unedited: what their authors meant happens.
///
/// Helpers that a role stands for cannot be had, so that the companion runs in their place; applications and the
/// other helpers are Debian's programs (`Seeds/images.py`).
@Suite("Seed manifests", .engineLimit) struct SeedTests {
    // MARK: Logs

    @Test func `logs reach their store, or become what they should look like`() async throws {
        let manifests = [
            "000-log-forwarder-sidecar", "001-log-adapter", "001-log-shipper-deployment",
            "002-fluentd-sidecar", "003-log-tail-sidecar", "004-deployment-with-sidecars",
            "004-fluentbit-sidecar-configmap", "004-log-adapter", "004-logging-sidecar",
        ]
        try await SeedWorld.with(manifests, around: ["store"]) { world in
            #expect(
                try await world.standIns() == [
                    "000-log-forwarder-sidecar log-forwarder", "001-log-adapter log-adapter",
                    "001-log-shipper-deployment log-shipper", "002-fluentd-sidecar log-collector",
                    "003-log-tail-sidecar log-shipper", "004-deployment-with-sidecars fluent-bit",
                    "004-deployment-with-sidecars metrics-exporter",
                    "004-fluentbit-sidecar-configmap fluent-bit", "004-log-adapter log-adapter",
                    "004-logging-sidecar log-shipper",
                ]
            )
            let replicas = try await world.addresses("004-deployment-with-sidecars")
            #expect(replicas.count == 3)
            let shipped = [
                #"order 1 of \"web-app\""#, " - Application log entry", #""pod":"web-app-"#,
                #""pod":"app-with-fluentbit""#, #""_index":"app-logs-20"#, #""_index":"shipped-20"#,
                #""_index":"fleet-20"#, #""_index":"logstash-20"#,
            ]
            try await world.waitFor(
                shipped + replicas.keys.map { "\"pod\":\"\($0)\"" },
                in: "the store has every shipper's lines"
            ) {
                try await world.kubectl("logs", "-n", "logging", "elasticsearch")
            }
            for address in replicas.values {
                let page = try await world.get("http://\(address):9113/metrics")
                #expect(page.contains("nginx_up 1") && page.contains("nginx_http_requests_total 9"))
            }
            // Fluentd without a configuration: what nginx writes into the volume is collected.
            let web = try await world.address("002-fluentd-sidecar", "app-with-sidecar")
            #expect(try await world.get("http://\(web)/seen") != "")
            try await world.waitFor(["GET /seen HTTP/1.1"], in: "the request is collected") {
                try await world.log("002-fluentd-sidecar", "app-with-sidecar", "log-collector")
            }
            try await world.waitFor(["INFO order 2 of \"blog-app\""], in: "the tail is printed") {
                try await world.log("003-log-tail-sidecar", "blog-app", "log-shipper")
            }
            // Quotes within a line do no harm to the loop's JSON.
            try await Self.waitForObject(
                { try await world.log("001-log-adapter", "legacy-app-logs", "log-adapter") }
            ) { object in
                object["app"] as? String == "legacy-app" && object["timestamp"] is String
                    && (object["message"] as? String)?.hasSuffix("of \"legacy-app-logs\"") == true
            }
            try await Self.waitForObject(
                { try await world.log("004-log-adapter", "app-with-log-adapter", "log-adapter") }
            ) { object in
                let pod = object["kubernetes"] as? [String: String]
                return object["level"] as? String == "INFO"
                    && object["message"] as? String == "order 2 of \"app-with-log-adapter\""
                    && pod?["pod_name"] == "app-with-log-adapter"
                    && pod?["namespace"] == "s-004-log-adapter"
            }
        }
    }

    /// Waits for a line that is an object of JSON of the kind.
    private static func waitForObject(
        _ look: () async throws -> String,
        _ isWanted: ([String: Any]) -> Bool
    ) async throws {
        try await eventually(within: .seconds(20), "the object", every: .milliseconds(300)) {
            let text = try await look()
            let found = text.split(separator: "\n").contains { line in
                let object = try? JSONSerialization.jsonObject(with: Data(line.utf8))
                return (object as? [String: Any]).map(isWanted) ?? false
            }
            if found { return true }
            throw Trouble("\(text.suffix(1500))")
        }
    }

    // MARK: Databases

    @Test func `applications reach the database through their ambassadors`() async throws {
        let clients = [
            ("000-pgbouncer-ambassador", "app-with-pg-ambassador", "app", "orders"),
            ("001-pgbouncer-bitnami", "app-with-pooler", "app", "postgres"),
            ("003-haproxy-ambassador", "app-with-db-proxy", "ancient-app", "postgres"),
            ("004-cloudsql-ambassador", "app-with-cloudsql", "app", "postgres"),
            ("004-db-ambassador", "app-with-db-ambassador", "app", "orders"),
        ]
        let manifests =
            clients.map(\.0) + ["002-api-gateway", "004-init-container-migration"]
        try await SeedWorld.with(manifests, around: ["database"]) { world in
            #expect(try await world.standIns() == ["004-init-container-migration wait-for-db"])
            for (manifest, pod, container, user) in clients {
                let answer = try await world.execute(
                    manifest,
                    pod,
                    container,
                    "psql -h localhost -p 5432 -U postgres -d orders -Atc 'SELECT current_user'"
                )
                #expect(answer == user + "\n", "\(manifest)")
            }
            // The poolers took their variables.
            for (manifest, pod) in [
                ("001-pgbouncer-bitnami", "app-with-pooler"),
                ("004-db-ambassador", "app-with-db-ambassador"),
            ] {
                let settings = try await world.execute(
                    manifest,
                    pod,
                    "app",
                    "psql -h localhost -U postgres -d pgbouncer -Atc 'SHOW CONFIG'"
                )
                for line in [
                    "pool_mode|transaction|", "max_client_conn|100|", "default_pool_size|20|",
                ] {
                    #expect(settings.contains(line), "\(settings)")
                }
            }
            let waited = "004-init-container-migration"
            let said = try await world.log(waited, "app-with-migration", "wait-for-db")
            #expect(said.hasSuffix("Database is ready\n"))
            let number = try await world.execute(
                waited,
                "app-with-migration",
                "app",
                "psql \"$DATABASE_URL\" -Atc 'SELECT number FROM orders'"
            )
            #expect(number == "42\n")
            try await Self.checkGateway(world)
        }
    }

    /// Three gateways behind one Service: nobody passes without a key, and nobody too often.
    private static func checkGateway(_ world: SeedWorld) async throws {
        let address = try await world.kubectl(
            "get",
            "service",
            "-n",
            "s-002-api-gateway",
            "api-gateway",
            "-o",
            "jsonpath={.spec.clusterIP}"
        )
        let code = ["-o", "/dev/null", "-w", "%{http_code}"]
        let key = ["-H", "x-api-key: 42"]
        #expect(try await world.get("http://\(address)/", code) == "401")
        var answers: Set<String> = []
        var codes: Set<String> = []
        for _ in 0..<40 where answers.count < 3 {
            answers.insert(try await world.get("http://\(address)/", key))
        }
        let pods = try await world.addresses("002-api-gateway").keys.map { "hello from \($0)\n" }
        #expect(pods.count == 3 && answers.isSuperset(of: pods), "\(answers)")
        for _ in 0..<80 where !codes.contains("429") {
            codes.insert(try await world.get("http://\(address)/", key + code))
        }
        #expect(codes.contains("429"), "\(codes)")
    }

    // MARK: Numbers, files and meshes

    @Test func `adapters, reloaders and fetchers serve their applications`() async throws {
        let manifests = [
            "000-istio-injected", "001-config-reloader", "001-metrics-adapter", "002-data-sync",
            "003-metrics-adapter", "004-git-sync-sidecar", "004-init-container-config",
            "004-prometheus-adapter",
        ]
        let authority = try await TestAuthority()
        try await SeedWorld.with(
            manifests,
            identity: (["servers": "004-init-container-config"], authority)
        ) { world in
            #expect(
                try await world.standIns() == [
                    "001-config-reloader config-reloader", "001-metrics-adapter metrics-adapter",
                    "004-init-container-config download-config",
                    "004-prometheus-adapter nginx-exporter",
                ]
            )
            try await Self.checkNumbers(world)
            let files = try await world.execute(
                "004-init-container-config",
                "app-with-config-init",
                "app",
                "cat /app/config/app.conf /app/config/secrets.json; touch /app/config/x 2>&1 || true"
            )
            #expect(files.hasPrefix("colour=red\n{\"data\":{\"data\":{\"password\":\"x\"}}}"))
            #expect(files.contains("Read-only file system"), "\(files)")

            let git = "004-git-sync-sidecar"
            let site = try await world.address(git, "app-with-git-sync")
            try await world.waitFor(["first words"], in: "nginx serves the checkout") {
                try await world.get("http://\(site)/html/index.html")
            }
            let commit =
                "cd /tmp/content.git && echo second > index.html && HOME=/tmp git commit -qam 2"
            _ = try await world.execute(git, "git-server", "git", commit)

            let web = "001-config-reloader"
            let page = try await world.address(web, "nginx-with-config-reloader")
            #expect(try await world.get("http://\(page)/") == "before\n")
            let patch =
                #"{"data":{"default.conf":"server { listen 80; return 200 \"after\\n\"; }"}}"#
            try await world.kubectl(
                "patch",
                "configmap",
                "-n",
                "s-" + web,
                "nginx-config",
                "-p",
                patch
            )
            try await world.waitFor(["after"], in: "nginx has its new configuration") {
                try await world.get("http://\(page)/")
            }

            let bucket = try await world.address("002-data-sync", "s3")
            _ = try await world.execute(
                "002-data-sync",
                "deploy/data-sync-deployment",
                "main-app",
                "echo things > /data/thing"
            )
            try await world.waitFor(["things"], in: "the file is in the bucket") {
                try await world.get("http://\(bucket)/my-bucket/data/thing")
            }
            let mesh = try await world.address("000-istio-injected", "your-app")
            #expect(try await world.get("http://\(mesh):15021/healthz/ready") == "ready\n")
            #expect(try await world.get("http://\(mesh):8080/") == "hello from your-app\n")
            // GIT_SYNC_PERIOD is 30s.
            try await world.waitFor(["second"], in: "the commit is served", within: .seconds(60)) {
                try await world.get("http://\(site)/html/index.html")
            }
        }
    }

    /// Every adapter's page is one that promtool takes.
    private static func checkNumbers(_ world: SeedWorld) async throws {
        let pages = [
            ("001-metrics-adapter", "legacy-app-metrics", 9090, ["orders 3", "queue_depth 5"]),
            (
                "003-metrics-adapter", "app-with-metrics-adapter", 8080,
                ["app_queue_depth 5", "app_workers 3"]
            ),
            (
                "004-prometheus-adapter", "app-with-metrics-adapter", 9113,
                ["nginx_up 1", "nginx_connections_active 2", "nginx_http_requests_total 9"]
            ),
        ]
        for (manifest, pod, port, lines) in pages {
            let address = try await world.address(manifest, pod)
            let page = try await world.get("http://\(address):\(port)/metrics")
            for line in lines { #expect(page.contains("\n\(line)\n"), "\(manifest): \(page)") }
            let checked = try await TestProgram.run("promtool", ["check", "metrics"], input: page)
            // The exporter's own names of two series are not those that promtool would give.
            let complaints = checked.errors.split(separator: "\n").filter {
                !$0.hasSuffix("counter metrics should have \"_total\" suffix")
            }
            #expect(complaints.isEmpty && checked.code != 1, "\(checked.errors)")
        }
    }

    // MARK: Proxies

    @Test func `proxies speak TLS for applications, route, retry and limit`() async throws {
        let manifests = [
            "001-api-rate-limit", "001-tls-native-sidecar", "004-envoy-ambassador",
            "004-tls-sidecar",
        ]
        let authority = try await TestAuthority()
        let secrets = ["app-certs": "001-tls-native-sidecar", "app-tls": "004-tls-sidecar"]
        // With "missing", the web server of other seeds would be found under the name of the TLS proxy.
        try await SeedWorld.with(
            manifests,
            options: ["--stand-in", "always"],
            identity: (secrets, authority)
        ) { world in
            #expect(
                try await world.standIns() == [
                    "001-api-rate-limit api-proxy", "001-tls-native-sidecar tls-proxy",
                    "004-envoy-ambassador envoy", "004-tls-sidecar ssl-proxy",
                ]
            )
            let trusted = world.kubectl.engine.folder.file("authority.pem")
            try Data(authority.certificate.utf8).write(to: URL(filePath: trusted))
            for (manifest, pod, port) in [
                ("001-tls-native-sidecar", "app-with-tls-proxy", 8443),
                ("004-tls-sidecar", "app-with-ssl", 443),
            ] {
                let address = try await world.address(manifest, pod)
                let name = "app.example.com:\(port)"
                let options = ["--cacert", trusted, "--connect-to", "\(name):\(address):\(port)"]
                try await world.waitFor(["hello from \(pod)\n"], in: "\(manifest) speaks TLS") {
                    try await world.get("https://\(name)/", options)
                }
            }
            // The first answer of the API is 503, and tried again; the fourth request is one too many.
            let calls = "for i in 1 2 3 4; do curl -s -w '%{http_code} ' \"$API_ENDPOINT\"; done"
            let answers = try await world.execute(
                "001-api-rate-limit",
                "app-with-api-proxy",
                "app",
                calls
            )
            #expect(answers == "answer\n200 answer\n200 answer\n200 local_rate_limited429 ")
            let routes = "curl -s \"$UPSTREAM_URL/api/users/1\" \"$UPSTREAM_URL/api/orders/1\""
            let ambassador = "004-envoy-ambassador"
            try await world.waitFor(["a user\nan order\n"], in: "both services answer") {
                try await world.execute(ambassador, "app-with-envoy", "app", routes)
            }
        }
    }
}
