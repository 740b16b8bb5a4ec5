/// Names of hosts as TLS compares them: lower case, no dot at the end.
enum ServerNames {
    /// The name in lower case without the dot at its end.
    static func normal(_ name: String) -> String {
        var bytes = name.utf8.map { byte in
            (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
        }
        if bytes.last == UInt8(ascii: ".") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What follows the first label; `nil` for names of one label.
    static func parent(of name: String) -> String? {
        guard let dot = name.utf8.firstIndex(of: UInt8(ascii: ".")) else { return nil }
        let rest = name[name.utf8.index(after: dot)...]
        return rest.isEmpty ? nil : String(rest)
    }

    /// The parent of a wildcard's names: `example.com` of `*.example.com`.
    static func parent(ofWildcard name: String) -> String? {
        guard name.utf8.starts(with: "*.".utf8), name.utf8.count > 2 else { return nil }
        return String(name.dropFirst(2))
    }

    /// Whether a name of a certificate holds for a host; both normal.
    static func covers(_ name: String, _ host: String) -> Bool {
        if name == host { return true }
        guard let suffix = parent(ofWildcard: name), let parent = parent(of: host) else {
            return false
        }
        return suffix == parent
    }
}
