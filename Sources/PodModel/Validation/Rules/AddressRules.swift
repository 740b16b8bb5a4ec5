/// The forms of IP addresses.
enum AddressRules {
    /// An IPv4 or IPv6 address.
    static func address(_ text: String) -> [String] {
        isIPv4(text) || isIPv6(text)
            ? [] : ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]
    }

    /// A network in CIDR notation.
    static func network(_ text: String) -> [String] {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 2, let bits = Int(parts[1]), String(bits) == parts[1],
            address(String(parts[0])).isEmpty, (0...(isIPv4(parts[0]) ? 32 : 128)).contains(bits)
        {
            return []
        }
        return ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"]
    }

    private static func isIPv4(_ text: some StringProtocol) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { part in
                let isPlain = part == "0" || part.first != "0"
                return (1...3).contains(part.utf8.count) && isPlain
                    && part.utf8.allSatisfy { (48...57).contains($0) } && (Int(part) ?? 256) < 256
            }
    }

    private static func isIPv6(_ text: String) -> Bool {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false)
        guard text.contains(":"), halves.count <= 2 else { return false }
        var count = 0
        for (index, half) in halves.enumerated() where !half.isEmpty {
            let groups = half.split(separator: ":", omittingEmptySubsequences: false)
            for (place, group) in groups.enumerated() {
                let isLast = index == halves.count - 1 && place == groups.count - 1
                if isLast, isIPv4(group) {
                    count += 2
                } else if (1...4).contains(group.utf8.count), UInt16(group, radix: 16) != nil {
                    count += 1
                } else {
                    return false
                }
            }
        }
        return halves.count == 2 ? count < 8 : count == 8
    }
}
