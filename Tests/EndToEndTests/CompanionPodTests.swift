import Foundation
import TestKit
import Testing

/// The companion's image in pods of the engine: the examples work as they are.
@Suite("Companion in pods") struct CompanionPodTests {
    private static let package = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// An engine that has the companion's image, and one of its examples as a running pod.
    private func withExample(
        _ name: String,
        _ body: (TestEngine) async throws -> Void
    ) async throws {
        try await withEngine { engine in
            let archive = engine.folder.file("companion.oci")
            let script = Self.package.appending(path: "Scripts/image").path
            let image = try await TestProgram(script, ["companion:latest", archive])
                .wait(within: .seconds(60))
            #expect(image.code == 0, "\(image.errors)")
            let load = try await engine.remora("image", "load", archive)
            #expect(load.code == 0, "\(load.errors)")
            let file = Self.package.appending(path: "examples/\(name).yaml").path
            let up = try await engine.remora("up", "-d", "-f", file)
            #expect(up.code == 0, "\(up.errors)")
            try await body(engine)
        }
    }

    @Test func `an ambassador hides the end of a host from the app`() async throws {
        try await withExample("ambassador") { engine in
            func answers() async throws -> [Substring] {
                try await engine.remora("logs", "ambassador", "-c", "app").output
                    .split(separator: "\n")
            }
            try await eventually(within: .seconds(20), "both hosts answer") {
                Set(try await answers()).count == 2
            }
            let end = try await engine.remora(
                ["exec", "ambassador", "-c", "orders-1", "--", "killall", "httpd"]
            )
            #expect(end.code == 0, "\(end.errors)")
            let before = try await answers().count
            try await eventually(within: .seconds(20), "the app goes on") {
                try await answers().count > before + 3
            }
            #expect(
                Set(try await answers()) == ["an order from orders-1", "an order from orders-2"]
            )
            let restarts = ".status.containerStatuses[?(@.name==\"orders-1\")].restartCount"
            #expect(try await engine.field(restarts, of: "ambassador") == "1")
        }
    }

    @Test func `a sidecar speaks TLS for the app`() async throws {
        try await withExample("tls-sidecar") { engine in
            let secret = try await engine.remora(
                ["get", "secret", "web-tls", "-o", "jsonpath={.data.tls\\.crt}"]
            )
            let certificate = try #require(Data(base64Encoded: secret.output))
            let authority = engine.folder.file("authority.pem")
            try certificate.write(to: URL(filePath: authority))
            let address = try await engine.field(".status.podIP", of: "tls-sidecar")
            let answer = try await TestProgram(
                "curl",
                [
                    "-sS", "--max-time", "10", "--cacert", authority, "--connect-to",
                    "localhost:8443:\(address):8443", "https://localhost:8443/",
                ]
            )
            .wait(within: .seconds(15))
            #expect(answer.output == "Hello over TLS\n", "\(answer.errors)")
        }
    }

    @Test func `a sidecar ships every line that the app writes`() async throws {
        try await withExample("log-shipper") { engine in
            try await eventually(within: .seconds(20), "the store gets documents") {
                let output = try await engine.remora("logs", "log-shipper", "-c", "store").output
                return (1...3).allSatisfy { output.contains("\"order\":\($0)}") }
            }
            let books = try await engine.remora(
                [
                    "exec", "log-shipper", "-c", "app", "--", "wget", "-q", "-O", "-",
                    "http://localhost:2020/accounts",
                ]
            )
            #expect(books.output.contains("\"balanced\": true"), "\(books.errors)")
        }
    }

    @Test func `a sidecar makes objects of the app's lines`() async throws {
        try await withExample("log-adapter") { engine in
            try await eventually(within: .seconds(20), "objects are printed") {
                let output = try await engine.remora("logs", "log-adapter", "-c", "adapter").output
                return output.contains("\"pod_name\":\"log-adapter\"")
                    && output.contains("\"message\":\"order 2\"")
            }
        }
    }
}
