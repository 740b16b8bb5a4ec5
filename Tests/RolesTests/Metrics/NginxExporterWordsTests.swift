import Basics
import Reactor
import Testing

@testable import Roles

@Suite("nginx-prometheus-exporter's command line") struct NginxExporterWordsTests {
    @MainLoop private static func load(
        _ words: [String],
        _ environment: [String: String] = [:]
    ) throws -> MetricsConfiguration {
        let own = try MetricsRole.role.translate(NginxExporterWords.program, words)
        guard case .run(let invocation) = try CommandParser(MetricsRole.spec).parse(own) else {
            throw Failure(.invalid, "help")
        }
        return try MetricsCommandLine(invocation, environment).load().configuration
    }

    @Test @MainLoop func `its defaults hold`() throws {
        let configuration = try Self.load([])
        #expect(configuration.listen == [ListenAddress(host: "0.0.0.0", port: 9113)])
        #expect(configuration.path == "/metrics")
        #expect(configuration.upName == "nginx_up")
        #expect(configuration.sources.map(\.name) == ["http://127.0.0.1:8080/stub_status"])
        #expect(configuration.sources[0].timeout == .seconds(5))
        #expect(configuration.sources[0].rewrite.labels.isEmpty)
    }

    @Test(
        arguments: [
            ["-nginx.scrape-uri=http://localhost:8080/stub_status", "-web.listen-address=:9999"],
            [
                "--nginx.scrape-uri", "http://localhost:8080/stub_status", "--web.listen-address",
                ":9999",
            ],
            [
                "-nginx.scrape-uri", "http://localhost:8080/stub_status",
                "--web.listen-address=:9999",
            ],
        ]
    )
    @MainLoop func `one dash and two are the same`(_ words: [String]) throws {
        let configuration = try Self.load(words)
        #expect(configuration.sources.map(\.name) == ["http://localhost:8080/stub_status"])
        #expect(configuration.listen.map(\.port) == [9999])
    }

    @Test @MainLoop func `all flags are understood`() throws {
        let configuration = try Self.load([
            "--nginx.scrape-uri=http://a/s", "--nginx.scrape-uri=unix:/run/n.sock:/s",
            "--no-nginx.plus", "--nginx.ssl-verify", "--nginx.ssl-ca-cert=/ca.pem",
            "--nginx.ssl-client-cert=/c.pem", "--nginx.ssl-client-key=/k.pem",
            "--nginx.proxy-protocol", "--nginx.timeout=3s", "--web.telemetry-path=/m",
            "--prometheus.const-label=a=b", "-prometheus.const-labels=c=d,e=f", "--log.level=warn",
            "--log.format=json", "--web.nginx-metrics-only",
        ])
        #expect(configuration.path == "/m")
        #expect(configuration.sources.count == 2)
        #expect(configuration.tellsOfItself == false)
        #expect(
            configuration.sources[1].rewrite.labels.map { "\($0.name)=\($0.value)" } == [
                "a=b", "c=d", "e=f", "addr=unix:/run/n.sock:/s",
            ]
        )
        guard case .http(let options) = configuration.sources[1].place else {
            Issue.record("no page")
            return
        }
        #expect(options.sendsProxyHeader)
        #expect(options.url.socket == "/run/n.sock")
        #expect(options.tls.verifies && options.tls.authorities == "/ca.pem")
    }

    @Test @MainLoop func `variables stand behind flags`() throws {
        let environment = [
            "SCRAPE_URI": "http://env/s", "LISTEN_ADDRESS": ":1", "TELEMETRY_PATH": "/env",
            "TIMEOUT": "7s", "CONST_LABELS": "x=y,z=1", "SSL_VERIFY": "true", "UNRELATED": "1",
        ]
        let configuration = try Self.load(["-web.listen-address=:2"], environment)
        #expect(configuration.listen.map(\.port) == [2])
        #expect(configuration.path == "/env")
        #expect(configuration.sources.map(\.name) == ["http://env/s"])
        #expect(configuration.sources[0].timeout == .seconds(7))
        #expect(configuration.sources[0].rewrite.labels.map(\.name) == ["x", "z"])
    }

    @Test(arguments: [
        ["--nginx.plus"], ["--nginx.scrape-uri=nonsense"], ["--web.listen-address=x"],
    ])
    @MainLoop func `what cannot be is refused`(_ words: [String]) {
        #expect(throws: (any Error).self) { try Self.load(words) }
    }

    @Test @MainLoop func `an unknown flag is an error with the nearest known one`() {
        #expect(throws: CommandParser.UsageError.self) { try Self.load(["--nginx.scrape-url=x"]) }
    }

    @Test @MainLoop func `the seed's command line is understood`() throws {
        let words = [
            "--source=http://localhost:8080/stats", "--format=prometheus", "--listen=:9090",
        ]
        guard case .run(let invocation) = try CommandParser(MetricsRole.spec).parse(words) else {
            Issue.record("help")
            return
        }
        let configuration = try MetricsCommandLine(invocation, [:]).load().configuration
        #expect(configuration.listen == [ListenAddress(host: "0.0.0.0", port: 9090)])
        #expect(configuration.upName == "stats_exporter_up")
        #expect(configuration.sources.map(\.name) == ["http://localhost:8080/stats"])
    }
}
