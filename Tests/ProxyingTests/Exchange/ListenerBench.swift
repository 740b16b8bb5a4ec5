import Basics
import HTTP
import Reactor
import Security
import System
import TestKit
import Testing

@testable import Proxying

/// A listener on a socket, with TLS unless it is told otherwise; the clock is the test's.
final class ListenerBench {
    let worker: Worker
    let proxy: ProxyWorker
    let address: SocketAddress
    let settings: ListenerSettings
    var now = Instant(nanoseconds: 1_000_000_000)
    private let context: TLSClientContext
    private let statistics: Statistics

    /// Without `isSecure` the listener speaks plain text.
    init(
        isSecure: Bool = true,
        _ change: (inout ListenerSettings) -> Void = { _ in }
    ) async throws {
        let made = try await TestCertificate()
        let identity = TLSIdentity(
            certificates: made.certificate,
            privateKey: made.privateKey
        )
        context = try TLSClientContext(TLSClientOptions(trust: nil))
        statistics = Statistics()
        let wall = ProxyBench.stamp
        worker = try Worker(index: 0, moment: Moment(instant: now, wall: wall))
        proxy = ProxyWorker(worker, statistics)
        worker.tenant = proxy
        let own = try Sockets.listen(#require(SocketAddress(number: "127.0.0.1", port: 0)))
        address = try Sockets.localAddress(own.number)
        let http = HTTPSettings(
            statPrefix: "in",
            routes: RouteTable(hosts: [
                VirtualHost(
                    name: "all",
                    domains: ["*"],
                    routes: [Route(action: .respond(status: 200, body: "hello"))]
                )
            ])
        )
        var settings = ListenerSettings(
            name: "in",
            address: HostPort(host: "127.0.0.1", port: address.port),
            chains: [FilterChain(handler: .http(http))]
        )
        change(&settings)
        self.settings = settings
        proxy.apply(
            WorkerPlan(
                clusters: [],
                members: [:],
                listeners: [
                    WorkerPlan.Listener(
                        settings: settings,
                        socket: own.release(),
                        statistics: [HTTPStatistics("in", statistics)],
                        security: [isSecure ? try TLSServerContext(identity) : nil]
                    )
                ]
            )
        )
    }

    func turn(times: Int = 1) {
        for _ in 0..<times {
            worker.turn(waiting: false, at: Moment(instant: now, wall: ProxyBench.stamp))
        }
    }

    /// Turns until something holds.
    func turn(until done: () -> Bool) -> Bool {
        for _ in 0..<10_000 {
            if done() { return true }
            turn()
        }
        return false
    }

    func value(_ name: String) -> Int64 {
        statistics.readings.first { $0.name == name }?.value ?? -1
    }

    func client() throws -> SecureClient {
        SecureClient(
            try Sockets.connect(address).0,
            try TLSEngine(client: context, serverName: "localhost")
        )
    }
}

/// A client on a socket that does its handshake by hand.
final class SecureClient {
    private let socket: Int32
    private let engine: TLSEngine
    private var sealed = ByteBuffer()
    private var plain = ByteBuffer()
    private var out = ByteBuffer()
    private(set) var text = ""
    private(set) var hasEnded = false

    init(_ socket: Int32, _ engine: TLSEngine) {
        self.socket = socket
        self.engine = engine
        _ = engine.handshake(&sealed, out: &out)
    }

    deinit { Descriptors.close(socket) }

    /// Sends so many bytes of what waits.
    func send(atMost count: Int = .max) {
        let bytes = Self.copy(out)
        let sent = SocketIO.send(socket, Array(bytes.prefix(count)).span)
        if sent > 0 { out.consume(sent) }
    }

    /// Takes what has come, and goes on.
    func receive() {
        var room = [UInt8](repeating: 0, count: 1 << 16)
        let count = room.withUnsafeMutableBytes { SocketIO.receive(socket, into: $0) }
        if count == 0 { hasEnded = true }
        if count > 0 { sealed.append(Array(room[..<count]).span) }
        if !engine.isEstablished { _ = engine.handshake(&sealed, out: &out) }
        if engine.isEstablished {
            _ = engine.open(&sealed, plain: &plain, out: &out)
            text += String(decoding: Self.copy(plain), as: UTF8.self)
            plain.removeAll()
        }
        if !out.isEmpty { send() }
    }

    func ask() {
        var request = ByteBuffer()
        request.append("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        _ = engine.seal(&request, out: &out)
        send()
    }

    var isEstablished: Bool { engine.isEstablished }

    private static func copy(_ buffer: borrowing ByteBuffer) -> [UInt8] {
        Array(copying: buffer.readable)
    }
}
