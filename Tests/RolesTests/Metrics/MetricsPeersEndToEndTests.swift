import Basics
import HTTP
import Reactor
import System
import TestKit
import Testing

@testable import Roles

@Suite("The role metrics and real peers", .serialized) struct MetricsPeersEndToEndTests {
    /// Scrapes until the source is up, and checks the page.
    @MainLoop private static func page(
        of world: MetricsWorld,
        up: String = "stats_exporter_up"
    ) async throws -> MetricsWorld.Scraped {
        let page = try await eventually(within: .seconds(20), "the source is up") {
            let page = try await world.scrape()
            return page.value(up) == 1 ? page : nil
        }
        try await expectValid(page.text, hasForeignNames: true)
        return page
    }

    @Test @MainLoop func `nginx's stub_status is exported, and its end is seen`() async throws {
        let folder = try TemporaryDirectory()
        let port = try FreePort.find()
        try folder.write(
            """
            pid \(folder.file("pid")); error_log \(folder.file("error")); daemon off;
            events {}
            http {
              access_log off;
              server {
                listen 127.0.0.1:\(port); listen unix:\(folder.file("s"));
                location = /stub_status { stub_status; }
              }
            }
            """,
            to: "nginx.conf"
        )
        let url = "http://127.0.0.1:\(port)/stub_status"
        let world = try await MetricsWorld(
            ["-nginx.scrape-uri=\(url)"],
            program: "nginx-prometheus-exporter"
        )
        // It begins before nginx does, and goes on.
        #expect(try await world.scrape().value("nginx_up") == 0)
        let nginx = try TestProgram("nginx", ["-p", folder.path, "-c", folder.file("nginx.conf")])
        let page = try await Self.page(of: world, up: "nginx_up")
        for name in [
            "nginx_connections_active", "nginx_connections_accepted", "nginx_connections_handled",
            "nginx_connections_reading", "nginx_connections_writing", "nginx_connections_waiting",
            "nginx_http_requests_total",
        ] {
            #expect(page.value(name) != nil, "\(name) is missing")
        }
        #expect((page.value("nginx_connections_active") ?? 0) >= 1)
        #expect(page.text.contains("nginx_exporter_build_info{"))
        let socket = try await MetricsWorld(
            [
                "--nginx.scrape-uri=unix:\(folder.file("s")):/stub_status",
                "--nginx.scrape-uri=\(url)",
            ],
            program: "nginx-prometheus-exporter"
        )
        let both = try await socket.scrape()
        #expect(both.value("nginx_up{addr=\"\(url)\"}") == 1)
        #expect(both.lines.filter { $0.hasPrefix("nginx_connections_active{") }.count == 2)
        try await expectValid(both.text, hasForeignNames: true)
        try await socket.end()
        nginx.signal(15)
        _ = try await nginx.wait()
        let after = try await world.scrape()
        #expect(after.value("nginx_up") == 0)
        #expect(after.value("nginx_connections_active") == nil)
        #expect(try await world.end() == 0)
    }

    @Test @MainLoop func `Apache's server-status is exported`() async throws {
        let folder = try TemporaryDirectory()
        let port = try FreePort.find()
        try folder.write(
            """
            ServerRoot /usr/lib/apache2
            ServerName localhost
            PidFile \(folder.file("pid"))
            ErrorLog \(folder.file("error"))
            Listen 127.0.0.1:\(port)
            LoadModule mpm_event_module modules/mod_mpm_event.so
            LoadModule authz_core_module modules/mod_authz_core.so
            LoadModule status_module modules/mod_status.so
            ExtendedStatus On
            User nobody
            Group nogroup
            <Location /server-status>
                SetHandler server-status
            </Location>
            """,
            to: "apache.conf"
        )
        let server = try TestProgram(
            "apache2",
            ["-f", folder.file("apache.conf"), "-DFOREGROUND"]
        )
        let world = try await MetricsWorld(
            ["--source", "http://127.0.0.1:\(port)/server-status?auto"]
        )
        _ = try await Self.page(of: world)
        let page = try await Self.page(of: world)
        for series in [
            #"apache_workers{state="busy"}"#, #"apache_scoreboard{state="reply"}"#,
        ] {
            #expect((page.value(series) ?? 0) >= 1, "\(series)")
        }
        for series in [
            "apache_accesses_total", "apache_sent_kilobytes_total", "apache_uptime_seconds_total",
            #"apache_cpu_time_ms_total{type="user"}"#, #"apache_connections{state="waitio"}"#,
            #"apache_load{interval="1min"}"#, #"apache_generation{type="mpm"}"#,
        ] {
            #expect(page.value(series) != nil, "\(series)")
        }
        #expect(page.text.contains(#"apache_info{version="Apache/2."#))
        #expect(page.value("stats_exporter_parse_errors_total") == 0)
        try await world.end()
        server.signal(15)
        _ = try await server.wait()
    }

    @Test @MainLoop func `Redis is asked, with a password`() async throws {
        let folder = try TemporaryDirectory()
        let port = try FreePort.find()
        let server = try TestProgram(
            "redis-server",
            [
                "--port", "\(port)", "--bind", "127.0.0.1", "--requirepass", "secret", "--save", "",
                "--dir", folder.path,
            ]
        )
        let world = try await MetricsWorld(["--source", "redis://:secret@127.0.0.1:\(port)"])
        let page = try await Self.page(of: world)
        #expect((page.value("redis_commands_processed_total") ?? 0) >= 1)
        #expect(page.value("redis_connected_clients") == 1)
        #expect(!page.text.contains("secret"))
        let other = try await MetricsWorld(["--source", "redis://127.0.0.1:\(port)"])
        #expect(try await other.scrape().value("stats_exporter_up") == 0)
        #expect(other.journal.contains("give the password"))
        try await other.end()
        try await world.end()
        server.signal(15)
        _ = try await server.wait()
    }

    @Test @MainLoop func `memcached is asked`() async throws {
        let port = try FreePort.find()
        let server = try TestProgram(
            "memcached",
            ["-l", "127.0.0.1", "-p", "\(port)", "-u", "nobody", "-m", "4"]
        )
        let world = try await MetricsWorld(["--source", "memcached://127.0.0.1:\(port)"])
        let page = try await Self.page(of: world)
        #expect(page.value("memcached_limit_bytes") == 4_194_304)
        try await world.end()
        server.signal(15)
        _ = try await server.wait()
    }

    @Test @MainLoop func `HAProxy's statistics are exported`() async throws {
        let folder = try TemporaryDirectory()
        let port = try FreePort.find()
        try folder.write(
            """
            defaults
              mode http
              timeout client 5s
              timeout server 5s
              timeout connect 5s
            frontend stats
              bind 127.0.0.1:\(port)
              stats enable
              stats uri /stats
            backend app
              server one 127.0.0.1:1

            """,
            to: "haproxy.cfg"
        )
        let server = try TestProgram("haproxy", ["-db", "-f", folder.file("haproxy.cfg")])
        let world = try await MetricsWorld(["--source", "http://127.0.0.1:\(port)/stats;csv"])
        let page = try await Self.page(of: world)
        #expect(page.value(#"haproxy_frontend_up{proxy="stats"}"#) == 1)
        #expect(page.value(#"haproxy_server_weight{proxy="app",server="one"}"#) == 1)
        #expect((page.value(#"haproxy_frontend_sessions_total{proxy="stats"}"#) ?? 0) >= 1)
        try await world.end()
        server.signal(15)
        _ = try await server.wait()
    }

    @Test @MainLoop func `PostgreSQL's views are exported`() async throws {
        let servers = try await PostgresServers()
        try await servers.start("primary")
        try await servers.query("primary", "CREATE TABLE jobs (state text, n int)")
        try await servers.query(
            "primary",
            "INSERT INTO jobs VALUES ('a', 1), ('a', 2), ('b', NULL)"
        )
        let port = servers.ports["primary"] ?? 0
        let folder = try TemporaryDirectory()
        let path = try folder.write(
            """
            sources:
              - url: postgres://postgres:secret@127.0.0.1:\(port)/postgres?sslmode=require
                queries:
                  - {name: jobs, query: "SELECT state, count(*) AS value, sum(n) AS n FROM jobs GROUP BY 1"}
                  - {name: broken, query: "SELECT nope"}
            """,
            to: "metrics.yaml"
        )
        let world = try await MetricsWorld(["--config", path])
        let page = try await Self.page(of: world)
        #expect(page.value(#"jobs{state="a"}"#) == 2)
        #expect(page.value(#"jobs_n{state="a"}"#) == 3)
        #expect(page.value(#"jobs_n{state="b"}"#) == nil)
        #expect((page.value(#"pg_database_size_bytes{datname="postgres"}"#) ?? 0) > 1_000_000)
        #expect(page.value("pg_settings_max_connections") == 20)
        #expect(page.value("pg_replication_is_replica") == 0)
        #expect(page.lines.contains { $0.hasPrefix("pg_stat_database_xact_commit{") })
        #expect(page.value("stats_exporter_parse_errors_total") == 1)
        #expect(world.journal.contains("broken: "))
        try await servers.stop("primary")
        #expect(try await world.scrape().value("stats_exporter_up") == 0)
        try await servers.start("primary")
        _ = try await Self.page(of: world)
        try await world.end()
        try await servers.stop("primary")
    }

    @Test @MainLoop func `StatsD comes over UDP and TCP`() async throws {
        let world = try await MetricsWorld(["--source", "statsd://127.0.0.1:0"])
        let source = try #require(world.work.targets[0].source as? StatsDSource)
        let udp = try #require(source.ports.udp)
        let tcp = try #require(source.ports.tcp)
        let address = try #require(SocketAddress(number: "127.0.0.1", port: udp))
        let socket = try DatagramSocket.connect(to: address)
        for _ in 0..<1000 {
            try await socket.send(Array("hits:1|c|#path:/a\nwait:20|ms".utf8))
            await Loop.main.turn()
        }
        let stream = try await ByteStream.connect(
            host: "127.0.0.1",
            port: tcp,
            timeout: .seconds(5)
        )
        for piece in ["hi", "ts:1|c|#path:/a\nbad", "\nhits:5|c|#path:/b"] {
            try await stream.write(Array(piece.utf8))
            try await Loop.main.sleep(for: .milliseconds(20))
        }
        stream.close()
        let page = try await eventually(within: .seconds(10), "all has come") {
            let page = try await world.scrape()
            let isThere =
                page.value(#"hits{path="/a"}"#) == 1001 && page.value(#"hits{path="/b"}"#) == 5
            return isThere ? page : nil
        }
        #expect(page.value("wait_count") == 1000)
        #expect(page.value("stats_exporter_statsd_lines_bad_total") == 1)
        #expect(page.value("stats_exporter_statsd_packets_lost_total") == 0)
        try await expectValid(page.text, hasForeignNames: true)
        try await world.end()
    }

    @Test @MainLoop func `datagrams that are lost are told, also if none comes behind them`()
        async throws
    {
        let world = try await MetricsWorld(["--source", "statsd://127.0.0.1:0"])
        let source = try #require(world.work.targets[0].source as? StatsDSource)
        let udp = try #require(source.ports.udp)
        let address = try #require(SocketAddress(number: "127.0.0.1", port: udp))
        let socket = try DatagramSocket.connect(to: address)
        // The role is not at work meanwhile: more than the kernel keeps.
        let sent = 30_000.0
        for _ in 0..<Int(sent) { try await socket.send(Array("hits:1|c".utf8)) }
        let lost = "stats_exporter_statsd_packets_lost_total"
        let page = try await eventually(within: .seconds(10), "the books balance") {
            let page = try await world.scrape()
            return (page.value("hits") ?? 0) + (page.value(lost) ?? 0) == sent ? page : nil
        }
        #expect((page.value(lost) ?? 0) > 0)
        try await world.end()
    }

    @Test @MainLoop func `Prometheus itself scrapes it`() async throws {
        let folder = try TemporaryDirectory()
        let port = try FreePort.find()
        let text = #"{"hits_total":5,"lat":{"x":1},"q":[{"name":"a\"b","n":7}]}"#
        try folder.write(text, to: "stats")
        let world = try await MetricsWorld(["--source", "file://" + folder.file("stats")])
        try folder.write(
            """
            global: {scrape_interval: 1s}
            scrape_configs:
              - {job_name: it, static_configs: [{targets: ["127.0.0.1:\(world.work.ports[0])"]}]}
            """,
            to: "prometheus.yml"
        )
        let server = try TestProgram(
            "prometheus",
            [
                "--config.file=" + folder.file("prometheus.yml"),
                "--storage.tsdb.path=" + folder.file("data"),
                "--web.listen-address=127.0.0.1:\(port)",
            ]
        )
        func query(_ text: String) async throws -> String {
            let client = try await HTTPClient.connect(.tcp(host: "127.0.0.1", port: port))
            defer { client.close() }
            let target = HTTPTarget.target("/api/v1/query", query: [("query", text)])
            let response = try await client.request("GET", target)
            return String(decoding: try await response.collect(limit: 1 << 20), as: UTF8.self)
        }
        try await eventually(within: .seconds(30), "Prometheus knows the series") {
            try await query("hits_total").contains(#""5""#)
        }
        #expect(try await query(#"q_n{name="a\"b"}"#).contains(#""7""#))
        #expect(try await query("up").contains(#""1""#))
        #expect(try await query("stats_exporter_up").contains(#""1""#))
        server.signal(15)
        _ = try await server.wait()
        try await world.end()
    }
}
