import Basics
import Formats
import System
import Testing

@testable import Roles

@Suite("metrics.yaml") struct MetricsConfigurationTests {
    private static func read(
        _ text: String,
        _ files: [String: String] = [:]
    ) throws -> MetricsConfiguration {
        try MetricsConfigurationReader.read(
            Array(text.utf8),
            name: "metrics.yaml",
            environment: ["POD_NAME": "web-0"],
            readFile: { files[$0].map { Array($0.utf8) } }
        ).0
    }

    @Test func `every kind of source is read`() throws {
        let text = #"""
            listen: [":9090", "[::1]:9091"]
            path: /m
            prefix: my
            labels:
              pod: {env: POD_NAME}
              app: {file: /etc/podinfo/labels, key: app.kubernetes.io/name}
              zone: a
            push: {url: "http://collector:4318", every: 5s, retries: 2}
            sources:
              - url: http://localhost:8080/stats
                input: json
                timeout: 2s
                headers: {X-A: b}
                rules:
                  - {name: a_total, path: $.a, labels: {x: /b, y: z}, scale: 0.001, values: {up: 1}}
                  - {name: h, each: "$.l[*]", histogram: {buckets: $.b, cumulative: true}}
                change: [{match: "*_ms", scale: 0.001, continue: true}]
                relabel: [{source_labels: [__name__], regex: go_.*, action: drop}]
                aggregate: [{match: a_total, by: [x], how: max}]
              - {url: "redis://:p%40w@redis:6380", password_file: /run/secret}
              - {url: "memcached://cache"}
              - {url: "unix:/run/app.sock:/stats", name: app}
              - url: postgres://u@db/x?sslmode=require
                builtin_queries: false
                queries: [{name: jobs, query: "SELECT 1 AS value", columns: {q: label}}]
              - {file: /tmp/x, every: 10s}
              - {command: [sh, -c, "echo a=1"]}
              - statsd:
                  udp: :9125
                  tcp: :9125
                  buckets: [1, 2]
                  mappings: [{match: "a.*", name: b, labels: {c: $1}, ttl: 1m}]
            """#
        let labels = "app.kubernetes.io/name=\"shop\\\"x\"\n"
        let configuration = try Self.read(text, ["/etc/podinfo/labels": labels])
        #expect(configuration.listen.map(\.description) == ["0.0.0.0:9090", "[::1]:9091"])
        #expect(configuration.upName == "my_up")
        #expect(configuration.push?.url.target == "/v1/metrics")
        #expect(configuration.sources.count == 8)
        let first = configuration.sources[0]
        #expect(first.rules.count == 2)
        #expect(first.rules[0].labels.count == 2)
        #expect(first.rewrite.changes[0].continues)
        #expect(
            first.rewrite.labels.map { "\($0.name)=\($0.value)" } == [
                "pod=web-0", "app=shop\"x", "zone=a",
            ]
        )
        guard case .redis(let redis) = configuration.sources[1].place else {
            Issue.record("no Redis")
            return
        }
        #expect(redis.password == "p@w")
        #expect(redis.port == 6380)
        #expect(!configuration.sources[1].name.contains("p@w"))
        guard case .postgres(let postgres) = configuration.sources[4].place else {
            Issue.record("no PostgreSQL")
            return
        }
        #expect(postgres.tls?.verifies == false)
        #expect(postgres.queries.count == 1)
    }

    @Test(
        arguments: [
            ("", "there are no sources"),
            (
                "sources: [{url: http://x, inptu: json}]",
                "1:27: sources[0]: the key \"inptu\" is not known; did you mean \"input\"?"
            ),
            ("sources: [{url: http://x, input: jsn}]", "\"jsn\" is none of"),
            ("sources: [{url: nope}]", "\"nope\" is no URL of a source"),
            ("sources: [{name: x}]", "a source has one of url, file, command, statsd"),
            ("sources: [{url: http://x, file: /y}]", "a source has one of"),
            ("listen: x:y\nsources: [{file: /x}]", "\"x:y\" is no address"),
            (
                "sources: [{file: /x, rules: [{name: 1x, path: $.a}]}]",
                "\"1x\" is no name of a metric"
            ),
            ("sources: [{file: /x, rules: [{name: x, path: \"$.a[\"}]}]", "is not understood"),
            ("sources: [{file: /x, timeout: soon}]", "a duration such as"),
            (
                "sources: [{file: /x, relabel: [{regex: \"(\", target_label: a}]}]",
                "regular expression"
            ),
            ("sources: [{file: /x, labels: {a-b: c}}]", "is no name of a label"),
            ("labels: {a: {env: NOPE}}\nsources: [{file: /x}]", "the variable NOPE is not set"),
            ("sources: [{statsd: {buckets: [2, 1]}}]", "upper bounds grow"),
            ("sources: [{file: /x}, {file: /x}]", "is the name of two sources"),
            ("sources: [", "metrics.yaml:"),
            ("push: {url: x}\nsources: [{file: /x}]", "no URL of HTTP"),
        ]
    )
    func `what is wrong is said with its place`(_ text: String, _ expected: String) {
        let errors = #expect(throws: ConfigurationErrors.self) { try Self.read(text) }
        #expect(errors?.description.contains(expected) == true, "\(errors?.description ?? "")")
    }

    @Test func `the example of the documentation is taken`() throws {
        let page = try SourceFile.text("Documentation/roles/metrics.md")
        let start = try #require(page.firstRange(of: "```yaml\n")).upperBound
        let end = try #require(page[start...].firstRange(of: "```")).lowerBound
        let labels = "app.kubernetes.io/name=\"shop\"\n"
        let configuration = try Self.read(
            String(page[start..<end]),
            ["/etc/podinfo/labels": labels, "/etc/podinfo/annotations": labels]
        )
        #expect(configuration.sources.count == 3)
    }

    @Test(
        arguments: [
            ("http://h", "http", "h", 0, ""),
            ("https://u:p@h:8443/a?b=c#d", "https", "h", 8443, "/a?b=c"),
            ("http://[::1]:80/", "http", "::1", 80, "/"), ("redis://h", "redis", "h", 0, ""),
            ("statsd://:9125", "statsd", "", 9125, ""), ("http://h?x=1", "http", "h", 0, "/?x=1"),
        ] as [(String, String, String, UInt16, String)]
    )
    func `a URL is taken apart`(
        _ text: String,
        _ scheme: String,
        _ host: String,
        _ port: UInt16,
        _ target: String
    ) throws {
        let url = try #require(SourceURL(text))
        #expect(url.scheme == scheme)
        #expect(url.host == host)
        #expect(url.port == port)
        #expect(url.target == target)
        #expect(!url.description.contains("u:p"))
    }

    @Test(arguments: [
        "", "x", "http://", "http://h:x", "http://h:70000", "unix:x", "http://a b", "://h",
    ])
    func `what is no URL is none`(_ text: String) {
        #expect(SourceURL(text) == nil)
    }

    @Test(
        arguments: [
            ("http://o/x", "http://o/x"), ("/y?z", "http://h:1/y?z"), ("y", "http://h:1/a/y"),
            ("//o/x", "http://o/x"),
        ]
    )
    func `a redirection is followed`(_ location: String, _ expected: String) throws {
        let url = try #require(SourceURL("http://h:1/a/b?c"))
        #expect(url.following(location)?.description == expected)
    }

    @Test func `a redirection to another host loses the password`() throws {
        let url = try #require(SourceURL("http://u:p@h/a"))
        #expect(url.following("http://o/")?.password == nil)
        #expect(url.following("http://h/b")?.password == "p")
        #expect(url.following("file:///etc/passwd") == nil)
    }
}

/// Files of the package.
private enum SourceFile {
    static func text(_ path: String, from file: String = #filePath) throws -> String {
        let parts = file.split(separator: "/")
        let root = try #require(parts.lastIndex(of: "Tests"))
        let whole = "/" + (parts[..<root].map(String.init) + [path]).joined(separator: "/")
        return try Files.text(whole)
    }
}
