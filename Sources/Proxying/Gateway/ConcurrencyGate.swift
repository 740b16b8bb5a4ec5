import Basics
import HTTP

/// A limit of requests at a time, compiled for one worker.
final class ConcurrencyGate {
    let settings: ConcurrencySettings
    private let counts: RequestCounts
    private let field: FieldName?
    private let seed: UInt64

    init(_ settings: ConcurrencySettings, _ counts: RequestCounts, seed: UInt64) {
        self.settings = settings
        self.counts = counts
        self.seed = seed
        if case .header(let name) = settings.key { field = FieldName(name) } else { field = nil }
    }

    /// Takes a place for a request; false if there is none.
    func take(_ exchange: Exchange) -> Bool {
        guard let key = key(exchange.request, exchange.client.address) else { return true }
        guard counts.take(key, below: settings.maximum) else { return false }
        exchange.filtering.places.append(Place(counts: counts, key: key))
        return true
    }

    /// The hash of what has a count of its own; `nil` if the request has no such thing.
    private func key(_ head: borrowing RequestHead, _ client: PeerAddress) -> UInt64? {
        switch settings.key {
        case .shared, .apiKey: return seed
        case .address:
            let text = client.textWithoutPort
            return XXHash64.hash(text.span, seed: seed)
        case .header:
            guard let field else { return nil }
            if field.kind == .authority { return XXHash64.hash(head.authority, seed: seed) }
            guard let index = field.first(in: head.fields) else { return nil }
            return XXHash64.hash(head.fields.value(index), seed: seed)
        }
    }

    /// A request's place.
    struct Place {
        let counts: RequestCounts
        let key: UInt64

        func giveBack() { counts.giveBack(key) }
    }
}
