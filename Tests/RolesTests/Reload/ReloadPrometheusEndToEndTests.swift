import Basics
import HTTP
import Reactor
import Security
import System
import TestKit
import Testing

@testable import Roles

@Suite("A reloader beside Prometheus", .serialized) struct ReloadPrometheusEndToEndTests {
    @Test @MainLoop
    func `Prometheus takes a signal, twice in one second too, and says what it refuses`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let port = try FreePort.find()
        func write(_ text: String) throws { try folder.write(text, to: "prometheus.yml") }
        try write("global: {scrape_interval: 10s}\n")
        let server = try TestProgram(
            "prometheus",
            [
                "--config.file=" + folder.file("prometheus.yml"),
                "--storage.tsdb.path=" + folder.file("data"),
                "--web.listen-address=127.0.0.1:\(port)",
            ]
        )
        func page(_ path: String) async throws -> String {
            let client = try await HTTPClient.connect(.tcp(host: "127.0.0.1", port: port))
            defer { client.close() }
            let response = try await client.request("GET", path)
            return String(decoding: try await response.collect(limit: 1 << 20), as: UTF8.self)
        }
        try await eventually(within: .seconds(30), "Prometheus") {
            try await page("/-/ready").contains("Ready")
        }
        let file = try folder.write("\(server.pid)\n", to: "pid")
        var signalling = ReloadSettings.Signalling(
            number: try #require(Signals.number(of: "HUP")),
            target: .file(file)
        )
        signalling.verification = try WebAddress(
            "http://127.0.0.1:\(port)/api/v1/status/runtimeinfo"
        )
        for seconds in [11, 12, 13] {
            try write("global: {scrape_interval: \(seconds)s}\n")
            _ = try await ReloadSignal.send(signalling)
            #expect(
                try await page("/api/v1/status/config").contains("scrape_interval: \(seconds)s")
            )
        }
        try write("glob: x\n")
        let error = await #expect(throws: Failure.self) {
            _ = try await ReloadSignal.send(signalling)
        }
        #expect(error?.what == "the program has refused its new configuration")
    }

    @Test(
        arguments: [
            ("2026-11-22T15:29:47Z", "2026-11-22T15:29:47Z", true),
            ("2026-11-22T15:29:48Z", "2026-11-22T15:29:47Z", true),
            ("2026-11-22T15:29:46Z", "2026-11-22T15:29:47Z", false),
            ("2026-11-22T15:29:47+01:00", "2026-11-22T15:29:47Z", false), ("", "2026", false),
        ]
    ) @MainLoop
    func `a second is compared`(_ time: String, _ sent: String, _ isTaken: Bool) throws {
        let text = "{\"data\": {\"reloadConfigSuccess\": true, \"lastConfigTime\": \"\(time)\"}}"
        let found = try #require(ReloadSignal.RuntimeInformation(Array(text.utf8)))
        #expect(found.isTaken(in: sent) == isTaken)
    }
}
