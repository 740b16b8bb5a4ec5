internal import Basics
internal import HTTP

/// The buckets of one limit, shared by all workers; it lives as long as the settings are the same.
final class RateLimitState: Sendable {
    fileprivate let shared = SharedTokenBucket()
    fileprivate let keyed: KeyedBuckets
    fileprivate let descriptors: [KeyedBuckets]

    init(_ settings: RateLimitSettings, keysMaximum: Int = 65_536) {
        keyed = KeyedBuckets(maximum: keysMaximum)
        descriptors = settings.descriptors.map { descriptor in
            let isOpen = descriptor.entries.contains { $0.value.isEmpty }
            return KeyedBuckets(maximum: isOpen ? keysMaximum : 1)
        }
    }
}

/// A limit of requests over time, compiled for one worker (Envoy's local rate limit, nginx's `limit_req`).
struct RateLimiter {
    /// What is done with a request.
    enum Verdict: Equatable {
        /// It is not looked at.
        case ignored
        /// It may pass.
        case allowed(RateDecision)
        /// It passes after a wait.
        case wait(Duration, RateDecision)
        /// It is refused with the status of the settings.
        case refused(RateDecision)
        /// It is over the limit, but refusing is not enforced.
        case counted(RateDecision)
    }

    private struct Descriptor {
        var keys: [[UInt8]]
        var values: [[UInt8]]
        var rate: TokenRate
    }

    let settings: RateLimitSettings
    private let state: RateLimitState
    private let rate: TokenRate?
    private let descriptors: [Descriptor]
    private let field: FieldName?
    /// The seed of hashes of keys; the same for all workers, secret.
    private let seed: UInt64

    /// Compiles a limit; `seed` is secret randomness that all workers share.
    init(_ settings: RateLimitSettings, state: RateLimitState, seed: UInt64) throws(Failure) {
        self.settings = settings
        self.state = state
        self.seed = seed
        rate = settings.bucket.map { TokenRate($0, queueMaximum: settings.queueMaximum) }
        descriptors = settings.descriptors.map { descriptor in
            Descriptor(
                keys: descriptor.entries.map { Array($0.key.utf8) },
                values: descriptor.entries.map { Array($0.value.utf8) },
                rate: TokenRate(descriptor.bucket)
            )
        }
        if case .header(let name) = settings.key { field = FieldName(name) } else { field = nil }
    }

    /// Judges a request.
    ///
    /// `actions` are those of its route, `cluster` the name of the chosen one, `apiKey` the index of the key
    /// that a gate found, -1 without.
    func judge(
        _ head: borrowing RequestHead,
        client: PeerAddress,
        actions: RateActions = RateActions(),
        cluster: [UInt8] = [],
        apiKey: Int = -1,
        at now: Instant,
        random: inout RandomSource
    ) -> Verdict {
        if !random.passes(millionths: settings.enabled) { return .ignored }
        guard let decision = take(head, client, actions, cluster, apiKey, now) else {
            return .ignored
        }
        switch decision.verdict {
        case .allowed: return .allowed(decision)
        case .wait(let time): return .wait(time, decision)
        case .refused:
            return random.passes(millionths: settings.enforced)
                ? .refused(decision) : .counted(decision)
        }
    }

    private func take(
        _ head: borrowing RequestHead,
        _ client: PeerAddress,
        _ actions: RateActions,
        _ cluster: [UInt8],
        _ apiKey: Int,
        _ now: Instant
    ) -> RateDecision? {
        // Buckets for certain requests go first; each of them that fits must have a token.
        var tightest: RateDecision?
        for index in descriptors.indices {
            for list in actions.lists.indices {
                guard
                    let hash = fit(descriptors[index], actions.lists[list], head, client, cluster)
                else { continue }
                let decision = state.descriptors[index]
                    .take(descriptors[index].rate, key: hash, at: now)
                if case .refused = decision.verdict { return decision }
                if decision.remaining < tightest?.remaining ?? .max { tightest = decision }
            }
        }
        if let tightest { return tightest }
        guard let rate else { return nil }
        switch settings.key {
        case .shared: return state.shared.take(rate, at: now)
        case .address: return state.keyed.take(rate, key: hash(client), at: now)
        case .apiKey:
            let key = mix(seed, UInt64(bitPattern: Int64(apiKey)))
            return state.keyed.take(rate, key: key, at: now)
        case .header:
            guard let field else { return nil }
            if field.kind == .authority {
                let key = XXHash64.hash(head.authority, seed: seed)
                return state.keyed.take(rate, key: key, at: now)
            }
            guard let index = field.first(in: head.fields) else { return nil }
            let key = XXHash64.hash(head.fields.value(index), seed: seed)
            return state.keyed.take(rate, key: key, at: now)
        }
    }

    /// The hash of what a request has where a descriptor leaves it open; `nil` if it does not fit.
    private func fit(
        _ descriptor: Descriptor,
        _ actions: [RateActions.Action],
        _ head: borrowing RequestHead,
        _ client: PeerAddress,
        _ cluster: [UInt8]
    ) -> UInt64? {
        // An action that may be skipped makes the list shorter, so entries are counted as they come.
        var entry = 0
        var result = seed
        for index in actions.indices {
            let hash: UInt64
            switch actions[index] {
            case .constant(let key, let value):
                guard expects(descriptor, entry, key, value.span) else { return nil }
                hash = XXHash64.hash(value.span, seed: seed)
            case .address(let key):
                guard entry < descriptor.keys.count, descriptor.keys[entry] == key else {
                    return nil
                }
                let wanted = descriptor.values[entry]
                if !wanted.isEmpty, PeerAddress(wanted.span) != client.withoutPort { return nil }
                hash = self.hash(client)
            case .field(let name, let key, let skips):
                guard let place = name.first(in: head.fields) else {
                    if skips { continue }
                    return nil
                }
                let value = head.fields.value(place)
                guard expects(descriptor, entry, key, value) else { return nil }
                hash = XXHash64.hash(value, seed: seed)
            case .query(let name, let key, let skips):
                guard let range = head.path.parameter(name.span) else {
                    if skips { continue }
                    return nil
                }
                let value = head.path.extracting(range)
                guard expects(descriptor, entry, key, value) else { return nil }
                hash = XXHash64.hash(value, seed: seed)
            case .cluster(let key):
                guard expects(descriptor, entry, key, cluster.span) else { return nil }
                hash = XXHash64.hash(cluster.span, seed: seed)
            case .fields(let tests, let isExpected, let key, let value):
                var passes = true
                for test in tests where !test.passes(head) { passes = false }
                guard passes == isExpected, expects(descriptor, entry, key, value.span) else {
                    return nil
                }
                hash = XXHash64.hash(value.span, seed: seed)
            }
            result = mix(result, hash)
            entry += 1
        }
        return entry == descriptor.keys.count && entry > 0 ? result : nil
    }

    private func expects(
        _ descriptor: Descriptor,
        _ entry: Int,
        _ key: [UInt8],
        _ value: Span<UInt8>
    ) -> Bool {
        guard entry < descriptor.keys.count, descriptor.keys[entry] == key else { return false }
        let wanted = descriptor.values[entry]
        return wanted.isEmpty || value.equals(wanted.span)
    }

    private func hash(_ address: PeerAddress) -> UInt64 {
        mix(mix(seed, address.high), address.low ^ UInt64(address.family.rawValue))
    }

    /// One number of two, such that nobody without the seed can make two alike.
    private func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        var random = RandomSource(seed: left ^ seed)
        var next = RandomSource(seed: random.next() ^ right &* 0x9e37_79b9_7f4a_7c15)
        return next.next()
    }
}

extension PeerAddress {
    /// The address with port 0.
    var withoutPort: Self {
        var copy = self
        copy.port = 0
        return copy
    }
}
