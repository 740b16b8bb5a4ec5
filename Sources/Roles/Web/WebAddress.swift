package import Basics
package import HTTP
package import Security

/// An address of HTTP or HTTPS, taken apart (RFC 3986): `https://user:password@host:8443/path?query`.
///
/// `http+unix://%2Frun%2Fx.sock/path` goes to a Unix socket. A fragment is left out; blanks and other bytes that
/// may not stand in an address are percent-encoded.
package struct WebAddress: Sendable, Hashable, CustomStringConvertible {
    /// Whether it is HTTPS.
    package var isSecure: Bool
    /// `http` or `https`.
    package var scheme: String { isSecure ? "https" : "http" }
    /// The user, decoded; `nil` if none is named.
    package var user: String?
    /// The password, decoded.
    package var password: String?
    /// The host without brackets; empty for a Unix socket.
    package var host: String
    /// The port.
    package var port: UInt16
    /// The path of a Unix socket.
    package var socket: String?
    /// Path and query as they are sent; begins with a slash.
    package var target: String

    /// Reads an address; `http://` may be left out.
    ///
    /// - Throws: `invalid` with what is wrong; passwords are never told.
    package init(_ text: String) throws(Failure) {
        var rest = text[...]
        var scheme = "http"
        if let colons = rest.firstRange(of: "://") {
            scheme = rest[..<colons.lowerBound].lowercased()
            rest = rest[colons.upperBound...]
        }
        guard ["http", "https", "http+unix", "https+unix"].contains(scheme) else {
            throw Self.bad(scheme + "://…", "the scheme is not http or https")
        }
        isSecure = scheme.hasPrefix("https")
        if let mark = rest.firstIndex(of: "#") { rest = rest[..<mark] }
        let slash = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        var authority = rest[..<slash]
        target = Self.encoded(rest[slash...])
        if !target.hasPrefix("/") { target = "/" + target }
        if let sign = authority.lastIndex(of: "@") {
            let parts = authority[..<sign].split(
                separator: ":",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            authority = authority[authority.index(after: sign)...]
            guard let name = HTTPTarget.decode(parts[0]),
                let secret = HTTPTarget.decode(parts.count > 1 ? parts[1] : "")
            else { throw Self.bad(String(authority), "the user is not percent-encoded properly") }
            user = name
            password = secret
        }
        port = isSecure ? 443 : 80
        host = ""
        if scheme.hasSuffix("+unix") {
            guard let path = HTTPTarget.decode(authority), path.hasPrefix("/") else {
                throw Self.bad(String(authority), "the socket's path is not percent-encoded")
            }
            socket = path
            return
        }
        let (name, number) = try Self.split(authority)
        host = name
        if let number { port = number }
    }

    private static func split(
        _ authority: Substring
    ) throws(Failure) -> (host: String, port: UInt16?) {
        var name = authority
        var port: Substring?
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else {
                throw bad(String(authority), "the address has no ]")
            }
            name = authority[authority.index(after: authority.startIndex)..<end]
            let tail = authority[authority.index(after: end)...]
            guard tail.isEmpty || tail.hasPrefix(":") else {
                throw bad(String(authority), "only a port may follow the address")
            }
            port = tail.isEmpty ? nil : tail.dropFirst()
        } else if let colon = authority.firstIndex(of: ":") {
            name = authority[..<colon]
            port = authority[authority.index(after: colon)...]
        }
        let isPlain = name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
        guard !name.isEmpty, isPlain, name.utf8.count <= 253 else {
            throw bad(String(authority), "it names no host")
        }
        guard let port, !port.isEmpty else { return (String(name), nil) }
        guard let number = UInt16(port), number > 0 else {
            throw bad(String(authority), "the port is no number from 1 to 65535")
        }
        return (String(name), number)
    }

    private static func bad(_ shown: String, _ why: String) -> Failure {
        Failure(
            .invalid,
            "cannot read the address \"\(shown)\"",
            cause: why,
            remedy: "write http://host:port/path"
        )
    }

    private static func encoded(_ text: Substring) -> String {
        guard text.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F }) else { return String(text) }
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte <= 0x20 || byte >= 0x7F {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The path without the query.
    package var path: String { String(target.prefix { $0 != "?" }) }

    /// Host and port as they stand in `Host`, the port only where it is not the scheme's own.
    package var authority: String {
        if socket != nil { return "localhost" }
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// The address without user and password.
    package var description: String {
        if let socket {
            return "http\(isSecure ? "s" : "")+unix://\(HTTPTarget.encode(socket))\(target)"
        }
        return "http\(isSecure ? "s" : "")://\(authority)\(target)"
    }

    /// Where a client connects to.
    package func endpoint(_ tls: TLSOptions) -> HTTPEndpoint {
        if let socket { return .unix(path: socket) }
        return .tcp(host: host, port: port, tls: isSecure ? tls : nil)
    }

    /// Whether both are of one server: scheme, host and port.
    package func isSameOrigin(as other: WebAddress) -> Bool {
        isSecure == other.isSecure && host.lowercased() == other.host.lowercased()
            && port == other.port && socket == other.socket
    }

    /// The value of `Authorization` for user and password (RFC 7617); `nil` if there is no user.
    package var basic: String? {
        user.map { Self.basic($0, password ?? "") }
    }
}
