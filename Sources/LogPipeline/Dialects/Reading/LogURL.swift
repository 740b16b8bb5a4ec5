/// An address as configurations write it: `https://name:9200/path`.
struct LogURL: Hashable {
    var isSecure: Bool
    var user: String?
    var password: String?
    var host: String
    var port: UInt16?
    var path: String

    /// Reads an address; nil if it is none, or no HTTP one.
    init?(_ text: String, scheme standard: String = "http") {
        var rest = text[...]
        var scheme = standard
        if let mark = rest.firstRange(of: "://") {
            scheme = rest[..<mark.lowerBound].lowercased()
            rest = rest[mark.upperBound...]
        }
        guard scheme == "http" || scheme == "https" else { return nil }
        isSecure = scheme == "https"
        let slash = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        path = String(rest[slash...])
        rest = rest[..<slash]
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1)
            user = parts.first.map { Self.decoded($0) }
            password = parts.count == 2 ? Self.decoded(parts[1]) : nil
            rest = rest[rest.index(after: at)...]
        }
        if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
            host = String(rest[rest.index(after: rest.startIndex)..<end])
            rest = rest[rest.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
        } else {
            host = String(rest.prefix { $0 != ":" })
            rest = rest.dropFirst(host.count)
        }
        if !rest.isEmpty {
            guard let number = UInt16(rest.dropFirst()), number > 0 else { return nil }
            port = number
        }
        if host.isEmpty || host.contains(where: \.isWhitespace) { return nil }
    }

    /// The place to connect to; TLS if the address says so.
    func endpoint(standard: UInt16? = nil, tls: ClientTLS? = nil) -> EndpointSettings {
        var endpoint = EndpointSettings(
            host: host,
            port: port ?? standard ?? (isSecure ? 443 : 80)
        )
        endpoint.path = path
        endpoint.tls = isSecure ? tls ?? ClientTLS() : nil
        return endpoint
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        let raw = Array(text.utf8)
        var index = 0
        while index < raw.count {
            if raw[index] == UInt8(ascii: "%"), index + 2 < raw.count,
                Character(Unicode.Scalar(raw[index + 1])).isHexDigit,
                let byte = UInt8(
                    String(decoding: raw[index + 1...index + 2], as: UTF8.self),
                    radix: 16
                )
            {
                bytes.append(byte)
                index += 3
            } else {
                bytes.append(raw[index])
                index += 1
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
