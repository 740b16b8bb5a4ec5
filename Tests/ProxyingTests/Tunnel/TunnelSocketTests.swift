import Basics
import Glibc
import Reactor
import System
import Testing

@testable import Proxying

/// A tunnel over real sockets, on a worker that the test drives.
private final class SocketBench {
    let worker: Worker
    let proxy: ProxyWorker
    let statistics = Statistics()
    let hostListener: Int32
    let address: SocketAddress
    let hostAddress: SocketAddress
    private var arrived: [Int32: [UInt8]] = [:]
    private var ended: Set<Int32> = []

    init(proxyProtocol: Int? = nil, backlog: Int32 = 1024) throws {
        worker = try Worker(index: 0)
        proxy = ProxyWorker(worker, statistics)
        worker.tenant = proxy
        let loopback = try #require(SocketAddress(number: "127.0.0.1", port: 0))
        let host = try Sockets.listen(loopback, backlog: backlog)
        hostAddress = try Sockets.localAddress(host.number)
        hostListener = host.release()
        let own = try Sockets.listen(loopback)
        address = try Sockets.localAddress(own.number)
        let settings = TunnelSettings(
            statPrefix: "db",
            clusters: [WeightedCluster(name: "app")],
            idleTimeout: .seconds(600)
        )
        var cluster = ClusterSettings(name: "app", endpoints: [])
        cluster.proxyProtocol = proxyProtocol
        cluster.connectTimeout = .seconds(100)
        let member = ClusterMembers.Host(
            record: HostRecord(key: [1]),
            address: hostAddress,
            hostname: "db"
        )
        proxy.apply(
            WorkerPlan(
                clusters: [SharedCluster(cluster, statistics, security: nil)],
                members: ["app": ClusterMembers(hosts: [member])],
                listeners: [
                    WorkerPlan.Listener(
                        settings: ListenerSettings(
                            name: "in",
                            address: HostPort(host: "127.0.0.1", port: address.port),
                            chains: [FilterChain(handler: .tcp(settings))]
                        ),
                        socket: own.release(),
                        statistics: [nil],
                        security: [nil],
                        tunnels: [SharedTunnel(settings, statistics)]
                    )
                ]
            )
        )
    }

    deinit { close(hostListener) }

    func connect() throws -> Int32 { try Sockets.connect(address).0 }

    func accept() throws -> Int32 {
        for _ in 0..<10_000 {
            worker.turn(waiting: false)
            let socket = SocketIO.accept(hostListener)
            if socket >= 0 { return socket }
        }
        throw Failure(.timedOut, "no connection came")
    }

    /// Sends bytes through, then the end, and gives what came out.
    func pass(_ bytes: [UInt8], from source: Int32, to target: Int32) -> [UInt8] {
        var rest = bytes[...]
        var room = [UInt8](repeating: 0, count: 1 << 17)
        var result: [UInt8] = []
        for _ in 0..<200_000 {
            if !rest.isEmpty {
                let count = SocketIO.send(source, Array(rest.prefix(1 << 17)).span)
                if count > 0 { rest = rest.dropFirst(count) }
                if rest.isEmpty { shutdown(source, Int32(SHUT_WR)) }
            }
            worker.turn(waiting: false)
            let count = room.withUnsafeMutableBytes { SocketIO.receive(target, into: $0) }
            if count == 0 { break }
            if count > 0 { result += room[..<count] }
        }
        return result
    }

    func value(_ name: String) -> Int64 {
        statistics.readings.first { $0.name == name }?.value ?? -1
    }
}

@Suite(.serialized) struct TunnelSocketTests {
    /// How many descriptors have a connection of a port; other tests open and close theirs meanwhile.
    private static func open(_ port: UInt16) -> Int {
        (3..<4096).count { number in
            (try? Sockets.localAddress(number).port) == port
                || (try? Sockets.peerAddress(number).port) == port
        }
    }

    @Test(arguments: [(10, nil), (3_000_000, nil), (3_000_000, 1)])
    func `megabytes pass between sockets and no descriptor is left`(
        count: Int,
        version: Int?
    ) throws {
        let ports: [UInt16]
        do {
            let bench = try SocketBench(proxyProtocol: version)
            ports = [bench.address.port, bench.hostAddress.port]
            let client = try bench.connect()
            let host = try bench.accept()
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 9) }
            let came = bench.pass(bytes, from: client, to: host)
            let head = Array(came.prefix(came.count - count))
            #expect(head.isEmpty == (version == nil))
            if version != nil {
                #expect(String(decoding: head, as: UTF8.self).hasPrefix("PROXY TCP4 127.0.0.1 "))
            }
            #expect(Array(came.dropFirst(head.count)) == bytes)
            #expect(bench.pass(bytes, from: host, to: client) == bytes)
            for _ in 0..<10 { bench.worker.turn(waiting: false) }
            #expect(bench.value("connection_limit.db.active_connections") == 0)
            #expect(bench.value("tcp.db.downstream_cx_tx_bytes_total") == Int64(count))
            #expect(bench.value("cluster.app.upstream_cx_active") == 0)
            // Pipes went back to the worker.
            #expect(bench.worker.pipes.keptCount <= 2)
            close(client)
            close(host)
            bench.proxy.drain()
        }
        #expect(ports.map(Self.open) == [0, 0])
    }

    @Test func `a host that nobody listens for closes the client`() throws {
        let bench = try SocketBench()
        shutdown(bench.hostListener, Int32(SHUT_RDWR))
        let client = try bench.connect()
        var room = [UInt8](repeating: 0, count: 16)
        var count = SocketIO.wouldWait
        for _ in 0..<100_000 where count == SocketIO.wouldWait {
            bench.worker.turn(waiting: false)
            count = room.withUnsafeMutableBytes { SocketIO.receive(client, into: $0) }
        }
        #expect(count == 0 || count == -Int(ECONNRESET))
        #expect(bench.value("cluster.app.upstream_cx_connect_fail") == 1)
        close(client)
        bench.proxy.drain()
    }

    @Test func `a host that does not answer is given up after the connect timeout`() throws {
        let bench = try SocketBench(backlog: 0)
        // The one place in the queue is taken; the kernel answers nobody else.
        let filler = try Sockets.connect(bench.hostAddress).0
        let client = try bench.connect()
        for _ in 0..<10_000 where bench.value("cluster.app.upstream_cx_active") != 1 {
            bench.worker.turn(waiting: false)
        }
        #expect(bench.proxy.connectionCount == 1)
        #expect(bench.value("cluster.app.upstream_cx_connect_fail") == 0)
        let now = Clocks.moment
        func turn(after seconds: Int) {
            let moment = Moment(instant: now.instant + .seconds(seconds), wall: now.wall)
            for _ in 0..<10 { bench.worker.turn(waiting: false, at: moment) }
        }
        turn(after: 50)
        #expect(bench.value("cluster.app.upstream_cx_connect_timeout") == 0)
        turn(after: 150)
        #expect(bench.value("cluster.app.upstream_cx_connect_timeout") == 1)
        #expect(bench.value("cluster.app.upstream_cx_active") == 0)
        #expect(bench.proxy.connectionCount == 0)
        var room = [UInt8](repeating: 0, count: 16)
        let count = room.withUnsafeMutableBytes { SocketIO.receive(client, into: $0) }
        #expect(count == 0 || count == -Int(ECONNRESET))
        close(client)
        close(filler)
        bench.proxy.drain()
    }
}
