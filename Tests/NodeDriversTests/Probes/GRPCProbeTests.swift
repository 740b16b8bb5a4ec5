import Basics
import HTTP
import PodEngine
import PodModel
import Reactor
import TestKit
import Testing

@testable import NodeDrivers

/// The gRPC probe against `nghttpd`, which serves a file as the answer of the health service.
@Suite("gRPC probe", .timeLimit(.minutes(1))) @MainLoop struct GRPCProbeTests {
    private func probe(_ port: UInt16, service: String = "") async -> ProbeOutcome {
        let action = GRPCAction(port: Int(port), service: service)
        return await Prober().run(
            Probe(action: .grpc(action)),
            container: Container(name: "app"),
            podIP: "127.0.0.1"
        ) { _, _, _ in throw Failure(.internalError, "no command was expected") }
    }

    private func withServer(
        answer: [UInt8]?,
        trailers: [String],
        test: @MainLoop (UInt16) async throws -> Void
    ) async throws {
        let folder = try TemporaryDirectory()
        if let answer { try folder.write(answer, to: "grpc.health.v1.Health/Check") }
        try await withNGHTTPServer(of: folder, trailers: trailers, test: test)
    }

    @Test(
        arguments: [
            ([0, 0, 0, 0, 2, 8, 1], ProbeOutcome.success),
            (
                [0, 0, 0, 0, 2, 8, 2],
                .failure("service unhealthy (responded with \"NOT_SERVING\")")
            ),
            ([0, 0, 0, 0, 0], .failure("service unhealthy (responded with \"UNKNOWN\")")),
        ] as [([UInt8], ProbeOutcome)]
    )
    func `the status of the service decides`(answer: [UInt8], outcome: ProbeOutcome) async throws {
        try await withServer(answer: answer, trailers: ["grpc-status: 0"]) { port in
            let result = await probe(port, service: "shop")
            #expect(result == outcome)
        }
    }

    @Test func `an error of the service is told`() async throws {
        let trailers = ["grpc-status: 5", "grpc-message: unknown%20service"]
        try await withServer(answer: [0, 0, 0, 0, 0], trailers: trailers) { port in
            let result = await probe(port)
            #expect(
                result
                    == .failure(
                        "error: health rpc probe failed: rpc error: code = NotFound desc = "
                            + "unknown service"
                    )
            )
        }
    }

    @Test func `a server without the health service is told apart`() async throws {
        try await withServer(answer: nil, trailers: []) { port in
            guard case .failure(let text) = await probe(port) else {
                Issue.record("no failure")
                return
            }
            #expect(
                text.hasPrefix("error: this server does not implement the grpc health protocol")
            )
        }
    }

    @Test func `nobody listening fails after the whole timeout`() async throws {
        let port = try FreePort.find()
        let start = Loop.main.now
        let result = await probe(port)
        #expect(Loop.main.now - start >= .milliseconds(990))
        #expect(
            result
                == .failure(
                    "timeout: failed to connect service \"127.0.0.1:\(port)\" within 1s: "
                        + "context deadline exceeded"
                )
        )
    }

    @Test func `a server of another protocol is no health service`() async throws {
        try await withLoopback { _, responder in
            try await responder.respond(200)
        } test: { loopback in
            guard case .failure(let text) = await probe(loopback.port) else {
                Issue.record("no failure")
                return
            }
            #expect(text.hasPrefix("timeout: failed to connect service"))
        }
    }
}
