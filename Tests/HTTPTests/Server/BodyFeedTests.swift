import Basics
import Reactor
import Security
import TestKit
import Testing

@testable import HTTP

@Suite("Bodies without a task: over connections", .timeLimit(.minutes(1))) @MainLoop
struct BodyFeedTests {
    /// A supply to which a test adds pieces.
    @MainLoop final class Supply: BodySupply {
        private var pieces: [BodyPiece]
        private var wake: (@MainLoop () -> Void)?
        private(set) var asked = 0
        private(set) var closed = 0
        let closing = Gate()
        /// What follows when the pieces are over.
        private let last: BodyPiece

        init(_ texts: [String] = [], then last: BodyPiece = .later) {
            pieces = texts.map { .chunk(BodyChunk(Array($0.utf8))) }
            self.last = last
        }

        func begin(_ wake: @escaping @MainLoop () -> Void) { self.wake = wake }

        func next() -> BodyPiece {
            asked += 1
            return pieces.isEmpty ? last : pieces.removeFirst()
        }

        func close() {
            closed += 1
            closing.open()
        }

        func add(_ more: BodyPiece...) {
            pieces += more
            wake?()
        }
    }

    @Test func `a connection is used again after a body that was fed`() async throws {
        let supply = Supply(["one", "two"])
        try await withLoopback { request, responder in
            #expect(try await request.body(limit: 0).isEmpty)
            if request.path == "/2" { return try await responder.respond(200, text: "second") }
            try await responder.feed(200, headers: ["X-A": "b"], from: supply)
        } test: { loopback in
            let stream = try await loopback.raw()
            try await stream.write(Array("GET /1 HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
            // Sent early, it is kept.
            let next = "GET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            try await stream.write(Array(next.prefix(20).utf8))
            while supply.asked < 3 { await Loop.main.turn() }
            try await stream.write(Array(next.dropFirst(20).utf8))
            supply.add(.chunk(BodyChunk(Array("three".utf8))), .end)
            let text = try await loopback.readAll(stream)
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n"))
            #expect(
                text.contains("\r\n\r\n3\r\none\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\nHTTP/1.1 200")
            )
            #expect(text.hasSuffix("second"))
            #expect(supply.closed == 1 && loopback.server.statistics.accepted == 1)
            #expect(loopback.server.statistics.requests == 2)
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.0\r\n\r\n", "onetwo"),
        ("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", ""),
        (
            "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
        ),
        // Its body is not read: what is left of it must not be taken for a request.
        (
            "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n",
            "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
        ),
    ])
    func `a body is in the form of its version, and a connection that is over is closed`(
        request: String,
        body: String
    ) async throws {
        let supply = Supply(["one", "two"], then: .end)
        try await withLoopback { _, responder in
            try await responder.feed(200, from: supply)
        } test: { loopback in
            let text = try await loopback.talk(request)
            #expect(text.hasSuffix("\r\n\r\n" + body))
            #expect(supply.closed == 1)
            while loopback.server.statistics.open > 0 { await Loop.main.turn() }
        }
    }

    @Test func `a supply learns that its client has left, in the middle of a piece too`()
        async throws
    {
        for texts in [[], ["one"], [String(repeating: "x", count: 8 << 20)]] {
            let supply = Supply(texts)
            try await withLoopback { _, responder in
                try await responder.feed(200, from: supply)
            } test: { loopback in
                let stream = try await loopback.raw()
                try await stream.write(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
                _ = try await stream.read(upTo: 10)
                while supply.asked == 0 { await Loop.main.turn() }
                stream.close()
                await supply.closing.pass()
                while loopback.server.statistics.open > 0 { await Loop.main.turn() }
                supply.add(.end)
                #expect(supply.closed == 1)
            }
        }
    }

    @Test func `a client that takes nothing holds up the supply, and is left`() async throws {
        let piece = BodyPiece.chunk(BodyChunk([UInt8](repeating: 0x61, count: 60_000)))
        let supply = Supply([], then: piece)
        var limits = HTTPLimits()
        limits.stalledStream = .seconds(2)
        try await withLoopback(limits: limits) { _, responder in
            try await responder.feed(200, from: supply)
        } test: { loopback in
            let stream = try await loopback.raw()
            try await stream.write(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
            // One that takes something now and then is not left.
            for round in 1...5 {
                let asked = supply.asked
                while try stream.readNow()?.isEmpty == false {}
                while supply.asked == asked { await Loop.main.turn() }
                #expect(supply.closed == 0 && supply.asked > round)
            }
            await supply.closing.pass()
            // What the kernel holds, and little more, was asked for.
            #expect(supply.asked < 1000)
            while loopback.server.statistics.open > 0 { await Loop.main.turn() }
        }
    }

    @Test func `a server that stops leaves the clients of its feeds`() async throws {
        let supply = Supply(["one"])
        let loopback = try Loopback { _, responder in
            try await responder.feed(200, from: supply)
        }
        let stream = try await loopback.raw()
        try await stream.write(Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
        while supply.asked < 2 { await Loop.main.turn() }
        await loopback.stop()
        #expect(supply.closed == 1 && loopback.server.statistics.open == 0)
    }

    @Test func `a server that stops in order waits for its feeds`() async throws {
        let supply = Supply(["one"])
        let loopback = try Loopback { _, responder in
            try await responder.feed(200, from: supply)
        }
        let client = try await loopback.connect()
        let response = try await client.request("GET", "/")
        #expect(try await response.next() == Array("one".utf8))
        let stopping = Task { @MainLoop in await loopback.server.stop(within: .seconds(10)) }
        await Loop.main.turn()
        supply.add(.chunk(BodyChunk(Array("two".utf8))), .end)
        #expect(try await response.collect(limit: 10) == Array("two".utf8))
        await stopping.value
        #expect(supply.closed == 1 && loopback.server.statistics.open == 0)
        await loopback.stop()
    }

    @Test func `a failure of the handler after the head is seen by the client`() async throws {
        let supply = Supply(["one"])
        try await withLoopback { _, responder in
            try await responder.feed(200, from: supply)
            throw Failure(.internalError, "something else broke")
        } test: { loopback in
            let text = try await loopback.talk("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            #expect(text.hasSuffix("\r\n\r\n") && !text.hasSuffix("0\r\n\r\n"))
            #expect(supply.closed == 1)
        }
    }

    @Test func `large bodies go through TLS, whatever the pace`() async throws {
        let made = try await TestCertificate()
        let identity = TLSIdentity(certificates: made.certificate, privateKey: made.privateKey)
        var random = SeededGenerator(seed: 7)
        let texts = (0..<60).map { number in
            String(repeating: "\(number % 10)", count: Int.random(in: 1...40_000, using: &random))
        }
        let expected = Array(texts.joined().utf8)
        try await withLoopback(identity: identity) { request, responder in
            // One whose request was not read to its end would be closed.
            #expect(try await request.body(limit: 0).isEmpty)
            try await responder.feed(200, from: Supply(texts, then: .end))
        } test: { loopback in
            let client = try await HTTPClient.connect(
                .tcp(host: "127.0.0.1", port: loopback.port, tls: .unverified)
            )
            for _ in 0..<2 {
                let response = try await client.request("GET", "/")
                var body: [UInt8] = []
                while let piece = try await response.next() {
                    body += piece
                    if Bool.random(using: &random) { await Loop.main.turn() }
                }
                #expect(body == expected)
            }
            #expect(client.isReusable)
            client.close()
        }
    }

    @Test(arguments: 0..<4)
    func `whatever clients do, each has seen a beginning of the same`(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        var supplies: [Supply] = []
        try await withLoopback { _, responder in
            let supply = Supply()
            supplies.append(supply)
            try await responder.feed(200, from: supply)
        } test: { loopback in
            var clients: [(stream: ByteStream, seen: [UInt8])] = []
            var expected: [UInt8] = []
            for _ in 0..<8 {
                let stream = try await loopback.raw()
                try await stream.write(Array("GET / HTTP/1.0\r\n\r\n".utf8))
                var head: [UInt8] = []
                // Nothing but the head comes before the first piece.
                while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
                    head += try await stream.read()
                }
                clients.append((stream, []))
            }
            for step in 0..<80 {
                let count = [1, 300, 9000].randomElement(using: &random) ?? 1
                let chunk = BodyChunk([UInt8](repeating: UInt8(step), count: count))
                expected += chunk.content
                for supply in supplies { supply.add(.chunk(chunk)) }
                if Bool.random(using: &random) { await Loop.main.turn() }
                let index = Int.random(in: 0..<clients.count, using: &random)
                switch Int.random(in: 0..<20, using: &random) {
                case 0: clients[index].stream.close()
                case 1...6 where clients[index].stream.descriptor >= 0:
                    while let more = try clients[index].stream.readNow(upTo: count), !more.isEmpty {
                        clients[index].seen += more
                    }
                default: break
                }
            }
            for supply in supplies { supply.add(.end) }
            for client in clients {
                let isThere = client.stream.descriptor >= 0
                var seen = client.seen
                if isThere { seen += try await Self.rest(of: client.stream) }
                #expect(isThere ? seen == expected : expected.starts(with: seen))
            }
            while loopback.server.statistics.open > 0 { await Loop.main.turn() }
            #expect(supplies.map(\.closed) == supplies.map { _ in 1 })
        }
    }

    private static func rest(of stream: ByteStream) async throws -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let more = try await stream.read(deadline: Loop.main.now + .seconds(20))
            if more.isEmpty { return all }
            all += more
        }
    }
}
