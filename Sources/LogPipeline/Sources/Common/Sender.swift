import System

/// Who sent messages to a source.
struct Sender: Sendable, Hashable {
    /// The address, or a Unix socket's path.
    var host = ""
    /// The port; nil for Unix sockets.
    var port: UInt16?
    /// How it came: `tcp`, `udp` or `unix`.
    var scheme = "tcp"
    /// A number that keeps apart what comes over one connection from what comes over others.
    var connection = 0

    /// Nobody in particular.
    init() {}

    /// Reads an address; one without a path stands for the socket's own path.
    init(_ address: SocketAddress?, isDatagram: Bool, path: String?, connection: Int = 0) {
        self.connection = connection
        if let path {
            scheme = "unix"
            host = path
            return
        }
        scheme = isDatagram ? "udp" : "tcp"
        host = address?.host ?? ""
        port = address?.port
    }

    /// As Fluent Bit writes it: `tcp://127.0.0.1:40000`, `unix:///run/log.sock`.
    var url: String { "\(scheme)://\(host)" + (port.map { ":\($0)" } ?? "") }
}
