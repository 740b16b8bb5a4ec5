internal import Basics
internal import HTTP

/// The word of trusted proxies about the client, compiled.
struct ProxyTrust {
    private let ranges: [AddressTest]
    private let field: FieldName
    private let isRecursive: Bool

    init(_ settings: TrustedProxies) {
        ranges = settings.ranges.map { AddressTest($0) }
        field = FieldName(settings.field)
        isRecursive = settings.isRecursive
    }

    /// The client of a request: the peer, unless it is trusted and names another.
    func client(_ fields: borrowing HeaderBlock, _ peer: PeerAddress) -> PeerAddress {
        var client = peer
        var last: Int?
        var next = field.first(in: fields)
        while let index = next {
            last = index
            next = field.first(in: fields, from: index + 1)
        }
        guard let last, isTrusted(peer) else { return peer }
        let value = fields.value(last)
        var end = value.count
        while end >= 0 {
            var start = end
            while start > 0 && value[start - 1] != UInt8(ascii: ",") { start -= 1 }
            guard let address = PeerAddress(value.extracting(start..<end).trimmed) else { break }
            client = address
            end = start - 1
            if !isRecursive || !isTrusted(address) { break }
        }
        return client
    }

    private func isTrusted(_ address: PeerAddress) -> Bool {
        for range in ranges where address.isIn(range) { return true }
        return false
    }
}
