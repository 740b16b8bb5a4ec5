/// A range of IPv4 addresses: `10.88.16.0/20`.
struct Subnet: Sendable, Hashable, CustomStringConvertible {
    /// The first address.
    let base: UInt32
    /// How many leading bits are fixed, 0 to 32.
    let prefix: Int

    init(base: UInt32, prefix: Int) {
        precondition((0...32).contains(prefix), "a prefix of \(prefix) bits")
        self.prefix = prefix
        self.base = base & Self.mask(prefix)
    }

    /// Reads `address/prefix`; nil if it is none.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let prefix = Int(parts[1]), (0...32).contains(prefix) else {
            return nil
        }
        let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false).map {
            UInt8($0)
        }
        guard numbers.count == 4 else { return nil }
        var base: UInt32 = 0
        for number in numbers {
            guard let number else { return nil }
            base = base << 8 | UInt32(number)
        }
        self.init(base: base, prefix: prefix)
    }

    var description: String { Self.text(base) + "/\(prefix)" }

    /// Whether the ranges have an address in common.
    func overlaps(_ other: Self) -> Bool {
        let mask = Self.mask(min(prefix, other.prefix))
        return base & mask == other.base & mask
    }

    private static func mask(_ prefix: Int) -> UInt32 {
        prefix == 0 ? 0 : UInt32.max << UInt32(32 - prefix)
    }

    private static func text(_ address: UInt32) -> String {
        [24, 16, 8, 0].map { String(address >> $0 & 255) }.joined(separator: ".")
    }
}
