public import Basics
public import HTTP
public import Reactor
public import Security

/// An HTTP server on a free port of the loopback address, for one test.
@MainLoop public final class Loopback {
    /// The server.
    public let server: HTTPServer
    private let running: Task<Void, Never>

    /// Starts a server.
    ///
    /// - Throws: `Failure` if it cannot listen.
    public init(
        limits: HTTPLimits = HTTPLimits(),
        identity: TLSIdentity? = nil,
        handler: @escaping HTTPServer.Handler
    ) throws(Failure) {
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        let server = HTTPServer(
            listener: listener,
            limits: limits,
            identity: identity,
            handler: handler
        )
        self.server = server
        running = Task { @MainLoop in await server.run() }
    }

    /// The port of the server.
    public var port: UInt16 { server.port }

    /// Connects a plain client.
    ///
    /// - Throws: As `HTTPClient.connect`.
    public func connect() async throws(Failure) -> HTTPClient {
        try await HTTPClient.connect(.tcp(host: "127.0.0.1", port: port))
    }

    /// Sends raw bytes and gives everything that comes back until the server closes.
    ///
    /// - Throws: As `ByteStream`.
    public func talk(_ text: String, closes: Bool = false) async throws(Failure) -> String {
        let stream = try await raw()
        try await stream.write(Array(text.utf8))
        if closes { stream.finishWriting() }
        return try await readAll(stream)
    }

    /// Connects without a protocol.
    ///
    /// - Throws: As `ByteStream.connect`.
    public func raw() async throws(Failure) -> ByteStream {
        try await ByteStream.connect(host: "127.0.0.1", port: port, timeout: .seconds(5))
    }

    /// Reads until the end.
    ///
    /// - Throws: As `ByteStream.read`, and `timedOut` after ten seconds.
    public func readAll(_ stream: ByteStream) async throws(Failure) -> String {
        var all: [UInt8] = []
        let deadline = Loop.main.now + .seconds(10)
        while true {
            let bytes = try await stream.read(upTo: 4096, deadline: deadline)
            if bytes.isEmpty { return String(decoding: all, as: UTF8.self) }
            all += bytes
        }
    }

    /// Stops the server and waits for its connections to end.
    public func stop() async {
        server.stop()
        await running.value
    }
}

/// Runs a test against a server and stops the server in every case.
///
/// - Throws: What the test throws.
@MainLoop public func withLoopback(
    limits: HTTPLimits = HTTPLimits(),
    identity: TLSIdentity? = nil,
    _ handler: @escaping HTTPServer.Handler,
    test: @MainLoop (Loopback) async throws -> Void
) async throws {
    let loopback = try Loopback(limits: limits, identity: identity, handler: handler)
    do {
        try await test(loopback)
    } catch {
        await loopback.stop()
        throw error
    }
    await loopback.stop()
}
