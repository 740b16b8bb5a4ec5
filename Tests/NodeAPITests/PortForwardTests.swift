import Basics
import Formats
import HTTP
import ObjectStore
import Reactor
import System
import TestKit
import Testing

@testable import NodeAPI

/// `port-forward` to a server that sends back what it gets, in every form that clients speak.
@MainLoop @Suite("Port forwarding", .timeLimit(.minutes(2))) struct PortForwardTests {
    let node: TestNode
    let server: HTTPServer
    let echo: StreamListener
    let target = TestNode.pods + "/web/portforward"

    init() throws {
        let node = try TestNode()
        self.node = node
        server = HTTPServer(listener: try StreamListener.listen(host: "127.0.0.1", port: 0)) {
            try await node.api.serve($0, $1)
        }
        echo = try StreamListener.listen(host: "127.0.0.1", port: 0)
    }

    /// Runs the API and the server of the pod for the time of a test.
    private func serving(_ body: @MainLoop () async throws -> Void) async throws {
        _ = await node.pod()
        try node.setStatus(["phase": "Running"])
        node.engine.target = echo.port
        let api = Task { @MainLoop in await server.run() }
        let pod = Task { @MainLoop in
            while let stream = try? await echo.accept() {
                Task { @MainLoop in
                    while let bytes = try? await stream.read(), !bytes.isEmpty {
                        try? await stream.write(bytes)
                    }
                    stream.close()
                }
            }
        }
        defer { echo.close() }
        do { try await body() } catch {
            server.stop()
            throw error
        }
        server.stop()
        await api.value
        echo.close()
        await pod.value
    }

    private func client() async throws -> HTTPClient {
        try await HTTPClient.connect(.tcp(host: "127.0.0.1", port: server.port, tls: nil))
    }

    // MARK: SPDY

    /// A client of SPDY that keeps what came.
    @MainLoop private final class Spdy {
        let stream: UpgradedStream
        let encoder = SPDYEncoder()
        var decoder = SPDYDecoder()
        var data: [UInt32: [UInt8]] = [:]
        var ended: Set<UInt32> = []
        var frames: [SPDYFrame] = []

        init(_ stream: UpgradedStream) {
            self.stream = stream
        }

        func send(_ frame: SPDYFrame) async throws {
            try await stream.write(encoder.bytes(frame))
        }

        func open(_ id: UInt32, _ type: String, port: String = "80", request: String = "0")
            async throws
        {
            let headers = [
                SPDYHeader("streamtype", type), SPDYHeader("port", port),
                SPDYHeader("requestid", request),
            ]
            try await send(.open(stream: id, headers: headers, isLast: type == "error"))
        }

        func read(until isDone: (Spdy) -> Bool) async throws {
            let deadline = Loop.main.now + .seconds(20)
            while !isDone(self) {
                let bytes = try await stream.read(deadline: deadline)
                guard !bytes.isEmpty else { throw Failure(.unavailable, "the server has left") }
                decoder.append(bytes)
                while let frame = try decoder.next() {
                    frames.append(frame)
                    guard case .data(let id, let bytes, let isLast) = frame else { continue }
                    data[id, default: []] += bytes
                    if isLast { ended.insert(id) }
                }
            }
        }

        func text(_ id: UInt32) -> String { String(decoding: data[id] ?? [], as: UTF8.self) }
    }

    private func spdy() async throws -> Spdy {
        let answer = try await client().upgrade(
            "POST",
            target,
            to: "SPDY/3.1",
            headers: ["X-Stream-Protocol-Version": "portforward.k8s.io"]
        )
        guard case .open(let stream) = answer else { throw Failure(.invalid, "refused") }
        return Spdy(stream)
    }

    @Test func `bytes go both ways, several connections at once, ends too`() async throws {
        try await serving {
            let spdy = try await spdy()
            for number: UInt32 in 0..<10 {
                try await spdy.open(4 * number + 1, "error", request: "\(number)")
                try await spdy.open(4 * number + 3, "data", request: "\(number)")
            }
            for number: UInt32 in 0..<10 {
                let bytes = [UInt8](repeating: UInt8(number), count: 100_000)
                try await spdy.send(.data(stream: 4 * number + 3, bytes: bytes, isLast: true))
            }
            try await spdy.read { $0.ended.count == 20 }
            for number: UInt32 in 0..<10 {
                #expect(spdy.data[4 * number + 3]?.count == 100_000)
                #expect(spdy.data[4 * number + 3]?.allSatisfy { $0 == UInt8(number) } == true)
                #expect(spdy.data[4 * number + 1] == [])
            }
            try await spdy.send(.ping(9))
            try await spdy.read { $0.frames.contains(.ping(9)) }
            #expect(node.engine.dialled == Array(repeating: 80, count: 10))
            spdy.stream.close()
        }
    }

    @Test func `a port where nobody listens is told on the error stream`() async throws {
        try await serving {
            node.engine.target = nil
            let spdy = try await spdy()
            try await spdy.open(1, "error")
            try await spdy.open(3, "data")
            try await spdy.read { $0.ended == [1, 3] }
            #expect(spdy.text(1).hasPrefix("error forwarding port 80 to pod web, uid "))
            #expect(spdy.text(1).contains("nobody listens"))
            // The next one may work.
            node.engine.target = echo.port
            try await spdy.open(5, "error", request: "1")
            try await spdy.open(7, "data", request: "1")
            try await spdy.send(.data(stream: 7, bytes: Array("hi".utf8), isLast: true))
            try await spdy.read { $0.ended.isSuperset(of: [5, 7]) }
            #expect(spdy.text(7) == "hi")
            spdy.stream.close()
        }
    }

    @Test func `streams without a port or of another kind are reset`() async throws {
        try await serving {
            let spdy = try await spdy()
            try await spdy.open(1, "data", port: "0")
            try await spdy.open(3, "data", port: "x")
            try await spdy.open(5, "stdin")
            // No client's stream has such a number, and no request ID stands for it.
            let headers = [SPDYHeader("streamtype", "data"), SPDYHeader("port", "80")]
            try await spdy.send(.open(stream: 0, headers: headers, isLast: false))
            try await spdy.read {
                $0.frames.filter { if case .reset = $0 { true } else { false } }.count == 4
            }
            // A reset connection frees its place; the others go on.
            try await spdy.open(9, "error", request: "2")
            try await spdy.open(11, "data", request: "2")
            try await spdy.send(.data(stream: 11, bytes: Array("a".utf8), isLast: false))
            try await spdy.read { $0.text(11) == "a" }
            try await spdy.send(.reset(stream: 11, status: 5))
            try await spdy.open(13, "error", request: "3")
            try await spdy.open(15, "data", request: "3")
            try await spdy.send(.data(stream: 15, bytes: Array("b".utf8), isLast: true))
            try await spdy.read { $0.ended.contains(15) }
            #expect(spdy.text(15) == "b")
            spdy.stream.close()
        }
    }

    @Test func `a client that leaves or breaks the protocol ends its connections`() async throws {
        try await serving {
            let spdy = try await spdy()
            try await spdy.open(1, "error")
            try await spdy.open(3, "data")
            try await spdy.send(.data(stream: 3, bytes: Array("x".utf8), isLast: false))
            try await spdy.read { $0.text(3) == "x" }
            try await spdy.stream.write([0x80, 2, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1])
            while try await !spdy.stream.read(deadline: Loop.main.now + .seconds(20)).isEmpty {}
        }
        #expect(server.statistics.open == 0)
    }

    @Test func `a connection that takes nothing is reset, and the others go on`() async throws {
        try await serving {
            // Nobody accepts there: the kernel takes what its buffers hold.
            let deaf = try StreamListener.listen(host: "127.0.0.1", port: 0)
            defer { deaf.close() }
            let link = FakeByteLink()
            var limits = InboxBudget.Limits()
            limits.inbox = 1 << 16
            limits.patience = .milliseconds(100)
            limits.lonelyPatience = .milliseconds(100)
            limits.tick = .milliseconds(10)
            let key = ObjectKey("pods", "default", "web")
            let goal = PortForward(pod: key, uid: "u", ports: [], services: node.engine)
            let work = Task { @MainLoop in
                await PortForwardSession(goal, limits: limits).run(link)
            }
            @MainLoop func open(_ number: UInt32) {
                for (stream, type) in [(4 * number + 1, "error"), (4 * number + 3, "data")] {
                    let headers = [
                        SPDYHeader("streamtype", type), SPDYHeader("port", "80"),
                        SPDYHeader("requestid", "\(number)"),
                    ]
                    link.say(.open(stream: stream, headers: headers, isLast: type == "error"))
                }
            }
            node.engine.target = deaf.port
            open(0)
            while node.engine.dialled.count < 1 { await Loop.main.turn() }
            node.engine.target = echo.port
            open(1)
            let piece = [UInt8](repeating: 1, count: 1 << 16)
            for _ in 0..<200 { link.say(.data(stream: 3, bytes: piece, isLast: false)) }
            link.say(.data(stream: 7, bytes: Array("go on".utf8), isLast: true))
            let deadline = Loop.main.now + .seconds(20)
            while !link.hasEnded(7), Loop.main.now < deadline {
                try await Loop.main.sleep(for: .milliseconds(5))
            }
            #expect(link.text(7) == "go on")
            #expect(link.frames.contains(.reset(stream: 3, status: 5)))
            #expect(link.frames.contains(.ping(2)) && link.text(1).isEmpty)
            await link.close()
            await work.value
        }
    }

    // MARK: Channels

    @Test func `clients without SPDY name their ports at the start`() async throws {
        try await serving {
            let answer = try await client().openWebSocket(
                target + "?ports=80,81",
                protocols: ["v5.channel.k8s.io", "v4.channel.k8s.io"]
            )
            guard case .open(let socket) = answer else {
                Issue.record("refused")
                return
            }
            #expect(socket.subprotocol == "v4.channel.k8s.io")
            var first: [[UInt8]] = []
            for _ in 0..<4 { first.append(try await socket.receive()?.bytes ?? []) }
            #expect(first == [[0, 80, 0], [1, 80, 0], [2, 81, 0], [3, 81, 0]])
            try await socket.send([2] + Array("hello".utf8))
            #expect(try await socket.receive()?.bytes == [2] + Array("hello".utf8))
            await socket.close()
        }
    }

    // MARK: Refusals

    @Test func `what cannot be forwarded is refused before the protocol changes`() async throws {
        try await serving {
            #expect(await node.call("GET", TestNode.pods + "/none/portforward").status == 404)
            #expect(await node.call("POST", target + "?ports=0").status == 400)
            let plain = try await client().request("POST", target)
            #expect(plain.status == 400)
            let channels = try await client().openWebSocket(
                target,
                protocols: ["v4.channel.k8s.io"]
            )
            guard case .refused(let response) = channels else {
                Issue.record("opened")
                return
            }
            #expect(response.status == 400)
            try node.setStatus(["phase": "Pending"])
            let pending = await node.call("POST", target)
            #expect(pending.status == 400)
            #expect(
                pending.json["message"]
                    == "unable to forward port because pod is not running. Current status=Pending"
            )
        }
    }

    // MARK: kubectl

    @Test(arguments: ["true", "false"])
    func `kubectl forwards, over a WebSocket and over SPDY`(_ webSockets: String) async throws {
        try await serving {
            let home = try TemporaryDirectory()
            let kubectl = try TestProgram(
                "kubectl",
                ["-s", "http://127.0.0.1:\(server.port)", "port-forward", "pod/web", ":80"],
                environment: [
                    "KUBECTL_PORT_FORWARD_WEBSOCKETS": webSockets, "HOME": home.path,
                ]
            )
            var port: UInt16 = 0
            for _ in 0..<400 where port == 0 {
                try await Loop.main.sleep(for: .milliseconds(50))
                let found = kubectl.output.firstMatch(of: /127\.0\.0\.1:([0-9]+) -> 80/)
                port = found.flatMap { UInt16($0.1) } ?? 0
            }
            try #require(port != 0, "\(kubectl.output) \(kubectl.errors)")
            let exchanges = (0..<20).map { number in
                Task { @MainLoop in try await Self.exchange(port, number) }
            }
            for exchange in exchanges { #expect(try await exchange.value == 300_000) }
            kubectl.signal(2)
            _ = try await kubectl.wait()
            #expect(node.engine.dialled.count == 20)
        }
    }

    @Test func `kubectl forwards to a service's pod, by the name of its port`() async throws {
        try await serving {
            _ = await node.call(
                "PATCH",
                TestNode.pods + "/web",
                ["metadata": ["labels": ["app": "web"]]],
                type: "application/merge-patch+json"
            )
            let service = await node.call(
                "POST",
                "/api/v1/namespaces/default/services",
                [
                    "metadata": ["name": "front"],
                    "spec": [
                        "selector": ["app": "web"],
                        "ports": [["name": "http", "port": 8000, "targetPort": 80]],
                    ],
                ]
            )
            #expect(service.status == 201, "\(service.text)")
            let home = try TemporaryDirectory()
            let kubectl = try TestProgram(
                "kubectl",
                ["-s", "http://127.0.0.1:\(server.port)", "port-forward", "svc/front", ":http"],
                environment: ["HOME": home.path]
            )
            var port: UInt16 = 0
            for _ in 0..<400 where port == 0 {
                try await Loop.main.sleep(for: .milliseconds(50))
                let found = kubectl.output.firstMatch(of: /127\.0\.0\.1:([0-9]+) -> 80/)
                port = found.flatMap { UInt16($0.1) } ?? 0
            }
            try #require(port != 0, "\(kubectl.output) \(kubectl.errors)")
            #expect(try await Self.exchange(port, 7) == 300_000)
            kubectl.signal(2)
            _ = try await kubectl.wait()
            #expect(node.engine.dialled == [80])
        }
    }

    /// Sends bytes and reads them back; tells how many came.
    private static func exchange(_ port: UInt16, _ number: Int) async throws -> Int {
        let stream = try await ByteStream.connect(
            host: "127.0.0.1",
            port: port,
            timeout: .seconds(10)
        )
        let bytes = [UInt8](repeating: UInt8(number), count: 300_000)
        let deadline = Loop.main.now + .seconds(30)
        let writer = Task { @MainLoop in try await stream.write(bytes, deadline: deadline) }
        var count = 0
        while count < bytes.count {
            let piece = try await stream.read(deadline: deadline)
            guard !piece.isEmpty else { break }
            count += piece.count { $0 == UInt8(number) }
        }
        try await writer.value
        stream.close()
        return count
    }
}
