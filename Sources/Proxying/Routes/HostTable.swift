internal import Basics
internal import Formats
internal import HTTP

/// Which of the virtual hosts a request is for (Envoy's and nginx's order): an exact name, the longest
/// `*suffix`, the longest `prefix*`, the first regular expression, then `*`.
struct HostTable {
    private struct Name {
        var bytes: [UInt8]
        var host: Int
    }

    /// Open addressing; a place holds the index of a name or -1.
    private var places: [Int32] = []
    private var exact: [Name] = []
    private var suffixes: [Name] = []
    private var prefixes: [Name] = []
    private var patterns: [(pattern: Pattern, host: Int)] = []
    private var all = -1
    private let ignoresPort: Bool

    init(_ hosts: [VirtualHost], ignoresPort: Bool) throws(Failure) {
        self.ignoresPort = ignoresPort
        for (host, settings) in hosts.enumerated() {
            for text in settings.patterns {
                patterns.append((pattern: try Pattern(text), host: host))
            }
            for domain in settings.domains {
                let bytes = domain.utf8.map(\.folded)
                let star = UInt8(ascii: "*")
                if bytes == [star] {
                    if all < 0 { all = host }
                } else if bytes.first == star {
                    suffixes.append(Name(bytes: Array(bytes.dropFirst()), host: host))
                } else if bytes.last == star {
                    prefixes.append(Name(bytes: Array(bytes.dropLast()), host: host))
                } else if !exact.contains(where: { $0.bytes == bytes }) {
                    exact.append(Name(bytes: bytes, host: host))
                }
            }
        }
        suffixes = Self.longestFirst(suffixes)
        prefixes = Self.longestFirst(prefixes)
        var size = 8
        while size < 2 * exact.count { size *= 2 }
        places = Array(repeating: -1, count: size)
        for (index, name) in exact.enumerated() {
            var place = Int(Self.hash(name.bytes.span)) & (size - 1)
            while places[place] >= 0 { place = (place + 1) & (size - 1) }
            places[place] = Int32(index)
        }
    }

    private static func longestFirst(_ names: [Name]) -> [Name] {
        names.enumerated().sorted {
            $0.element.bytes.count != $1.element.bytes.count
                ? $0.element.bytes.count > $1.element.bytes.count : $0.offset < $1.offset
        }.map(\.element)
    }

    private static func hash(_ name: Span<UInt8>) -> UInt32 {
        var hash: UInt32 = 2_166_136_261
        for index in name.indices { hash = (hash ^ UInt32(name[index].folded)) &* 16_777_619 }
        return hash
    }

    /// The index of the virtual host, or -1.
    func host(for authority: Span<UInt8>) -> Int {
        if exact.isEmpty && suffixes.isEmpty && prefixes.isEmpty && patterns.isEmpty { return all }
        var name = authority
        if ignoresPort {
            let port = authority.portOfAddress
            let hasColon = authority.count > 0 && authority[authority.count - 1] == 0x3A
            if !port.isEmpty || hasColon {
                name = authority.extracting(0..<authority.count - port.count - 1)
            }
        }
        var place = Int(Self.hash(name)) & (places.count - 1)
        while places[place] >= 0 {
            let index = Int(places[place])
            let known = exact[index].bytes
            if name.equalsFolded(known.span) { return exact[index].host }
            place = (place + 1) & (places.count - 1)
        }
        for index in suffixes.indices {
            let suffix = suffixes[index].bytes
            if name.count > suffix.count, name.hasSuffix(suffix.span, ignoringCase: true) {
                return suffixes[index].host
            }
        }
        for index in prefixes.indices {
            let prefix = prefixes[index].bytes
            if name.count > prefix.count, name.hasPrefix(prefix.span, ignoringCase: true) {
                return prefixes[index].host
            }
        }
        for index in patterns.indices where patterns[index].pattern.isFound(in: name) {
            return patterns[index].host
        }
        return all
    }
}

extension HostTable {
    /// Where the host of an authority ends that has a port, any or this one.
    static func hostEnd(_ authority: Span<UInt8>, before port: UInt16?) -> Int? {
        var end = authority.count
        var number = 0
        var scale = 1
        while end > 0, authority[end - 1] &- 0x30 < 10, scale < 1_000_000 {
            end -= 1
            number += Int(authority[end] &- 0x30) * scale
            scale *= 10
        }
        guard end > 1, end < authority.count, authority[end - 1] == UInt8(ascii: ":") else {
            return nil
        }
        if let port, Int(port) != number { return nil }
        return end - 1
    }
}
