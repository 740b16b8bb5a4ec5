import Basics
import Formats
import HTTP
import Reactor
import TestKit
import Testing

@testable import Roles

@Suite("The role metrics under faults", .serialized) struct MetricsFaultsEndToEndTests {
    /// What a source answers, which a test changes.
    @MainLoop final class Answer {
        var status = 200
        var headers: HTTPHeaders = ["Content-Type": "application/json"]
        var body = ""
        var requests = 0
        var delay = Duration.zero

        func answer(_ responder: HTTPResponder) async throws {
            requests += 1
            if delay > .zero { try await Loop.main.sleep(for: delay) }
            try await responder.respond(status, headers: headers, body: Array(body.utf8))
        }
    }

    @MainLoop private static func with(
        _ words: [String] = [],
        _ test: @MainLoop (MetricsWorld, Answer) async throws -> Void
    ) async throws {
        let answer = Answer()
        try await withLoopback { _, responder in
            try await answer.answer(responder)
        } test: { loopback in
            let url = "http://127.0.0.1:\(loopback.port)/stats"
            let world = try await MetricsWorld(["--source", url] + words)
            do {
                try await test(world, answer)
            } catch {
                _ = try? await world.end()
                throw error
            }
            #expect(try await world.end() == 0)
        }
    }

    @Test @MainLoop func `a source that goes down takes its series with it`() async throws {
        try await Self.with { world, answer in
            answer.body = #"{"hits":5}"#
            var page = try await world.scrape()
            #expect(page.value("hits") == 5)
            #expect(page.value("stats_exporter_up") == 1)
            try await expectValid(page.text)
            answer.status = 500
            page = try await world.scrape()
            #expect(page.value("hits") == nil)
            #expect(page.value("stats_exporter_up") == 0)
            #expect(page.value("stats_exporter_series_disappeared_total") == 0)
            #expect(world.journal.contains("it answers 500"))
            answer.status = 200
            page = try await world.scrape()
            #expect(page.value("hits") == 5)
            #expect(page.value("stats_exporter_scrape_failures_total") == 1)
        }
    }

    @Test @MainLoop func `a renamed field is counted and named`() async throws {
        try await Self.with { world, answer in
            answer.body = #"{"hits":5,"users":{"online":1}}"#
            let first = try await world.scrape()
            answer.body = #"{"hits":6,"users":{"active":1}}"#
            let page = try await world.scrape()
            #expect(page.value("users_online") == nil)
            #expect(page.value("users_active") == 1)
            #expect(page.value("stats_exporter_series_disappeared_total") == 1)
            #expect(page.value("stats_exporter_schema_changes_total") == 1)
            let print = "stats_exporter_schema_fingerprint"
            #expect(page.value(print) != first.value(print))
            #expect(world.journal.contains("series are gone: users_online"))
        }
    }

    @Test @MainLoop func `another format is said`() async throws {
        try await Self.with { world, answer in
            answer.body = #"{"hits":5}"#
            _ = try await world.scrape()
            answer.body = "hits=6\n"
            let page = try await world.scrape()
            #expect(page.value("hits") == 6)
            #expect(page.value("stats_exporter_format_changes_total") == 1)
            #expect(world.journal.contains("speaks pairs now, before it spoke json"))
        }
    }

    @Test(
        arguments: [
            ("{\"hits\":", "application/json"), ("<html>Bad gateway</html>", "text/html"),
            ("", "application/json"), ("\u{1}\u{2}", "application/octet-stream"), ("{}", ""),
        ]
    )
    @MainLoop func `what cannot be read is down and counted`(
        _ body: String,
        _ type: String
    ) async throws {
        try await Self.with { world, answer in
            answer.headers = ["Content-Type": type]
            answer.body = body
            let page = try await world.scrape()
            #expect(page.value("stats_exporter_up") == 0)
            #expect(page.value("stats_exporter_parse_errors_total") == 1)
            try await expectValid(page.text)
        }
    }

    @Test @MainLoop func `a body that is too large is down`() async throws {
        try await Self.with(["--body-limit", "1KiB"]) { world, answer in
            answer.body = #"{"x":""# + String(repeating: "y", count: 2000) + #"","z":1}"#
            let page = try await world.scrape()
            #expect(page.value("stats_exporter_up") == 0)
            #expect(world.journal.contains("the limit is 1024 bytes"))
        }
    }

    @Test @MainLoop func `a source that is slower than the time to end does not keep the role`()
        async throws
    {
        try await Self.with(["--timeout", "60s"]) { world, answer in
            answer.delay = .seconds(10)
            let scrape = Task { @MainLoop in try? await world.scrape() }
            try await eventually(within: .seconds(5), "the source is asked") {
                answer.requests == 1
            }
            let start = Loop.main.now
            #expect(try await world.end(within: .milliseconds(300)) == 0)
            #expect(Loop.main.now - start < .seconds(5))
            _ = await scrape.value
        }
    }

    @Test @MainLoop func `a source without one number is down`() async throws {
        try await Self.with { world, answer in
            for (type, body) in [
                ("text/plain", "a=b\nc: d\n"), ("application/json", #"{"a":"b"}"#),
                ("text/plain", #"{"request":{"type":"version"},"value":{},"status":200}"#),
                ("text/plain; version=0.0.4", "<a=b>\n"),
            ] {
                answer.headers = ["Content-Type": type]
                answer.body = body
                let page = try await world.scrape()
                #expect(page.value("stats_exporter_up") == 0, "\(body)")
            }
            answer.headers = ["Content-Type": "text/plain; version=0.0.4; charset=utf-8"]
            answer.body = "a{b=\"c:d=e\"} 1\n"
            #expect(try await world.scrape().value(#"a{b="c:d=e"}"#) == 1)
        }
    }

    @Test @MainLoop func `a slow source is given up in time`() async throws {
        try await Self.with(["--timeout", "200ms"]) { world, answer in
            answer.body = #"{"x":1}"#
            answer.delay = .seconds(5)
            let start = Loop.main.now
            let page = try await world.scrape()
            #expect(page.value("stats_exporter_up") == 0)
            #expect(Loop.main.now - start < .seconds(3))
        }
    }

    @Test @MainLoop func `the scraper's own deadline is kept`() async throws {
        try await Self.with { world, answer in
            answer.body = #"{"x":1}"#
            answer.delay = .seconds(4)
            let start = Loop.main.now
            let page = try await world.scrape(["X-Prometheus-Scrape-Timeout-Seconds": "0.5"])
            #expect(page.value("stats_exporter_up") == 0)
            #expect(Loop.main.now - start < .seconds(2))
        }
    }

    @Test @MainLoop func `half a body is down`() async throws {
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        let serving = Task { @MainLoop in
            while let stream = try? await listener.accept() {
                _ = try? await stream.read()
                let text = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"a\":1"
                try? await stream.write(Array(text.utf8))
                stream.close()
            }
        }
        defer { listener.close() }
        let world = try await MetricsWorld(["--source", "http://127.0.0.1:\(listener.port)/"])
        let page = try await world.scrape()
        #expect(page.value("stats_exporter_up") == 0)
        #expect(page.value("a") == nil)
        try await world.end()
        listener.close()
        await serving.value
    }

    @Test @MainLoop func `redirections are followed, but not for ever`() async throws {
        try await withLoopback { request, responder in
            switch request.path {
            case "/a": try await responder.respond(302, headers: ["Location": "/b"])
            case "/b": try await responder.respond(200, text: "x=1\n")
            default: try await responder.respond(301, headers: ["Location": "/loop"])
            }
        } test: { loopback in
            for (path, up) in [("/a", 1.0), ("/loop", 0)] {
                let url = "http://127.0.0.1:\(loopback.port)\(path)"
                let world = try await MetricsWorld(["--source", url])
                #expect(try await world.scrape().value("stats_exporter_up") == up)
                try await world.end()
            }
        }
    }

    @Test @MainLoop func `too many series are limited and counted`() async throws {
        try await Self.with(["--series-limit", "100"]) { world, answer in
            answer.body = "[" + (0..<1000).map(String.init).joined(separator: ",") + "]"
            let page = try await world.scrape()
            #expect(page.value("stats_exporter_series") == 100)
            #expect(page.value("stats_exporter_series_refused_total") == 900)
            try await expectValid(page.text)
        }
    }

    @Test @MainLoop func `odd numbers and hostile labels make a valid page`() async throws {
        try await Self.with { world, answer in
            answer.body =
                #"{"a":NaN,"b":1e999,"c":[{"name":"x\"}\n evil 1\n{","v":1},{"name":"x\"}\n evil 1\n{","v":2}]}"#
            let page = try await world.scrape()
            #expect(page.lines.contains("a NaN"))
            #expect(page.lines.contains("b +Inf"))
            #expect(!page.lines.contains { $0.hasPrefix("evil") || $0.hasPrefix(" evil") })
            #expect(page.value("stats_exporter_series_duplicate_total") == 1)
            try await expectValid(page.text)
        }
    }

    @Test @MainLoop func `answers are negotiated and packed`() async throws {
        try await Self.with(["--label", "pod=web-0"]) { world, answer in
            answer.body = #"{"hits_total":5}"#
            let open = try await world.scrape(["Accept": "application/openmetrics-text"])
            #expect(open.headers["Content-Type"]?.hasPrefix("application/openmetrics-text") == true)
            #expect(open.text.hasSuffix("# EOF\n"))
            #expect(open.text.contains("# TYPE hits counter\nhits_total{pod=\"web-0\"} 5\n"))
            let packed = try await world.scrape(["Accept-Encoding": "gzip"])
            #expect(packed.headers["Content-Encoding"] == "gzip")
            let text = try Gzip.decode(packed.body.span, limit: 1 << 20)
            #expect(String(decoding: text, as: UTF8.self).contains("hits_total{pod=\"web-0\"} 5"))
            #expect(try await world.scrape(path: "/nope").status == 404)
            #expect(try await world.scrape(path: "/").status == 200)
        }
    }

    @Test @MainLoop func `an exposition behind nginx's flags is passed through`() async throws {
        try await withLoopback { _, responder in
            try await responder.respond(200, text: "# TYPE x gauge\nx 7\n")
        } test: { loopback in
            let world = try await MetricsWorld(
                ["-nginx.scrape-uri=http://127.0.0.1:\(loopback.port)/metrics"],
                program: "nginx-prometheus-exporter"
            )
            let page = try await world.scrape()
            #expect(page.value("nginx_up") == 0)
            #expect(page.value("x") == 7)
            #expect(world.journal.contains("passed through"))
            try await expectValid(page.text)
            try await world.end()
        }
    }

    @Test @MainLoop func `a configuration is reloaded, a bad one refused`() async throws {
        let folder = try TemporaryDirectory()
        try folder.write("a=1\n", to: "a")
        let path = try folder.write("sources: [{file: \(folder.file("a"))}]", to: "metrics.yaml")
        let world = try await MetricsWorld(["--config", path])
        #expect(try await world.scrape().value("a") == 1)
        try folder.write("sources: [{file: \(folder.file("a")), prefix: x}]", to: "metrics.yaml")
        try await eventually(within: .seconds(10), "the new one holds") {
            try await world.scrape().value("x_a") == 1
        }
        try folder.write("sources: [{fiel: x}]", to: "metrics.yaml")
        try await eventually(within: .seconds(10), "the bad one is refused") {
            world.journal.contains("the configuration is refused")
        }
        #expect(try await world.scrape().value("x_a") == 1)
        try await world.end()
    }

    @Test @MainLoop func `a command that fails is down and said`() async throws {
        let folder = try TemporaryDirectory()
        let path = try folder.write(
            """
            sources:
              - {name: good, command: [sh, -c, "echo a=1"]}
              - {name: bad, command: [sh, -c, "echo broken >&2; exit 3"]}
              - {name: slow, command: [sleep, "60"], timeout: 200ms}
              - {name: fifo, file: /dev/stdin}
            """,
            to: "metrics.yaml"
        )
        let world = try await MetricsWorld(["--config", path])
        let page = try await world.scrape()
        #expect(page.value("a") == 1)
        #expect(page.value(#"stats_exporter_up{source="good"}"#) == 1)
        #expect(page.value(#"stats_exporter_up{source="bad"}"#) == 0)
        #expect(page.value(#"stats_exporter_up{source="slow"}"#) == 0)
        #expect(world.journal.contains("broken"))
        try await expectValid(page.text)
        try await world.end()
    }

    @Test @MainLoop func `samples are pushed by OTLP, again if they are not taken`() async throws {
        var bodies: [[UInt8]] = []
        var requests = 0
        try await withLoopback { request, responder in
            requests += 1
            guard requests > 1 else { return try await responder.respond(503) }
            let body = try await request.body(limit: 1 << 20)
            bodies.append(try Gzip.decode(body.span, limit: 1 << 20))
            try await responder.respond(200, text: "{}", contentType: "application/json")
        } test: { loopback in
            let folder = try TemporaryDirectory()
            try folder.write("a_total=4\n", to: "a")
            let world = try await MetricsWorld([
                "--source", "file://" + folder.file("a"), "--push",
                "http://127.0.0.1:\(loopback.port)", "--push-every", "5s",
            ])
            try await eventually(within: .seconds(10), "a body came") { !bodies.isEmpty }
            let text = String(decoding: bodies[0], as: UTF8.self)
            #expect(text.contains(#""name":"a_total""#))
            #expect(world.work.metrics.contains("companion_metrics_push_retries_total 1"))
            try await world.end()
        }
    }
}
