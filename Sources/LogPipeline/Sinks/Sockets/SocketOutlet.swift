import Basics
import HTTP
import Reactor
import Security
import System

/// The way to a `SocketTarget`: it is connected when there is something to send, and again when it broke.
@MainLoop final class SocketOutlet {
    private enum Way {
        case stream(any ByteChannel)
        case datagrams(DatagramSocket)
    }

    private let target: SocketTarget
    private var way: Way?

    private static let connecting = Duration.seconds(10)
    private static let sending = Duration.seconds(60)

    init(_ target: SocketTarget) {
        self.target = target
    }

    /// Whether each record goes out alone.
    var isDatagram: Bool {
        switch target {
        case .udp, .unixDatagram: true
        case .tcp, .unixStream: false
        }
    }

    /// Sends records.
    func send(_ load: RecordLoad) async -> DeliveryAnswer {
        do throws(Failure) {
            try await connect()
        } catch {
            var setback = Setback(.retry, "\(error)")
            setback.isUnreached = true
            return .failed(setback)
        }
        switch way {
        case .stream(let channel): return await send(load, over: channel)
        case .datagrams(let socket): return await send(load, over: socket)
        case nil: return .failed(Setback(.retry, "there is no connection"))
        }
    }

    /// Ends the connection in order.
    func close() async {
        if case .stream(let channel) = way {
            await channel.finishWriting(deadline: Loop.main.now + .seconds(1))
            channel.close()
        }
        if case .datagrams(let socket) = way { socket.close() }
        way = nil
    }

    private func send(_ load: RecordLoad, over channel: any ByteChannel) async -> DeliveryAnswer {
        do throws(Failure) {
            try await channel.write(load.bytes, deadline: Loop.main.now + Self.sending)
            return .delivered
        } catch {
            channel.close()
            way = nil
            // A part of the records is there, and nobody says which.
            var setback = Setback(.retry, "\(error)")
            setback.isUncertain = true
            return .failed(setback)
        }
    }

    private func send(_ load: RecordLoad, over socket: DatagramSocket) async -> DeliveryAnswer {
        var verdicts: [ItemVerdict] = []
        for item in 0..<load.count {
            do throws(Failure) {
                try await socket.send(
                    Array(load.bytes[load[item]]),
                    deadline: Loop.main.now + Self.sending
                )
            } catch {
                if error.code == .exhausted {
                    verdicts.append(
                        ItemVerdict(item: item, isRetriable: false, reason: "\(error)", code: nil)
                    )
                    continue
                }
                socket.close()
                way = nil
                if item == 0 { return .failed(Setback(.retry, "\(error)")) }
                verdicts += (item..<load.count).map {
                    ItemVerdict(item: $0, isRetriable: true, reason: "\(error)", code: nil)
                }
                break
            }
        }
        return verdicts.isEmpty ? .delivered : .partly(verdicts)
    }

    private func connect() async throws(Failure) {
        if case .stream(let channel) = way {
            if await channel.isStillOpen { return }
            channel.close()
            way = nil
        }
        guard way == nil else { return }
        let deadline = Loop.main.now + Self.connecting
        switch target {
        case .tcp(let endpoint):
            let stream = try await ByteStream.connect(
                host: endpoint.host,
                port: endpoint.port,
                timeout: Self.connecting
            )
            guard let tls = endpoint.tls else {
                way = .stream(Channels.plain(stream))
                return
            }
            way = .stream(
                try await Channels.client(
                    over: stream,
                    options: tls.options(),
                    host: endpoint.host,
                    deadline: deadline
                )
            )
        case .unixStream(let path):
            way = .stream(
                Channels.plain(try await ByteStream.connect(unix: path, timeout: Self.connecting))
            )
        case .udp(let host, let port):
            if let address = SocketAddress(number: host, port: port) {
                way = .datagrams(try DatagramSocket.connect(to: address))
                return
            }
            let found = try await NameResolver.main.addresses(of: host, timeout: Self.connecting)
            guard let address = found.addresses.first else {
                throw Failure(.notFound, "cannot send to \(host)", cause: "it has no address")
            }
            way = .datagrams(try DatagramSocket.connect(to: address.with(port: port)))
        case .unixDatagram(let path):
            let address: SocketAddress
            do throws(SystemError) {
                address = try SocketAddress.unix(path)
            } catch {
                throw Failure("cannot send to \(path)", error)
            }
            way = .datagrams(try DatagramSocket.connect(to: address))
        }
    }
}
