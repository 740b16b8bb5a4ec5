/// The IPv4 network that the addresses of services are taken from: `10.130.16.0/20`.
///
/// As upstream, numbers that the server chooses come from the upper part first, so that the lower one
/// stays free for those that users choose (KEP-3070). The first address is the API's, the
/// tenth the cluster's name server.
public struct ServiceNetwork: Sendable, Hashable, CustomStringConvertible {
    /// The first address.
    public let base: UInt32
    /// How many leading bits are fixed.
    public let prefix: Int

    /// The prefixes that make sense: a million addresses to sixteen.
    public static let prefixes = 12...28

    /// A network; nil for a prefix out of range or a base that is not the first address.
    public init?(base: UInt32, prefix: Int) {
        guard Self.prefixes.contains(prefix), base & (UInt32.max >> UInt32(prefix)) == 0 else {
            return nil
        }
        self.base = base
        self.prefix = prefix
    }

    /// Reads `address/prefix`; nil if it is none, or not the first address of the network.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let base = Self.number(of: parts[0]), let prefix = Int(parts[1])
        else { return nil }
        self.init(base: base, prefix: prefix)
    }

    /// `10.130.16.0/20`.
    public var description: String { Self.text(base) + "/\(prefix)" }

    /// The address of the service `kubernetes`, which is the API itself.
    public var firstService: String { Self.text(base + 1) }

    /// Where pods ask for names.
    public var nameServer: String { Self.text(base + 10) }

    /// How many addresses there are, the first and the last, which nobody gets, among them.
    private var size: Int { 1 << (32 - prefix) }

    /// Whether a service may have an address.
    public func contains(_ address: UInt32) -> Bool {
        address > base && address < base + UInt32(size - 1)
    }

    /// An address that nobody has.
    ///
    /// - Parameters:
    ///   - taken: Those that somebody has.
    ///   - seed: Where to begin; any number.
    /// - Returns: The address, or nil if all are taken.
    public func freeAddress(besides taken: Set<UInt32>, seed: UInt32) -> UInt32? {
        let low = 1 + min(max(16, size / 16), 256, size / 2)
        let free = FreeNumber.find(in: 1..<(size - 1), keeping: low - 1, seed: seed) { offset in
            offset != 10 && !taken.contains(base + UInt32(offset))
        }
        return free.map { base + UInt32($0) }
    }

    /// The number of an IPv4 address in its usual form; nil if it is none.
    public static func number(of address: some StringProtocol) -> UInt32? {
        let parts = address.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard let byte = UInt8(part), part.utf8.allSatisfy({ (48...57).contains($0) }),
                part.utf8.count == 1 || part.utf8.first != 48
            else { return nil }
            number = number << 8 | UInt32(byte)
        }
        return number
    }

    /// An address in its usual form.
    public static func text(_ address: UInt32) -> String {
        [24, 16, 8, 0].map { String(address >> UInt32($0) & 255) }.joined(separator: ".")
    }
}

/// Finds a number that nobody has, the upper part of a range first.
public enum FreeNumber {
    /// - Parameters:
    ///   - range: The numbers.
    ///   - kept: How many at the lower end are taken only when the others are gone.
    ///   - seed: Where to begin; any number.
    ///   - isFree: Whether nobody has a number.
    /// - Returns: The number, or nil if none is free.
    public static func find(
        in range: Range<Int>,
        keeping kept: Int,
        seed: UInt32,
        where isFree: (Int) -> Bool
    ) -> Int? {
        let border = min(range.lowerBound + max(0, kept), range.upperBound)
        for part in [border..<range.upperBound, range.lowerBound..<border] where !part.isEmpty {
            let start = Int(seed) % part.count
            for step in 0..<part.count {
                let number = part.lowerBound + (start + step) % part.count
                if isFree(number) { return number }
            }
        }
        return nil
    }
}
