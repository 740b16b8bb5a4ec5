import Basics
import Formats
import HTTP
import Reactor
import TestKit
import Testing

@testable import Roles

@Suite("The role metrics over many readings", .serialized) struct MetricsRoundsEndToEndTests {
    /// A page without what is told about the exporter.
    private static func shown(_ page: MetricsWorld.Scraped) -> [String] {
        page.lines.filter { !$0.hasPrefix("#") && !$0.hasPrefix("stats_exporter") }
    }

    @Test @MainLoop func `numbers, series and failures come and go`() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.file("stats.json")
        let other = folder.file("other.json")
        try folder.write(#"{"b":1,"c":{"d":2}}"#, to: "other.json")
        try folder.write(
            """
            listen: ["127.0.0.1:0"]
            labels: {pod: web-0}
            sources:
              - {name: stats, url: "file://\(path)", input: json}
              - name: other
                url: "file://\(other)"
                input: json
                change: [{match: c_d, name: c_e, scale: 10}]
            """,
            to: "metrics.yaml"
        )
        let world = try await MetricsWorld(["-c", folder.file("metrics.yaml")])
        let rest = [#"b{pod="web-0"} 1"#, #"c_e{pod="web-0"} 20"#]
        let rounds: [(document: String, lines: [String])] = [
            (#"{"a":1,"at":"x"}"#, [#"a{pod="web-0"} 1"#] + rest),
            (#"{"a":1,"at":"y"}"#, [#"a{pod="web-0"} 1"#] + rest),
            (#"{"a":250.5,"at":"z"}"#, [#"a{pod="web-0"} 250.5"#] + rest),
            (
                #"{"a":2,"n":{"x":1},"at":"z"}"#,
                [#"a{pod="web-0"} 2"#, #"n_x{pod="web-0"} 1"#] + rest
            ),
            (
                #"{"a":3,"n":{"x":7},"at":"z"}"#,
                [#"a{pod="web-0"} 3"#, #"n_x{pod="web-0"} 7"#] + rest
            ),
            (#"{"a":3,"n":{"x":7"#, rest),
            (
                #"{"a":4,"n":{"x":8},"at":"z"}"#,
                [#"a{pod="web-0"} 4"#, #"n_x{pod="web-0"} 8"#] + rest
            ),
            // Only where series stay in their family do they stay in their place.
            (#"{"b":9}"#, [#"b{pod="web-0"} 9"#, #"c_e{pod="web-0"} 20"#]),
            (#"{"b":10}"#, [#"b{pod="web-0"} 10"#, #"c_e{pod="web-0"} 20"#]),
        ]
        for (document, lines) in rounds {
            try folder.write(document, to: "stats.json")
            for accepted in ["text/plain", "application/openmetrics-text"] {
                let page = try await world.scrape(["Accept": accepted])
                #expect(Self.shown(page) == lines, "\(document) as \(accepted)")
            }
        }
        try folder.write(#"{"b":1,"c":{"d":33}}"#, to: "other.json")
        #expect(Self.shown(try await world.scrape()).contains(#"c_e{pod="web-0"} 330"#))
        try await world.end()
    }

    @Test @MainLoop func `only known users get the page`() async throws {
        let folder = try TemporaryDirectory()
        try folder.write(#"{"a":1}"#, to: "stats.json")
        // Of "secret".
        let hash = "$2y$05$ZYhvNURmRpz4POLcJ2uJ5ec7Lk.mU5e1DBNml42mGgc7QU8WlhLBS"
        try folder.write("basic_auth_users:\n  prometheus: \(hash)\n", to: "web.yaml")
        let words = ["-s", "file://\(folder.file("stats.json"))"]
        let world = try await MetricsWorld(words + ["--web-config", folder.file("web.yaml")])
        func ask(_ login: String?, _ path: String = "/metrics") async throws -> Int {
            var headers: HTTPHeaders = [:]
            if let login { headers["Authorization"] = "Basic " + Base64.encode(Array(login.utf8)) }
            return try await world.scrape(headers, path: path).status
        }
        for path in ["/metrics", "/", "/nope"] { #expect(try await ask(nil, path) == 401) }
        #expect(try await world.scrape().headers["WWW-Authenticate"] == "Basic")
        for _ in 0..<2 {
            #expect(try await ask("prometheus:secret") == 200)
            #expect(try await ask("prometheus:wrong") == 401)
            #expect(try await ask("prometheus:") == 401)
            #expect(try await ask("nobody:secret") == 401)
            #expect(try await ask("prometheus") == 401)
        }
        try await world.end()
        try folder.write("basic_auth_users:\n  prometheus: secret\n", to: "web.yaml")
        await #expect(throws: Failure.self) {
            try await MetricsWorld(words + ["--web-config", folder.file("web.yaml")])
        }
    }
}
