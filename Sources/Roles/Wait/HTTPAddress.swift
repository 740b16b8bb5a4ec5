/// A URL of `http` or `https`: what is connected to and what is asked for.
struct HTTPAddress: Sendable, Hashable, CustomStringConvertible {
    var isSecure: Bool
    var host: String
    var port: UInt16
    /// Path and query, encoded; begins with a slash.
    var target: String

    init(isSecure: Bool, host: String, port: UInt16, target: String = "/") {
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.target = target
    }

    /// Reads a URL; nil for one of another scheme, or without a host.
    init?(_ text: some StringProtocol) {
        let rest: Substring
        let text = String(text)
        switch text.prefix(8).lowercased() {
        case "https://":
            isSecure = true
            rest = text.dropFirst(8)
        case let begin where begin.hasPrefix("http://"):
            isSecure = false
            rest = text.dropFirst(7)
        default: return nil
        }
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        guard let address = NetworkAddress(rest[..<end], usual: isSecure ? 443 : 80) else {
            return nil
        }
        host = address.host
        port = address.port
        target = Self.encoded(rest[end...])
    }

    /// The value of the `Host` field.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }

    var description: String { (isSecure ? "https://" : "http://") + authority + target }

    /// Where a `Location` field leads; nil for another scheme or no URL.
    func following(_ location: String) -> HTTPAddress? {
        if location.hasPrefix("//") {
            return HTTPAddress((isSecure ? "https:" : "http:") + location)
        }
        if let colon = location.firstIndex(of: ":"),
            !location[..<colon].contains(where: { "/?#".contains($0) })
        {
            return HTTPAddress(location)
        }
        var next = self
        let path = target.prefix { $0 != "?" }
        switch location.first {
        case "/": next.target = Self.encoded(location)
        case "?": next.target = Self.encoded(path + location)
        case nil: break
        default:
            let folder = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
            next.target = Self.encoded(folder + location)
        }
        return next
    }

    /// Makes a path fit for a request line: a leading slash, no fragment, nothing but visible ASCII.
    private static func encoded(_ path: some StringProtocol) -> String {
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
