/// Addresses and ranges as texts.
enum AddressText {
    /// The bytes of an IPv4 or IPv6 address; `nil` if the text is none.
    static func address(_ text: String) -> [UInt8]? {
        text.utf8.contains(UInt8(ascii: ":")) ? version6(text) : version4(text)
    }

    /// A range such as `10.0.0.0/8`; an address alone is a range of one.
    static func range(_ text: String) -> AddressRange? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let bytes = address(String(parts[0])) else { return nil }
        guard parts.count == 2 else {
            return AddressRange(address: bytes, prefixLength: bytes.count * 8)
        }
        guard let length = decimal(parts[1]), length <= bytes.count * 8 else { return nil }
        return AddressRange(address: bytes, prefixLength: length)
    }

    /// `host:port`, `[v6]:port`, `:port`, `*:port` or a port alone; without a port the given one.
    static func hostPort(_ text: String, host standard: String, port: UInt16? = nil) -> HostPort? {
        if text.hasPrefix("/") { return HostPort(host: text) }
        if text.hasPrefix("unix:") { return HostPort(host: String(text.dropFirst(5))) }
        if let number = decimal(text[...]) {
            guard number <= 65535 else { return nil }
            return HostPort(host: standard, port: UInt16(number))
        }
        var host = text[...]
        var number = port
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            guard version6(String(host)) != nil else { return nil }
            let rest = text[text.index(after: end)...]
            if !rest.isEmpty {
                guard rest.first == ":", let value = decimal(rest.dropFirst()), value <= 65535
                else { return nil }
                number = UInt16(value)
            }
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            guard !host.contains(":"), let value = decimal(text[text.index(after: colon)...]),
                value <= 65535
            else { return nil }
            number = UInt16(value)
        }
        guard let number else { return nil }
        return HostPort(host: host.isEmpty || host == "*" ? standard : String(host), port: number)
    }

    private static func decimal(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.count <= 5, text.utf8.allSatisfy({ (48...57).contains($0) })
        else { return nil }
        return Int(text)
    }

    private static func version4(_ text: String) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard let value = decimal(part), value <= 255, part.count <= 3 else { return nil }
            bytes.append(UInt8(value))
        }
        return bytes
    }

    private static func version6(_ text: String) -> [UInt8]? {
        var head = text[...]
        var tail: Substring?
        if let gap = text.firstRange(of: "::") {
            head = text[..<gap.lowerBound]
            tail = text[gap.upperBound...]
            guard tail?.firstRange(of: "::") == nil else { return nil }
        }
        guard let front = groups(head), let back = groups(tail ?? "") else { return nil }
        let missing = 16 - front.count - back.count
        guard tail == nil ? missing == 0 : missing >= 2 else { return nil }
        return front + [UInt8](repeating: 0, count: missing) + back
    }

    private static func groups(_ text: Substring) -> [UInt8]? {
        if text.isEmpty { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains(".") {
                guard let last = version4(String(part)) else { return nil }
                bytes += last
                continue
            }
            // A sign would be read as well, so digits are asked for.
            guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit),
                let value = UInt16(part, radix: 16)
            else { return nil }
            bytes += [UInt8(value >> 8), UInt8(value & 0xFF)]
        }
        return bytes
    }
}
