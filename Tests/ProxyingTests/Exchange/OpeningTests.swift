import Basics
import System
import Testing

@testable import Proxying

/// Connections whose first bytes are looked at before they have a service.
@Suite(.serialized) struct OpeningTests {
    /// A client on a socket that speaks plain text.
    private final class Client {
        private var socket: Int32
        private(set) var text = ""
        private(set) var hasEnded = false

        init(_ address: SocketAddress) throws { socket = try Sockets.connect(address).0 }

        deinit { close() }

        func close() {
            if socket >= 0 { Descriptors.close(socket) }
            socket = -1
        }

        func send(_ text: String) {
            _ = SocketIO.send(socket, Array(text.utf8).span)
        }

        /// Takes what has come; true if something is there.
        func receive() -> Bool {
            var room = [UInt8](repeating: 0, count: 1 << 12)
            let count = room.withUnsafeMutableBytes { SocketIO.receive(socket, into: $0) }
            if count == 0 { hasEnded = true }
            guard count > 0 else { return hasEnded }
            text = String(decoding: room[..<count], as: UTF8.self)
            return true
        }
    }

    private static let header = "PROXY TCP4 192.0.2.1 192.0.2.2 1000 80\r\n"
    private static let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test func `a connection that has its service is not cut with the time for its first bytes`()
        async throws
    {
        let bench = try await ListenerBench(isSecure: false) { $0.acceptsProxyProtocol = true }
        let client = try Client(bench.address)
        client.send(Self.header + Self.request)
        #expect(bench.turn { client.receive() })
        #expect(client.text.hasSuffix("hello"))
        bench.now = bench.now + (bench.settings.detectionTimeout + .seconds(1))
        bench.turn()
        client.send(Self.request)
        #expect(bench.turn { client.receive() })
        #expect(!client.hasEnded && client.text.hasSuffix("hello"))
        client.close()
        #expect(bench.turn { bench.proxy.connectionCount == 0 })
    }

    @Test func `a client that sends no header is hung up when its time is over`() async throws {
        let bench = try await ListenerBench(isSecure: false) { $0.acceptsProxyProtocol = true }
        let client = try Client(bench.address)
        client.send("PROXY ")
        #expect(bench.turn { bench.proxy.connectionCount == 1 })
        bench.now = bench.now + (bench.settings.detectionTimeout + .seconds(1))
        #expect(bench.turn { client.receive() })
        #expect(client.hasEnded)
        #expect(bench.proxy.connectionCount == 0)
    }

    @Test func `a listener counts its connections`() async throws {
        let bench = try await ListenerBench(isSecure: false)
        func counts() -> [Int64] {
            ["total", "active", "destroy"].map { bench.value("listener.in.downstream_cx_\($0)") }
        }
        #expect(counts() == [0, 0, 0])
        let first = try Client(bench.address)
        let second = try Client(bench.address)
        #expect(bench.turn { counts() == [2, 2, 0] }, "\(counts())")
        first.close()
        #expect(bench.turn { counts() == [2, 1, 1] }, "\(counts())")
        second.close()
        #expect(bench.turn { counts() == [2, 0, 2] }, "\(counts())")
    }
}
