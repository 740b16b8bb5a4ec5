public import Security

/// Where a client connects to.
public enum HTTPEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// A Unix socket.
    case unix(path: String)
    /// A TCP port, with TLS if there are options for it.
    case tcp(host: String, port: UInt16, tls: TLSOptions? = nil)

    /// The endpoint in messages: a path or a URL.
    public var description: String {
        switch self {
        case .unix(let path): path
        case .tcp(_, _, let tls): (tls == nil ? "http://" : "https://") + authority
        }
    }

    /// The value of the `Host` header field; the port is left out where it is the scheme's own.
    public var authority: String {
        switch self {
        case .unix: return "localhost"
        case .tcp(let host, let port, let tls):
            let name = host.utf8.contains(UInt8(ascii: ":")) ? "[" + host + "]" : host
            return port == (tls == nil ? 80 : 443) ? name : name + ":" + String(port)
        }
    }
}
