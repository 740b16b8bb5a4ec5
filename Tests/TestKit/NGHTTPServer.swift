import Basics
import Reactor

/// Runs `nghttpd`, an independent HTTP/2 server, on a directory of files for the time of a test.
///
/// - Parameters:
///   - folder: The files to serve.
///   - trailers: Trailer fields of every response, as `name: value`.
///   - test: Gets the port on the loopback address.
/// - Throws: What the test throws; `TestProgram.Problem` if the server does not start.
@MainLoop public func withNGHTTPServer(
    of folder: TemporaryDirectory,
    trailers: [String] = [],
    test: @MainLoop (UInt16) async throws -> Void
) async throws {
    let port = try FreePort.find()
    let server = try TestProgram(
        "nghttpd",
        ["--no-tls", "--address=127.0.0.1", "--htdocs=\(folder.path)"]
            + trailers.map { "--trailer=\($0)" } + ["\(port)"]
    )
    try await eventually(within: .seconds(30), "nghttpd listens") {
        if let ending = server.poll() {
            throw TestProgram.Problem(description: "nghttpd ended, \(ending): \(server.errors)")
        }
        try await ByteStream.connect(host: "127.0.0.1", port: port, timeout: .seconds(5)).close()
        return true
    }
    try await test(port)
    server.signal(15)
    try await server.wait()
}
