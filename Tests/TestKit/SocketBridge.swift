public import Basics
public import Reactor

/// A TCP port of the loopback address that leads to a Unix socket, for clients such as kubectl that
/// know only TCP.
@MainLoop public final class SocketBridge {
    private let listener: StreamListener
    private var tasks: [Task<Void, Never>] = []

    /// Begins to listen.
    ///
    /// - Throws: `Failure` if it cannot.
    public init(to path: String) throws(Failure) {
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        self.listener = listener
        tasks.append(
            Task { @MainLoop [weak self] in
                while let near = try? await listener.accept() {
                    guard let far = try? await ByteStream.connect(unix: path, timeout: .seconds(5))
                    else {
                        near.close()
                        continue
                    }
                    self?.tasks.append(Task { @MainLoop in await Self.copy(near, far) })
                    self?.tasks.append(Task { @MainLoop in await Self.copy(far, near) })
                }
            }
        )
    }

    /// The address for `kubectl --server`.
    public var server: String { "http://127.0.0.1:\(listener.port)" }

    /// Ends the listening and every connection.
    public func stop() {
        listener.close()
        for task in tasks { task.cancel() }
    }

    private static func copy(_ from: ByteStream, _ to: ByteStream) async {
        while let bytes = try? await from.read(upTo: 65536), !bytes.isEmpty {
            guard (try? await to.write(bytes)) != nil else { break }
        }
        to.finishWriting()
    }
}
