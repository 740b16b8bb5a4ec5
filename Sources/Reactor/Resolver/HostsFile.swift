import System

/// The names of `/etc/hosts`.
struct HostsFile {
    private var addresses: [String: [SocketAddress]] = [:]

    /// Reads a file's text; what is no line of addresses and names is skipped, as the C library does.
    init(_ text: some Collection<UInt8>) {
        for line in text.split(whereSeparator: { $0 == 10 || $0 == 13 }) {
            let words = line.prefix { $0 != UInt8(ascii: "#") }
                .split { $0 == 32 || $0 == 9 }
            guard let first = words.first,
                let address = SocketAddress(number: Self.text(first), port: 0)
            else { continue }
            for name in words.dropFirst() {
                let known = addresses[Self.folded(name), default: []]
                if !known.contains(address) {
                    addresses[Self.folded(name), default: []] += [address]
                }
            }
        }
    }

    /// The addresses of a name, those of IPv6 first; `nil` if the file does not know it.
    func addresses(of name: String) -> [SocketAddress]? {
        guard let found = addresses[Self.folded(name.utf8)] else { return nil }
        return found.filter(\.isIPv6) + found.filter { !$0.isIPv6 }
    }

    private static func text(_ bytes: some Collection<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }

    private static func folded(_ name: some Collection<UInt8>) -> String {
        text(name.map { (65...90).contains($0) ? $0 | 32 : $0 })
    }
}
