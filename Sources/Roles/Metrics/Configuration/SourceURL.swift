import HTTP

/// Where a source is: `http://host:port/path?query`, `unix:/socket:/path`, `redis://:password@host:6379`.
package struct SourceURL: Sendable, Hashable, CustomStringConvertible {
    var scheme: String
    var user: String?
    var password: String?
    var host: String
    /// 0 if it is not said.
    var port: UInt16
    /// The path and query, with a slash in front; empty if there is none.
    var target: String
    /// The path of a Unix socket.
    var socket: String?

    /// Reads a URL; `nil` if it is none.
    package init?(_ text: String) {
        if text.hasPrefix("unix:") {
            var rest = text.dropFirst(5)
            if rest.hasPrefix("//") { rest = rest.dropFirst(2) }
            let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let path = parts.first, path.hasPrefix("/") else { return nil }
            (scheme, host, port, socket) = ("unix", "localhost", 0, String(path))
            target = parts.count > 1 ? String(parts[1]) : ""
            if !target.isEmpty, !target.hasPrefix("/") { target = "/" + target }
            return
        }
        guard let mark = text.firstRange(of: "://") else { return nil }
        scheme = text[..<mark.lowerBound].lowercased()
        guard !scheme.isEmpty else { return nil }
        var rest = text[mark.upperBound...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        target = String(rest[end...])
        if target.hasPrefix("?") { target = "/" + target }
        if let hash = target.firstIndex(of: "#") { target = String(target[..<hash]) }
        rest = rest[..<end]
        if let at = rest.lastIndex(of: "@") {
            let login = rest[..<at].split(
                separator: ":",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            user = login.first.flatMap { HTTPTarget.decode($0) }
            password = login.count > 1 ? HTTPTarget.decode(login[1]) : nil
            if user?.isEmpty == true { user = nil }
            rest = rest[rest.index(after: at)...]
        }
        port = 0
        if rest.hasPrefix("["), let close = rest.firstIndex(of: "]") {
            host = String(rest[rest.index(after: rest.startIndex)..<close])
            rest = rest[rest.index(after: close)...]
            if rest.hasPrefix(":") {
                guard let number = UInt16(rest.dropFirst()) else { return nil }
                port = number
            } else if !rest.isEmpty {
                return nil
            }
        } else if let colon = rest.lastIndex(of: ":") {
            guard let number = UInt16(rest[rest.index(after: colon)...]) else { return nil }
            host = String(rest[..<colon])
            port = number
        } else {
            host = String(rest)
        }
        guard
            !host.isEmpty || scheme == "file" || scheme == "statsd" || scheme == "postgres"
                || scheme == "postgresql"
        else { return nil }
        guard target.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }),
            host.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F })
        else { return nil }
    }

    /// Without the password.
    package var description: String {
        if let socket { return "unix:\(socket)" + (target.isEmpty ? "" : ":\(target)") }
        let name = host.contains(":") ? "[\(host)]" : host
        return "\(scheme)://" + (user.map { $0 + "@" } ?? "") + name
            + (port == 0 ? "" : ":\(port)") + target
    }

    /// What a redirection leads to.
    func following(_ location: String) -> SourceURL? {
        if let whole = SourceURL(location), whole.scheme == "http" || whole.scheme == "https" {
            var next = whole
            // A password goes to nobody else.
            if whole.host == host, whole.port == port, next.user == nil {
                (next.user, next.password) = (user, password)
            }
            return next
        }
        var next = self
        if location.hasPrefix("//") { return SourceURL(scheme + ":" + location) }
        guard !location.contains("://"), location.utf8.allSatisfy({ $0 > 0x20 }) else { return nil }
        if location.hasPrefix("/") {
            next.target = location
        } else {
            let path = target.prefix { $0 != "?" }
            let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
            next.target = String(folder) + location
        }
        return next
    }

    /// The decoded parameters of the query.
    var parameters: [String: String] {
        guard let parsed = HTTPTarget(target.isEmpty ? "/" : target) else { return [:] }
        return Dictionary(
            parsed.parameters.map { ($0.name, $0.value) },
            uniquingKeysWith: { _, last in last }
        )
    }

    /// The decoded path.
    var path: String {
        HTTPTarget.decode(target.prefix { $0 != "?" }) ?? ""
    }
}
