import Basics
import Glibc
import Reactor
import System
import TestKit
import Testing

/// What a relay told.
private final class Watcher: RelayOwner {
    var ending: RelayEnding?
    func relayEnded(_ relay: Relay, _ ending: RelayEnding) { self.ending = ending }
}

/// A relay between two pairs of real sockets, driven without a thread.
private final class Bench {
    let worker: Worker
    let watcher = Watcher()
    let relay: Relay
    let client: Int32
    let host: Int32
    var now = Instant.zero
    private(set) var arrived: [Int32: [UInt8]] = [:]
    private(set) var ended: Set<Int32> = []

    init(idleTimeout: Duration? = nil) throws {
        worker = try Worker(
            index: 0,
            moment: Moment(instant: .zero, wall: Timestamp(nanoseconds: 0))
        )
        let one = try Self.pair()
        let other = try Self.pair()
        client = one.0
        host = other.0
        relay = Relay(one.1, other.1, on: worker, owner: watcher, idleTimeout: idleTimeout)
    }

    deinit {
        relay.close()
        close(client)
        close(host)
    }

    /// Two connected TCP sockets.
    static func pair() throws -> (Int32, Int32) {
        let wanted = try #require(SocketAddress(number: "127.0.0.1", port: 0))
        let listening = try Sockets.listen(wanted)
        let listener = listening.number
        let address = try Sockets.localAddress(listener)
        let (one, _) = try Sockets.connect(address)
        for _ in 0..<1000 {
            let other = SocketIO.accept(listener)
            if other >= 0 { return (one, other) }
            usleep(100)
        }
        throw Failure(.unavailable, "no connection on loopback")
    }

    func turn() {
        worker.turn(waiting: false, at: Moment(instant: now, wall: Timestamp(nanoseconds: 0)))
    }

    /// Sends as much as fits, and returns what does not.
    func put(_ bytes: ArraySlice<UInt8>, into socket: Int32) -> ArraySlice<UInt8> {
        let part = Array(bytes.prefix(200_000))
        if part.isEmpty { return bytes }
        let count = SocketIO.send(socket, part.span)
        return count > 0 ? bytes.dropFirst(count) : bytes
    }

    func take(from socket: Int32, upTo limit: Int = 100_000) {
        var room = [UInt8](repeating: 0, count: limit)
        let count = room.withUnsafeMutableBytes { SocketIO.receive(socket, into: $0) }
        if count > 0 { arrived[socket, default: []] += room[..<count] }
        if count == 0 { ended.insert(socket) }
    }

    static func pattern(_ count: Int, _ seed: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8 &+ seed) }
    }
}

@Suite(.serialized) struct RelayTests {
    /// How many descriptors have a connection of a port; other tests open and close theirs meanwhile.
    private static func open(_ port: UInt16) -> Int {
        (3..<4096).count { number in
            (try? Sockets.localAddress(number).port) == port
                || (try? Sockets.peerAddress(number).port) == port
        }
    }

    @Test(arguments: [1, 5_000, 100_000, 3_000_000], [1_000, 100_000])
    func `bytes pass both ways at once, whole and in order`(count: Int, piece: Int) throws {
        let bench = try Bench()
        try bench.relay.start()
        let request = Bench.pattern(count, 1)
        let answer = Bench.pattern(count + 7, 2)
        var toHost = request[...]
        var toClient = answer[...]
        for _ in 0..<200_000 {
            if !toHost.isEmpty {
                toHost = bench.put(toHost, into: bench.client)
                if toHost.isEmpty { shutdown(bench.client, Int32(SHUT_WR)) }
            }
            if !toClient.isEmpty {
                toClient = bench.put(toClient, into: bench.host)
                if toClient.isEmpty { shutdown(bench.host, Int32(SHUT_WR)) }
            }
            bench.turn()
            bench.take(from: bench.host, upTo: piece)
            bench.take(from: bench.client, upTo: piece)
            if bench.ended.count == 2 { break }
        }
        #expect(bench.arrived[bench.host] == request)
        #expect(bench.arrived[bench.client] == answer)
        #expect(bench.watcher.ending == .whole)
        #expect(bench.relay.count(to: .right) == UInt64(count))
        #expect(bench.relay.count(to: .left) == UInt64(count + 7))
        #expect(bench.worker.sourceCount == 0)
    }

    @Test func `what was read before comes first`() throws {
        let bench = try Bench()
        bench.relay.send(Array("first ".utf8).span, to: .right)
        _ = bench.put(Array("then".utf8)[...], into: bench.client)
        try bench.relay.start()
        for _ in 0..<1000 where bench.arrived[bench.host]?.count != 10 {
            bench.turn()
            bench.take(from: bench.host)
        }
        #expect(bench.arrived[bench.host] == Array("first then".utf8))
    }

    @Test func `one direction ends and the other goes on`() throws {
        let bench = try Bench()
        try bench.relay.start()
        shutdown(bench.client, Int32(SHUT_WR))
        for _ in 0..<1000 where !bench.ended.contains(bench.host) {
            bench.turn()
            bench.take(from: bench.host)
        }
        #expect(bench.ended == [bench.host])
        #expect(bench.watcher.ending == nil)
        _ = bench.put(Array("late".utf8)[...], into: bench.host)
        for _ in 0..<1000 where bench.arrived[bench.client] == nil {
            bench.turn()
            bench.take(from: bench.client)
        }
        #expect(bench.arrived[bench.client] == Array("late".utf8))
        shutdown(bench.host, Int32(SHUT_WR))
        for _ in 0..<1000 where bench.watcher.ending == nil { bench.turn() }
        #expect(bench.watcher.ending == .whole)
    }

    @Test func `a slow reader slows its source, and others lose nothing`() throws {
        let bench = try Bench()
        try bench.relay.start()
        let bytes = Bench.pattern(30_000_000, 3)
        var rest = bytes[...]
        for _ in 0..<3000 {
            rest = bench.put(rest, into: bench.client)
            bench.turn()
        }
        // The kernel's buffers are full: the source waits.
        #expect(rest.count > 5_000_000)
        for _ in 0..<100_000 {
            rest = bench.put(rest, into: bench.client)
            bench.turn()
            bench.take(from: bench.host)
            if bench.arrived[bench.host]?.count == bytes.count { break }
        }
        #expect(bench.arrived[bench.host] == bytes)
    }

    @Test func `a reset ends the relay and closes both sides`() throws {
        let bench = try Bench()
        try bench.relay.start()
        bench.turn()
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(
            bench.host,
            SOL_SOCKET,
            SO_LINGER,
            &linger,
            socklen_t(MemoryLayout<Glibc.linger>.size)
        )
        dup2(bench.client, bench.host)
        for _ in 0..<1000 where bench.watcher.ending == nil { bench.turn() }
        #expect(bench.watcher.ending == .cut(.right, ECONNRESET))
        for _ in 0..<1000 where bench.ended.isEmpty { bench.take(from: bench.client) }
        #expect(bench.ended == [bench.client])
        #expect(bench.relay.isClosed)
    }

    @Test func `an idle relay ends, a busy one does not`() throws {
        let bench = try Bench(idleTimeout: .seconds(10))
        try bench.relay.start()
        for _ in 0..<5 {
            bench.now = bench.now + .seconds(6)
            _ = bench.put([1][...], into: bench.client)
            for _ in 0..<5 { bench.turn() }
            #expect(bench.watcher.ending == nil)
        }
        bench.now = bench.now + .seconds(9)
        for _ in 0..<5 { bench.turn() }
        #expect(bench.watcher.ending == nil)
        bench.now = bench.now + .seconds(2)
        for _ in 0..<5 { bench.turn() }
        #expect(bench.watcher.ending == .idle)
    }

    @Test func `no descriptor is left, however it ends`() throws {
        for round in 0..<20 {
            let ports: [UInt16]
            do {
                let bench = try Bench()
                ports = try [bench.client, bench.host].map { try Sockets.peerAddress($0).port }
                #expect(ports.allSatisfy { Self.open($0) == 2 })
                try bench.relay.start()
                let bytes = Bench.pattern(1_000_000, round)
                _ = bench.put(bytes[...], into: bench.client)
                for _ in 0..<round { bench.turn() }
                if round.isMultiple(of: 2) { bench.relay.close() }
                if round == 18 { #expect(bench.worker.pipes.keptCount <= 1) }
            }
            #expect(ports.map(Self.open) == [0, 0])
        }
    }
}
