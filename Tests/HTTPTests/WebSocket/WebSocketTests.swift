import Basics
import Reactor
import TestKit
import Testing

@testable import HTTP

@Suite("WebSocket", .timeLimit(.minutes(1))) struct WebSocketTests {
    @Test @MainLoop func `messages pass both ways and the close is orderly`() async throws {
        let serverDone = Gate()
        try await withLoopback { request, responder in
            #expect(request.wantsWebSocket)
            #expect(request.webSocketProtocols == ["v5", "v4"])
            let socket = try await responder.upgradeWebSocket(protocol: "v4")
            while let message = try await socket.receive() {
                switch message {
                case .text(let text): try await socket.send(text: text + "!")
                case .binary(let bytes): try await socket.send(bytes.reversed())
                }
            }
            #expect(socket.closeCode == 4000)
            #expect(socket.closeReason == "enough")
            serverDone.open()
        } test: { loopback in
            let client = try await loopback.connect()
            let socket = try await client.webSocket("/ws", protocols: ["v5", "v4"])
            #expect(socket.subprotocol == "v4")
            try await socket.send(text: "hi")
            #expect(try await socket.receive() == .text("hi!"))
            let long = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
            try await socket.send(long)
            #expect(try await socket.receive() == .binary(long.reversed()))
            try await socket.ping([1, 2])
            await socket.close(code: 4000, reason: "enough")
            #expect(socket.closeCode == 4000)
            await serverDone.pass()
        }
    }

    @Test @MainLoop func `the server's return closes with 1000`() async throws {
        try await withLoopback { _, responder in
            let socket = try await responder.upgradeWebSocket()
            try await socket.send([1])
            try await socket.send([2])
        } test: { loopback in
            let socket = try await loopback.connect().webSocket("/")
            #expect(try await socket.receive() == .binary([1]))
            #expect(try await socket.receive() == .binary([2]))
            #expect(try await socket.receive() == nil)
            #expect(socket.closeCode == 1000)
            await #expect(throws: Failure.self) { try await socket.send([3]) }
        }
    }

    @Test @MainLoop func `a close while another task receives waits for the peer`() async throws {
        let done = Gate()
        try await withLoopback { _, responder in
            let socket = try await responder.upgradeWebSocket()
            let receiver = Task { @MainLoop in try await socket.receive() }
            try await Loop.main.sleep(for: .milliseconds(5))
            await socket.close(code: 1001)
            #expect(socket.closeCode == 1001)
            #expect(try await receiver.value == nil)
            done.open()
        } test: { loopback in
            let socket = try await loopback.connect().webSocket("/")
            #expect(try await socket.receive() == nil)
            #expect(socket.closeCode == 1001)
            await done.pass()
        }
    }

    @Test @MainLoop func `who receives after a close has begun is told the end`() async throws {
        let (isLate, done) = (Gate(), Gate())
        try await withLoopback { _, responder in
            let socket = try await responder.upgradeWebSocket()
            let closer = Task { @MainLoop in await socket.close(code: 1001) }
            try await Loop.main.sleep(for: .milliseconds(5))
            let receiver = Task { @MainLoop in try await socket.receive() }
            try await Loop.main.sleep(for: .milliseconds(5))
            isLate.open()
            #expect(try await receiver.value == nil)
            await closer.value
            #expect(socket.closeCode == 1001)
            done.open()
        } test: { loopback in
            let socket = try await loopback.connect().webSocket("/")
            await isLate.pass()
            #expect(try await socket.receive() == nil)
            await done.pass()
        }
    }

    @Test @MainLoop func `a refusal comes with the server's words`() async throws {
        try await withLoopback { _, responder in
            try await responder.respond(404, text: "no pod here\n")
        } test: { loopback in
            let client = try await loopback.connect()
            let error = await #expect(throws: Failure.self) { try await client.webSocket("/") }
            #expect(error?.code == .notFound)
            #expect(error?.cause == "no pod here")
        }
    }

    @Test(arguments: [
        "Upgrade: websocket\r\n", "Connection: Upgrade\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: short==\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 8\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
    ])
    @MainLoop func `an improper handshake is refused`(fields: String) async throws {
        try await withLoopback { _, responder in
            _ = try await responder.upgradeWebSocket()
        } test: { loopback in
            let answer = try await loopback.talk(
                "GET / HTTP/1.1\r\nHost: x\r\n\(fields)Connection: close\r\n\r\n"
            )
            #expect(answer.hasPrefix("HTTP/1.1 400"))
        }
    }

    @Test @MainLoop func `a message above the limit ends the connection with 1009`() async throws {
        try await withLoopback { _, responder in
            let socket = try await responder.upgradeWebSocket(messageLimit: 10)
            let error = await #expect(throws: Failure.self) { try await socket.receive() }
            #expect(error?.code == .invalid)
        } test: { loopback in
            let socket = try await loopback.connect().webSocket("/")
            try await socket.send([UInt8](repeating: 0, count: 11))
            #expect(try await socket.receive() == nil)
            #expect(socket.closeCode == 1009)
        }
    }

    @Test @MainLoop func `a peer that vanishes is an error and not an end`() async throws {
        let done = Gate()
        try await withLoopback { _, responder in
            let socket = try await responder.upgradeWebSocket()
            let error = await #expect(throws: Failure.self) { try await socket.receive() }
            #expect(error?.code == .unavailable)
            #expect(socket.closeCode == 1006)
            done.open()
        } test: { loopback in
            let socket = try await loopback.connect().webSocket("/")
            socket.drop()
            await done.pass()
        }
    }

    @Test @MainLoop func `another protocol gets the raw bytes`() async throws {
        try await withLoopback { request, responder in
            #expect(request.headers["upgrade"] == "SPDY/3.1")
            let stream = try await responder.upgrade(to: "SPDY/3.1", headers: ["X-V": "4"])
            while true {
                let bytes = try await stream.read()
                if bytes.isEmpty { break }
                try await stream.write(bytes)
            }
        } test: { loopback in
            let text = try await loopback.talk(
                "POST / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\nraw",
                closes: true
            )
            #expect(text.hasPrefix("HTTP/1.1 101 Switching Protocols\r\n"))
            #expect(text.contains("X-V: 4\r\n"))
            #expect(text.hasSuffix("\r\n\r\nraw"))
            let client = try await loopback.connect()
            guard case .open(let stream) = try await client.upgrade("POST", "/", to: "SPDY/3.1")
            else { Issue.record("refused"); return }
            try await stream.write([7])
            #expect(try await stream.read() == [7])
            stream.close()
        }
    }
}
