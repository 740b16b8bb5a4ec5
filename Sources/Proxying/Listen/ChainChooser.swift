import Security

/// Chooses the chain of a connection by what its first bytes and addresses show (Envoy's rules).
///
/// Of the chains whose port and addresses fit, those with the most exact server name win, then those
/// that ask for the application protocol, then the first.
struct ChainChooser {
    private struct Candidate {
        var match: ChainMatch
        var sources: [AddressTest]
        var destinations: [AddressTest]
    }

    private let candidates: [Candidate]
    /// Whether the first bytes of a connection must be looked at.
    let needsHello: Bool

    init(_ chains: [FilterChain]) {
        candidates = chains.map { chain in
            Candidate(
                match: chain.match,
                sources: chain.match.sources.map(AddressTest.init),
                destinations: chain.match.destinations.map(AddressTest.init)
            )
        }
        needsHello = chains.contains { chain in
            !chain.match.serverNames.isEmpty || !chain.match.applicationProtocols.isEmpty
                || chain.match.isTLS != nil
        }
    }

    /// The place of the chain; `nil` if none takes the connection.
    func choose(
        hello: TLSHello?,
        port: UInt16,
        peer: PeerAddress,
        own: PeerAddress
    ) -> Int? {
        var best: (place: Int, rank: Int)?
        for (place, candidate) in candidates.enumerated() {
            let match = candidate.match
            if let wanted = match.destinationPort, wanted != port { continue }
            if let isTLS = match.isTLS, isTLS != (hello != nil) { continue }
            if !candidate.sources.isEmpty, !candidate.sources.contains(where: { peer.isIn($0) }) {
                continue
            }
            if !candidate.destinations.isEmpty,
                !candidate.destinations.contains(where: { own.isIn($0) })
            {
                continue
            }
            guard let rank = Self.rank(match, hello) else { continue }
            if best.map({ rank > $0.rank }) ?? true { best = (place, rank) }
        }
        return best?.place
    }

    /// How exactly names and protocols fit; `nil` if they do not.
    private static func rank(_ match: ChainMatch, _ hello: TLSHello?) -> Int? {
        var rank = 0
        if !match.serverNames.isEmpty {
            guard let name = hello?.serverName else { return nil }
            let fits = match.serverNames.compactMap { exactness($0.lowercased(), name) }
            guard let best = fits.max() else { return nil }
            rank += best * 4
        }
        if !match.applicationProtocols.isEmpty {
            let offered = hello?.protocols ?? []
            guard match.applicationProtocols.contains(where: offered.contains) else { return nil }
            rank += 2
        }
        if match.isTLS != nil { rank += 1 }
        return rank
    }

    /// Exact names count most, then the longer suffix.
    private static func exactness(_ wanted: String, _ name: String) -> Int? {
        if wanted == name { return 1 << 16 }
        guard wanted.hasPrefix("*."), name.hasSuffix(wanted.dropFirst()) else { return nil }
        return wanted.utf8.count
    }
}
