import Basics
import Reactor
import System

/// Takes in StatsD over UDP, TCP and a Unix socket for datagrams.
@MainLoop final class StatsDSource: MetricSource {
    /// The most connections over TCP.
    static let connectionsMaximum = 256
    /// The longest line over TCP.
    static let lineMaximum = 64 << 10
    /// Calls of the kernel in a row before others get their turn.
    private static let patience = 16

    private let addresses: SourceOptions.StatsDListen
    private(set) var table: StatsDTable
    private var sockets: [DatagramSocket] = []
    private var listener: StreamListener?
    private var streams: [Int: ByteStream] = [:]
    private var nextStream = 0
    private var tasks: [Task<Void, Never>] = []
    private var packets = 0
    private var longLines = 0
    private var refusedConnections = 0
    private var batches: [DatagramBatch] = []

    /// Opens the sockets.
    ///
    /// - Throws: `conflict` if an address is taken; `invalid` for a mapping that is not understood.
    init(_ addresses: SourceOptions.StatsDListen, _ options: StatsDOptions) throws(Failure) {
        self.addresses = addresses
        table = try StatsDTable(options)
        if let udp = addresses.udp {
            sockets.append(try DatagramSocket.bind(host: udp.host, port: udp.port))
        }
        if let path = addresses.socket {
            sockets.append(try DatagramSocket.bind(unix: path, mode: 0o666))
        }
        if let tcp = addresses.tcp {
            listener = try StreamListener.listen(host: tcp.host, port: tcp.port)
        }
    }

    /// The ports: of UDP, and of TCP.
    var ports: (udp: UInt16?, tcp: UInt16?) { (sockets.first?.port, listener?.port) }

    func read(
        limit: Int,
        deadline: Instant,
        isKnown: Bool
    ) async throws(Failure) -> SourceAnswer {
        let now = Loop.main.now
        if isKnown, table.isSame { return .same }
        if isKnown, let values = table.values(now: now) { return .values(values) }
        var set = SampleSet(limit: limit)
        table.tell(into: &set, now: now)
        return .samples(set, ReadReport())
    }

    func listen() async throws(Failure) {
        for socket in sockets {
            let batch = DatagramBatch()
            batches.append(batch)
            socket.countLost()
            tasks.append(Task { @MainLoop [weak self] in await self?.take(socket, batch) })
        }
        if let listener {
            tasks.append(Task { @MainLoop [weak self] in await self?.accept(listener) })
        }
        for task in tasks { await task.value }
    }

    private func take(_ socket: DatagramSocket, _ batch: DatagramBatch) async {
        var calls = 0
        while (try? await socket.receive(into: batch)) != nil {
            let now = Loop.main.now
            packets &+= batch.count
            for index in 0..<batch.count { table.take(batch.bytes, batch.range(index), now: now) }
            calls += 1
            if calls >= Self.patience {
                calls = 0
                await Loop.main.turn()
            }
        }
    }

    private func accept(_ listener: StreamListener) async {
        while let stream = try? await listener.accept() {
            guard streams.count < Self.connectionsMaximum else {
                refusedConnections += 1
                stream.close()
                continue
            }
            let id = nextStream
            nextStream += 1
            streams[id] = stream
            Task { @MainLoop [weak self] in
                await self?.follow(stream)
                stream.close()
                self?.streams[id] = nil
            }
        }
    }

    private func follow(_ stream: ByteStream) async {
        var rest: [UInt8] = []
        var isTooLong = false
        while let bytes = try? await stream.read() {
            let now = Loop.main.now
            guard let end = bytes.lastIndex(of: 0x0A) else {
                if bytes.isEmpty {
                    if !isTooLong { table.take(rest, 0..<rest.count, now: now) }
                    return
                }
                rest += bytes
                if rest.count > Self.lineMaximum {
                    if !isTooLong { longLines += 1 }
                    isTooLong = true
                    rest.removeAll()
                }
                continue
            }
            var start = 0
            if !rest.isEmpty || isTooLong {
                let first = bytes.firstIndex(of: 0x0A) ?? end
                rest += bytes[...first]
                if !isTooLong { table.take(rest, 0..<rest.count, now: now) }
                (rest, isTooLong, start) = ([], false, first + 1)
            }
            if start <= end { table.take(bytes, start..<(end + 1), now: now) }
            rest = Array(bytes[(end + 1)...])
        }
    }

    func close() {
        for socket in sockets { socket.close() }
        listener?.close()
        for stream in streams.values { stream.close() }
        for task in tasks { task.cancel() }
    }

    func tell(_ prefix: String, _ labels: LabelText, into set: inout SampleSet) {
        let told = table.statistics
        // What is dropped behind the last datagram comes with none.
        let lost = zip(sockets, batches).reduce(0) { $0 + Int(max($1.0.lost ?? 0, $1.1.lost)) }
        let truncated = batches.reduce(0) { $0 + $1.truncated }
        let counters: [(String, Int, String)] = [
            ("packets_total", packets, "Datagrams that came."),
            ("packets_lost_total", lost, "Datagrams that the kernel dropped for want of room."),
            ("packets_truncated_total", truncated, "Datagrams that were too long and are cut."),
            ("lines_total", told.lines, "Lines that came."),
            ("samples_total", told.samples, "Values that were taken in."),
            ("lines_bad_total", told.bad, "Lines that could not be read."),
            ("lines_too_long_total", longLines, "Lines over TCP that were too long."),
            ("lines_dropped_total", told.dropped, "Lines that a mapping drops, and events."),
            ("lines_refused_total", told.refused, "Lines whose series would be too many."),
            ("lines_conflicting_total", told.conflicts, "Lines whose name has another type."),
            ("series_expired_total", told.expired, "Series that nothing was told about any more."),
            ("connections_refused_total", refusedConnections, "Connections that were too many."),
        ]
        for (name, value, help) in counters {
            let family = set.family("\(prefix)_statsd_\(name)", .counter, help: help)
            set.add(family, Double(value), labels: labels)
        }
        let family = set.family("\(prefix)_statsd_series", .gauge, help: "Series that are known.")
        set.add(family, Double(table.series.count), labels: labels)
    }
}
