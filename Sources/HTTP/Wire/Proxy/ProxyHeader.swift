/// The header of HAProxy's PROXY protocol: whose connection a proxy passes on.
///
/// Source: `proxy-protocol.txt`, versions 1 and 2. Datagrams of version 2 are taken for what they name.
public struct ProxyHeader: Hashable, Sendable {
    /// Whether the proxy speaks for itself, as for its health checks: the connection's own ends count.
    public var isLocal: Bool
    /// Where the client connects from.
    public var source: ProxyAddress
    /// Where the client connected to.
    public var destination: ProxyAddress

    /// Makes a header; without addresses the connection's own ends count.
    public init(
        isLocal: Bool = false,
        source: ProxyAddress = .none,
        destination: ProxyAddress = .none
    ) {
        self.isLocal = isLocal
        self.source = source
        self.destination = destination
    }

    static let signature: [UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]

    /// Reads a header of either version at the beginning of a connection.
    ///
    /// - Parameters:
    ///   - bytes: The first bytes of the connection.
    ///   - maximum: The most bytes of a header of version 2 with its extensions, at least 232.
    /// - Returns: The header and its length, or `nil` if more bytes are needed.
    /// - Throws: `ProxyViolation`; after `missing` the connection may be gone on with as it is.
    public static func decode(
        _ bytes: Span<UInt8>,
        maximum: Int = 4096
    ) throws(ProxyViolation) -> (header: ProxyHeader, length: Int)? {
        if bytes.isEmpty { return nil }
        if bytes[0] == signature[0] {
            for index in 0..<min(signature.count, bytes.count) {
                guard bytes[index] == signature[index] else { throw .missing }
            }
            guard bytes.count >= 16 else { return nil }
            return try version2(bytes, maximum: maximum)
        }
        let word = HeaderBlock.span("PROXY ")
        for index in 0..<min(word.count, bytes.count) {
            guard bytes[index] == word[index] else { throw .missing }
        }
        return try version1(bytes)
    }
}
