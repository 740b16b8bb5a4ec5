import Basics
import Postgres

/// What is waited for.
enum WaitTarget: Sendable, Hashable, CustomStringConvertible {
    /// What a PostgreSQL server must do.
    enum PostgresNeed: String, Sendable, Hashable, CaseIterable {
        /// Say its first word: it would let somebody in.
        case login
        /// Let the user in and answer a query.
        case query
    }

    /// Which Redis server will do.
    enum RedisRole: String, Sendable, Hashable, CaseIterable {
        case any
        case master
        case replica
    }

    /// A kind of records.
    enum RecordType: String, Sendable, Hashable, CaseIterable {
        case a
        case aaaa
        case srv
        /// A or AAAA.
        case any
    }

    /// A port takes connections.
    case tcp(NetworkAddress)
    /// A Unix socket takes connections.
    case unix(String)
    /// A server answers over HTTP as the settings say.
    case http(HTTPAddress)
    /// A server has a valid certificate, as the settings say.
    case tls(NetworkAddress)
    /// A name has records.
    case dns(name: String, type: RecordType, least: Int, server: String?)
    /// A PostgreSQL server is ready.
    case postgres(PostgresSettings, PostgresNeed, shown: String)
    /// A MySQL server greets.
    case mysql(NetworkAddress)
    /// A Redis server answers.
    case redis(NetworkAddress, user: String?, password: String?, RedisRole, isSecure: Bool)
    /// A gRPC server's health service says that a service is served.
    case grpc(NetworkAddress, service: String, isSecure: Bool)
    /// A file is there.
    case file(String, isFilled: Bool, freshness: Duration?)
    /// A command ends with 0.
    case command([String])

    /// How progress lines call it; no secret is in it.
    var description: String {
        switch self {
        case .tcp(let address): "\(address)"
        case .unix(let path): "unix:\(path)"
        case .http(let address): "\(address)"
        case .tls(let address): "tls://\(address)"
        case .dns(let name, let type, _, _):
            type == .any ? "dns:\(name)" : "dns:\(name)?type=\(type.rawValue)"
        case .postgres(_, _, let shown): shown
        case .mysql(let address): "mysql://\(address)"
        case .redis(let address, _, _, _, let isSecure):
            (isSecure ? "rediss://" : "redis://") + "\(address)"
        case .grpc(let address, let service, let isSecure):
            (isSecure ? "grpcs://" : "grpc://") + "\(address)"
                + (service.isEmpty ? "" : "/" + service)
        case .file(let path, _, _): "file:\(path)"
        case .command(let words): "exec:" + words.joined(separator: " ")
        }
    }
}

/// A host and a port.
struct NetworkAddress: Sendable, Hashable, CustomStringConvertible {
    var host: String
    var port: UInt16

    init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port`, `[::1]:80`, or a host alone if there is a usual port; nil for anything else.
    init?(_ text: some StringProtocol, usual: UInt16? = nil) {
        var host = String(text)
        var port = usual
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            host = String(text[text.index(after: text.startIndex)..<end])
            let behind = text[text.index(after: end)...]
            if !behind.isEmpty {
                guard behind.hasPrefix(":"), let number = UInt16(behind.dropFirst()) else {
                    return nil
                }
                port = number
            }
        } else if let colon = text.lastIndex(of: ":") {
            guard let number = UInt16(text[text.index(after: colon)...]) else { return nil }
            host = String(text[..<colon])
            port = number
            guard !host.contains(":") else { return nil }
        }
        guard let port, port > 0, !host.isEmpty,
            host.unicodeScalars.allSatisfy({
                $0.value > 32 && $0.value < 127 && $0 != "/" && $0 != "@"
            })
        else { return nil }
        self.init(host: host, port: port)
    }

    var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
