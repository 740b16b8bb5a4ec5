import Basics
import System
import Testing

@testable import Reactor

@Suite("Connections", .timeLimit(.minutes(1))) struct ConnectionTests {
    @Test @MainLoop func `a listener on loopback is reached by number and by name`() async throws {
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        #expect(listener.port != 0)
        for host in ["127.0.0.1", "localhost"] {
            let client = try await ByteStream.connect(
                host: host,
                port: listener.port,
                timeout: .seconds(20)
            )
            let server = try await listener.accept(deadline: Loop.main.now + .seconds(20))
            try await client.write([7])
            #expect(try await server.read() == [7])
        }
        listener.close()
    }

    @Test @MainLoop func `a port nobody listens at refuses`() async throws {
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        let port = listener.port
        listener.close()
        let failure = await #expect(throws: Failure.self) {
            try await ByteStream.connect(host: "127.0.0.1", port: port, timeout: .seconds(20))
        }
        #expect(failure?.code == .unavailable)
        #expect(failure?.description.contains("Connection refused") == true)
    }

    @Test @MainLoop func `a taken port is a conflict`() throws {
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        let failure = #expect(throws: Failure.self) {
            try StreamListener.listen(host: "127.0.0.1", port: listener.port)
        }
        #expect(failure?.code == .conflict)
    }

    @Test @MainLoop func `a name is no address to listen at`() {
        let failure = #expect(throws: Failure.self) {
            try StreamListener.listen(host: "localhost", port: 0)
        }
        #expect(failure?.code == .invalid)
    }

    @Test @MainLoop func `a stale socket is replaced and a live one is not`() async throws {
        let directory = try Files.makeTemporaryDirectory("/tmp/remora-test-")
        defer { try? Files.removeTree(directory) }
        let path = directory + "/api.sock"
        // A socket that was bound and closed without removing its name.
        _ = try Sockets.listen(unix: path, mode: 0o600)
        let listener = try StreamListener.listen(unix: path)
        #expect(try Files.stat(path).mode == 0o600)
        let failure = #expect(throws: Failure.self) { try StreamListener.listen(unix: path) }
        #expect(failure?.code == .conflict)
        let client = try await ByteStream.connect(unix: path, timeout: .seconds(20))
        // The refused listener knocked first, to see whether somebody is there.
        _ = try await listener.accept()
        let server = try await listener.accept()
        #expect(try Sockets.peerUser(server.descriptor) == Host.effectiveUser)
        try await server.write([1])
        #expect(try await client.read() == [1])
        listener.close()
        #expect(!Files.exists(path))
    }

    @Test @MainLoop func `a file in the way of a socket is kept`() throws {
        let directory = try Files.makeTemporaryDirectory("/tmp/remora-test-")
        defer { try? Files.removeTree(directory) }
        try Files.write(directory + "/x", "precious")
        let failure = #expect(throws: Failure.self) {
            try StreamListener.listen(unix: directory + "/x")
        }
        #expect(failure?.code == .conflict)
        #expect(try Files.text(directory + "/x") == "precious")
    }

    @Test @MainLoop func `a path longer than an address is served`() async throws {
        let directory = try Files.makeTemporaryDirectory("/tmp/remora-test-")
        defer { try? Files.removeTree(directory) }
        let deep = directory + "/" + String(repeating: "d", count: 120)
        try Files.makeDirectories(deep)
        let listener = try StreamListener.listen(unix: deep + "/s")
        let client = try await ByteStream.connect(unix: deep + "/s", timeout: .seconds(20))
        _ = try await listener.accept()
        client.close()
    }

    @Test @MainLoop func `accepting ends by deadline, cancellation and closing`() async throws {
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        let late = await #expect(throws: Failure.self) {
            try await listener.accept(deadline: Loop.main.now + .milliseconds(2))
        }
        #expect(late?.code == .timedOut)
        let cancelled = Task { @MainLoop in _ = try await listener.accept() }
        await Task.yield()
        cancelled.cancel()
        let first = await #expect(throws: Failure.self) { try await cancelled.value }
        #expect(first?.code == .cancelled)
        let closed = Task { @MainLoop in _ = try await listener.accept() }
        await Task.yield()
        listener.close()
        let second = await #expect(throws: Failure.self) { try await closed.value }
        #expect(second?.code == .cancelled)
    }

    @Test @MainLoop func `a missing socket is not found`() async {
        let failure = await #expect(throws: Failure.self) {
            try await ByteStream.connect(unix: "/nonexistent/sock", timeout: .seconds(5))
        }
        #expect(failure?.code == .notFound)
    }
}
