import Basics
import Formats
import HTTP
import Reactor
import Records
import Testing

@testable import LogPipeline

@Suite("HTTP source", .timeLimit(.minutes(1))) struct HTTPSourceTests {
    @MainLoop private static func run(
        _ change: (inout HTTPSourceSettings) -> Void = { _ in },
        _ body: (HTTPSource, TestIntake, HTTPClient) async throws -> Void
    ) async throws {
        var settings = HTTPSourceSettings(port: 0)
        settings.host = "127.0.0.1"
        change(&settings)
        let source = HTTPSource(id: "in", tag: "http", settings: settings, journal: .silent)
        let intake = TestIntake()
        try await SourceTests.run(source, intake, isReady: { source.port != 0 }) {
            let client = try await HTTPClient.connect(
                .tcp(host: "127.0.0.1", port: source.port, tls: nil)
            )
            try await body(source, intake, client)
        }
    }

    @MainLoop private static func post(
        _ client: HTTPClient,
        _ path: String,
        _ body: [UInt8],
        _ headers: HTTPHeaders = [:]
    ) async throws -> Int {
        let response = try await client.request("POST", path, headers: headers, body: body)
        _ = try await response.collect(limit: 1 << 16)
        return response.status
    }

    @Test @MainLoop func `records come in, and the path is their tag`() async throws {
        try await Self.run { _, intake, client in
            let json = Array(#"[{"a":1},{"a":2}]"#.utf8)
            let first = try await Self.post(client, "/app.web", json)
            #expect(first == 201)
            let packed = Gzip.encode(json.span)
            let second = try await Self.post(client, "/", packed, ["Content-Encoding": "gzip"])
            #expect(second == 201)
            let text = try await Self.post(
                client,
                "/x",
                Array("one\ntwo\n".utf8),
                ["Content-Type": "text/plain"]
            )
            #expect(text == 201)
            #expect(intake.texts("a") == ["1", "2", "1", "2", "-", "-"])
            #expect(
                intake.events.map(\.tag.text) == ["app.web", "app.web", "http", "http", "x", "x"]
            )
        }
    }

    @Test @MainLoop func `what is wrong is refused as a whole`() async throws {
        try await Self.run {
            $0.bodyLimit = 100
        } _: { _, intake, client in
            let broken = try await Self.post(client, "/", Array(#"{"a":1}{"#.utf8))
            #expect(broken == 400)
            let coded = try await Self.post(client, "/", [1], ["Content-Encoding": "br"])
            #expect(coded == 400)
            let response = try await client.request("GET", "/")
            #expect(response.status == 405)
            _ = try await response.collect(limit: 1000)
            let large = try await Self.post(client, "/", [UInt8](repeating: 0x20, count: 101))
            #expect(large == 413)
            #expect(intake.events.isEmpty)
        }
    }

    @Test @MainLoop func `without room a sender is told to come again`() async throws {
        try await Self.run { _, intake, client in
            intake.hasRoom = false
            let refused = try await Self.post(client, "/", Array("{}".utf8))
            #expect(refused == 429)
            intake.makeRoom()
            let taken = try await Self.post(client, "/", Array("{}".utf8))
            #expect(taken == 201)
        }
    }

    @Test @MainLoop func `a name and a password may be asked for`() async throws {
        try await Self.run { settings in
            settings.user = "bob"
            settings.password = "a:b"
            settings.path = "/logs"
            settings.successStatus = 200
        } _: { _, _, client in
            let nobody = try await Self.post(client, "/logs", Array("{}".utf8))
            #expect(nobody == 401)
            let wrong = "Basic " + Base64.encode(Array("bob:x".utf8))
            let refused = try await Self.post(
                client,
                "/logs",
                Array("{}".utf8),
                ["Authorization": wrong]
            )
            #expect(refused == 401)
            let right: HTTPHeaders = [
                "Authorization": "basic " + Base64.encode(Array("bob:a:b".utf8))
            ]
            let elsewhere = try await Self.post(client, "/other", Array("{}".utf8), right)
            #expect(elsewhere == 404)
            let taken = try await Self.post(client, "/logs", Array("{}".utf8), right)
            #expect(taken == 200)
        }
    }

    @Test @MainLoop func `an answer may wait until records are delivered`() async throws {
        try await Self.run {
            $0.acknowledges = true
        } _: { _, intake, client in
            let answer = Task { @MainLoop in
                try await Self.post(client, "/", Array(#"{"a":1}{"a":2}"#.utf8))
            }
            try await intake.wait(for: 2)
            var isAnswered = false
            let watch = Task { @MainLoop in
                _ = try await answer.value
                isAnswered = true
            }
            intake.events[0].receipt.end()
            for _ in 0..<20 { await Loop.main.turn() }
            #expect(!isAnswered)
            intake.events[1].receipt.end()
            let status = try await answer.value
            #expect(status == 201)
            try await watch.value
        }
    }
}
