import Basics
import Reactor
import Security
import System
import TestKit
import Testing

/// What a link told.
private final class Recorder: LinkOwner {
    var opened = 0
    var received: [UInt8] = []
    var ended = 0
    var drained = 0
    var failure: LinkFailure?
    var consumes = true

    func linkOpened(_ link: Link) { opened += 1 }
    func linkReceived(_ link: Link) {
        guard consumes else { return }
        received += Self.bytes(of: link.input)
        link.input.consume(link.input.count)
    }
    func linkEnded(_ link: Link) { ended += 1 }
    func linkDrained(_ link: Link) { drained += 1 }
    func linkFailed(_ link: Link, _ failure: LinkFailure) { self.failure = failure }

    private static func bytes(of buffer: borrowing ByteBuffer) -> [UInt8] {
        Array(copying: buffer.readable)
    }
}

/// A worker without a thread, whose clock goes as the test says.
private struct Bench {
    let worker: Worker
    let left = Recorder()
    let right = Recorder()
    var now = Instant.zero

    init() throws {
        worker = try Worker(
            index: 0,
            moment: Moment(instant: .zero, wall: Timestamp(nanoseconds: 0))
        )
    }

    /// Turns until nothing happens, or the condition holds.
    func settle(_ rounds: Int = 20_000, until done: () -> Bool = { false }) {
        for _ in 0..<rounds {
            if done() { return }
            worker.turn(waiting: false, at: Moment(instant: now, wall: Timestamp(nanoseconds: 0)))
        }
    }

    mutating func pass(_ duration: Duration) {
        now = now + duration
        settle(10)
    }

    static func pattern(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    }
}

@Suite struct LinkTests {
    @Test(arguments: [(3_000, 1), (50_000, 7), (300_000, 1_000), (1_000_000, Int.max)])
    func `what goes in comes out, however little fits on the way`(
        count: Int,
        capacity: Int
    ) throws {
        let bench = try Bench()
        let (one, other) = Link.pair(on: bench.worker, bench.left, bench.right, capacity: capacity)
        let bytes = Bench.pattern(count)
        one.output.append(bytes.span)
        one.touch()
        one.finish()
        bench.settle { bench.right.ended > 0 }
        #expect(bench.right.received == bytes)
        #expect(bench.right.ended == 1)
        #expect(one.sentCount == UInt64(count))
        #expect(other.receivedCount == UInt64(count))
        #expect(one.waitingCount == 0)
    }

    @Test func `a paused link receives nothing, and goes on where it was`() throws {
        let bench = try Bench()
        let (one, other) = Link.pair(on: bench.worker, bench.left, bench.right)
        other.pause()
        one.output.append("hello")
        one.touch()
        bench.settle(5)
        #expect(bench.right.received == [])
        other.resume()
        bench.settle(5)
        #expect(bench.right.received == Array("hello".utf8))
    }

    @Test func `what is not consumed is there again`() throws {
        let bench = try Bench()
        let (one, other) = Link.pair(on: bench.worker, bench.left, bench.right)
        bench.right.consumes = false
        one.output.append("hel")
        one.touch()
        bench.settle(5)
        bench.right.consumes = true
        one.output.append("lo")
        one.touch()
        bench.settle(5)
        #expect(bench.right.received == Array("hello".utf8))
        #expect(!other.isPaused)
    }

    @Test func `both directions end on their own`() throws {
        let bench = try Bench()
        let (one, other) = Link.pair(on: bench.worker, bench.left, bench.right)
        one.finish()
        bench.settle(5)
        #expect(bench.right.ended == 1)
        other.output.append("late")
        other.touch()
        bench.settle(5)
        #expect(bench.left.received == Array("late".utf8))
        #expect(bench.left.ended == 0)
        other.finish()
        bench.settle(5)
        #expect(bench.left.ended == 1)
    }

    @Test func `a full link tells once when there is room`() throws {
        let bench = try Bench()
        let (one, other) = Link.pair(on: bench.worker, bench.left, bench.right, capacity: 1000)
        one.fullAt = 2000
        other.pause()
        one.output.append(Bench.pattern(5000).span)
        one.touch()
        bench.settle(5)
        #expect(one.isFull)
        one.tellsDrained = true
        #expect(bench.left.drained == 0)
        other.resume()
        bench.settle(50)
        #expect(!one.isFull)
        #expect(bench.left.drained == 1)
    }

    @Test func `a gentle close sends everything and drops what comes`() throws {
        let bench = try Bench()
        let (one, other) = Link.pair(on: bench.worker, bench.left, bench.right, capacity: 10)
        one.output.append(Bench.pattern(500).span)
        one.touch()
        one.closeGently()
        other.output.append("nobody reads this")
        other.touch()
        bench.settle { bench.right.ended > 0 }
        #expect(bench.right.received == Bench.pattern(500))
        #expect(bench.left.received == [])
        #expect(one.isClosed)
        other.close()
        bench.settle(5)
        #expect(bench.left.failure == nil)
    }

    @Test func `a gentle close does not wait for a peer that stays`() throws {
        var bench = try Bench()
        let (ends, other) = try Sockets.pair()
        let link = Link(accepted: ends, on: bench.worker, owner: bench.left)
        try link.open()
        link.closeGently(linger: .seconds(1))
        bench.settle(5)
        #expect(link.descriptor >= 0)
        bench.pass(.milliseconds(999))
        #expect(link.descriptor >= 0)
        bench.pass(.milliseconds(2))
        #expect(link.descriptor == -1)
        Descriptors.close(other)
    }

    @Test func `sockets carry a megabyte both ways`() throws {
        let bench = try Bench()
        let (first, second) = try Sockets.pair()
        let one = Link(accepted: first, on: bench.worker, owner: bench.left)
        let other = Link(accepted: second, on: bench.worker, owner: bench.right)
        try one.open()
        try other.open()
        let bytes = Bench.pattern(1_000_000)
        for link in [one, other] {
            link.output.append(bytes.span)
            link.touch()
            link.finish()
        }
        bench.settle { bench.left.ended + bench.right.ended == 2 }
        #expect(bench.left.received == bytes)
        #expect(bench.right.received == bytes)
        #expect(bench.worker.blocks.keptCount > 0, "idle links hold no memory")
        one.close()
        other.close()
        #expect(bench.worker.sourceCount == 0)
    }

    @Test func `a peer that cuts the connection is told as a failure`() throws {
        let bench = try Bench()
        let (first, second) = try Sockets.pair()
        let one = Link(accepted: first, on: bench.worker, owner: bench.left)
        try one.open()
        // Closing with unread bytes resets a Unix socket.
        one.output.append("unread")
        one.touch()
        bench.settle(5)
        Descriptors.close(second)
        bench.settle(5)
        #expect(bench.left.failure == .cut(104))
        #expect(one.isClosed)
    }

    @Test func `nobody listening is told as a refusal`() throws {
        let bench = try Bench()
        let port = try FreePort.find()
        let address = try #require(SocketAddress(number: "127.0.0.1", port: port))
        let link = try Link.connect(
            address,
            on: bench.worker,
            owner: bench.left,
            deadline: bench.now + .seconds(5)
        )
        bench.settle { bench.left.failure != nil }
        #expect(bench.left.failure == .refused(111))
        #expect(link.descriptor == -1)
    }
}

@Suite struct SecureLinkTests {
    private func pair(
        _ bench: Bench,
        capacity: Int = .max
    ) async throws -> (Link, Link) {
        let certificate = try await TestCertificate()
        let server = try TLSServerContext(
            TLSIdentity(
                certificates: certificate.certificate,
                privateKey: certificate.privateKey
            )
        )
        let client = try TLSClientContext(
            TLSOptions(verification: .authorities(pem: certificate.certificate))
        )
        let (one, other) = Link.pair(on: bench.worker, bench.left, bench.right, capacity: capacity)
        try one.open(security: TLSEngine(client: client, serverName: "localhost"))
        try other.open(security: TLSEngine(server: server), deadline: bench.now + .seconds(5))
        return (one, other)
    }

    @Test(arguments: [1, 100, Int.max])
    func `bytes pass through TLS, however the records are cut`(capacity: Int) async throws {
        let bench = try Bench()
        let (one, other) = try await pair(bench, capacity: capacity)
        let bytes = Bench.pattern(40_000)
        one.output.append(bytes.span)
        other.output.append(bytes.span)
        bench.settle(200_000) {
            bench.left.received.count + bench.right.received.count == 80_000
        }
        #expect(bench.left.opened == 1)
        #expect(bench.right.opened == 1)
        #expect(bench.left.received == bytes)
        #expect(bench.right.received == bytes)
        one.finish()
        bench.settle(1000) { bench.right.ended > 0 }
        #expect(bench.right.ended == 1)
        #expect(bench.right.failure == nil)
    }

    @Test func `what is no TLS is refused`() async throws {
        let bench = try Bench()
        let certificate = try await TestCertificate()
        let server = try TLSServerContext(
            TLSIdentity(
                certificates: certificate.certificate,
                privateKey: certificate.privateKey
            )
        )
        let (one, other) = Link.pair(on: bench.worker, bench.left, bench.right)
        try other.open(security: TLSEngine(server: server), deadline: bench.now + .seconds(5))
        one.output.append("GET / HTTP/1.1\r\n\r\n")
        one.touch()
        bench.settle(10)
        guard case .insecure(let why) = bench.right.failure else {
            Issue.record("\(String(describing: bench.right.failure))")
            return
        }
        #expect(why == "http request")
    }

    @Test func `a peer that says nothing is given up`() async throws {
        var bench = try Bench()
        let (one, _) = try await pair(bench, capacity: 1)
        one.pause()
        bench.pass(.milliseconds(4999))
        #expect(bench.right.failure == nil)
        bench.pass(.milliseconds(2))
        #expect(bench.right.failure == .tooSlow)
    }

    @Test func `an untrusted server is refused by its client`() async throws {
        let bench = try Bench()
        let certificate = try await TestCertificate()
        let stranger = try await TestCertificate()
        let server = try TLSServerContext(
            TLSIdentity(
                certificates: certificate.certificate,
                privateKey: certificate.privateKey
            )
        )
        let client = try TLSClientContext(
            TLSOptions(verification: .authorities(pem: stranger.certificate))
        )
        let (one, other) = Link.pair(on: bench.worker, bench.left, bench.right)
        try one.open(security: TLSEngine(client: client, serverName: "localhost"))
        try other.open(security: TLSEngine(server: server), deadline: bench.now + .seconds(5))
        bench.settle(20)
        #expect(bench.left.failure == .insecure("self-signed certificate"))
        #expect(bench.right.failure == .insecure("tlsv1 alert unknown ca"))
    }
}
