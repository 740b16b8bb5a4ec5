import Basics
import Reactor

@testable import HTTP

/// A server on a free port of the loopback address, for one test.
@MainLoop final class Loopback {
    let server: HTTPServer
    private let running: Task<Void, Never>

    init(limits: HTTPLimits = HTTPLimits(), handler: @escaping HTTPServer.Handler) throws {
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        let server = HTTPServer(listener: listener, limits: limits, handler: handler)
        self.server = server
        running = Task { @MainLoop in await server.run() }
    }

    func connect() async throws(Failure) -> HTTPClient {
        try await HTTPClient.connect(.tcp(host: "127.0.0.1", port: server.port))
    }

    /// Sends raw bytes and gives everything that comes back until the server closes.
    func talk(_ text: String, closes: Bool = false) async throws(Failure) -> String {
        let stream = try await raw()
        try await stream.write(Array(text.utf8))
        if closes { stream.finishWriting() }
        return try await readAll(stream)
    }

    func raw() async throws(Failure) -> ByteStream {
        try await ByteStream.connect(host: "127.0.0.1", port: server.port, timeout: .seconds(5))
    }

    func readAll(_ stream: ByteStream) async throws(Failure) -> String {
        var all: [UInt8] = []
        let deadline = Loop.main.now + .seconds(10)
        while true {
            let bytes = try await stream.read(upTo: 4096, deadline: deadline)
            if bytes.isEmpty { return String(decoding: all, as: UTF8.self) }
            all += bytes
        }
    }

    func stop() async {
        server.stop()
        await running.value
    }
}

/// Runs a test against a server and stops the server in every case.
@MainLoop func withLoopback(
    limits: HTTPLimits = HTTPLimits(),
    _ handler: @escaping HTTPServer.Handler,
    test: @MainLoop (Loopback) async throws -> Void
) async throws {
    let loopback = try Loopback(limits: limits, handler: handler)
    do {
        try await test(loopback)
    } catch {
        await loopback.stop()
        throw error
    }
    await loopback.stop()
}
