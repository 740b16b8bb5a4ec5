import HTTP

/// The URL of a probe or hook: what is connected to, what is asked for, and its text in messages.
struct ProbeURL: Hashable, CustomStringConvertible {
    var isSecure: Bool
    var host: String
    var port: UInt16
    /// Whether the port is written out; a redirect may leave it out.
    var showsPort = true
    /// Path and query, encoded; begins with a slash.
    var target: String

    init(isSecure: Bool, host: String, port: UInt16, path: String) {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        target = Self.encode(path)
    }

    /// The text: `http://10.0.0.1:8080/healthz`.
    var description: String { (isSecure ? "https://" : "http://") + authority + target }

    /// The value of the Host header field.
    var authority: String {
        if showsPort { return GoTexts.join(host, port) }
        return host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
    }

    /// The URL that a `Location` header field leads to.
    ///
    /// - Returns: `nil` for a scheme other than http and https, or a malformed URL.
    func following(_ location: String) -> Self? {
        if let scheme = location.firstRange(of: "://"), !location.hasPrefix("/"),
            !location[..<scheme.lowerBound].contains(where: { "/?#".contains($0) })
        {
            let name = location[..<scheme.lowerBound].lowercased()
            guard name == "http" || name == "https" else { return nil }
            return absolute(location[scheme.upperBound...], isSecure: name == "https")
        }
        if location.hasPrefix("//") {
            return absolute(location.dropFirst(2), isSecure: isSecure)
        }
        var next = self
        if location.hasPrefix("/") {
            next.target = Self.encode(location)
        } else if location.hasPrefix("?") {
            next.target = Self.encode(target.prefix { $0 != "?" } + location)
        } else {
            let path = target.prefix { $0 != "?" }
            let folder = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
            next.target = Self.encode(folder + location)
        }
        return next
    }

    private func absolute(_ rest: Substring, isSecure: Bool) -> Self? {
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        var authority = rest[..<end]
        if let at = authority.lastIndex(of: "@") {
            authority = authority[authority.index(after: at)...]
        }
        var next = self
        next.isSecure = isSecure
        next.target = Self.encode(rest[end...])
        var host = authority
        next.port = isSecure ? 443 : 80
        next.showsPort = false
        if let colon = authority.lastIndex(of: ":"), authority.last != "]" {
            guard let port = UInt16(authority[authority.index(after: colon)...]) else { return nil }
            host = authority[..<colon]
            next.port = port
            next.showsPort = true
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { return nil }
        next.host = String(host)
        return next
    }

    /// Makes a path fit for a request line: a leading slash, no fragment, nothing but visible ASCII.
    private static func encode(_ path: some StringProtocol) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = path.hasPrefix("/") ? [] : [UInt8(ascii: "/")]
        for byte in path.utf8 {
            if byte == UInt8(ascii: "#") { break }
            if byte > 0x20 && byte < 0x7F {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
