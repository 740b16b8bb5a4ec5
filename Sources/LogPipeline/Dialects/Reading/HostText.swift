/// A machine and a port as configurations write them: `host:port`, `[v6]:port`, a host alone.
struct HostText: Hashable {
    /// The name or address; IPv6 without its brackets; empty if only a port is written.
    var host: String
    /// The port, if one stands there.
    var port: UInt16?

    /// Reads a machine and a port; nil if the text is none.
    init?(_ text: String) {
        var name = text[...]
        var rest = Substring()
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            name = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
        } else if let colon = text.lastIndex(of: ":") {
            name = text[..<colon]
            guard !name.contains(":") else { return nil }
            rest = text[colon...]
        }
        guard name.utf8.allSatisfy({ $0 > 32 && $0 != 127 }), !text.isEmpty else { return nil }
        host = String(name)
        guard !rest.isEmpty else { return }
        guard rest.dropFirst().utf8.allSatisfy({ (48...57).contains($0) }),
            let number = UInt16(rest.dropFirst())
        else { return nil }
        port = number
    }
}
