package import Basics
internal import Formats
internal import HTTP
internal import Security

/// Checks JSON web tokens of one provider (RFC 7519).
///
/// Good tokens are remembered until they expire, so that the same one does not cost a signature for each
/// request. The memory is bounded: so many tokens of so many bytes.
package final class TokenVerifier {
    /// A good token.
    package final class Verified {
        /// The token's own bytes.
        let token: [UInt8]
        /// The payload as it came, in base64url.
        let payload: [UInt8]
        /// The claims.
        let claims: JSON
        /// Whom it is about (`sub`), as bytes that may stand in a line.
        let subject: [UInt8]
        /// When it is good no longer.
        let until: Timestamp

        init(token: [UInt8], payload: [UInt8], claims: JSON, until: Timestamp) {
            self.token = token
            self.payload = payload
            self.claims = claims
            self.until = until
            let name = claims["sub"]?.string ?? ""
            subject = name.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } ? Array(name.utf8) : []
        }
    }

    /// The longest token that is looked at.
    static let tokenMaximum = 16 * 1024
    /// The longest token that is remembered, and how many are.
    static let rememberedBytes = 4096
    static let rememberedMaximum = 512
    /// How long a token is remembered at most, so that keys that are withdrawn end.
    static let rememberedFor = Duration.seconds(300)

    let provider: TokenSettings.Provider
    private var keys: KeySet?
    /// Direct mapped: a token has one place, and the last one there is remembered.
    private var remembered: [Verified?]
    private let seed: UInt64
    /// How many signatures were checked.
    private(set) var checks = 0

    package init(_ provider: TokenSettings.Provider, keys: KeySet?, seed: UInt64) {
        self.provider = provider
        self.keys = keys
        self.seed = seed
        remembered = Array(repeating: nil, count: Self.rememberedMaximum)
    }

    /// Takes other keys and forgets the tokens that the old ones were good for.
    func setKeys(_ keys: KeySet?) {
        self.keys = keys
        remembered = Array(repeating: nil, count: Self.rememberedMaximum)
    }

    /// Checks a token.
    package func verify(_ token: Span<UInt8>, at now: Timestamp) throws(TokenFailure) -> Verified {
        if token.count > Self.tokenMaximum { throw .badFormat }
        let place = Int(XXHash64.hash(token, seed: seed) % UInt64(Self.rememberedMaximum))
        if let known = remembered[place], known.until > now {
            let bytes = known.token
            if token.equals(bytes.span) { return known }
        }
        let verified = try check(token, now)
        if token.count <= Self.rememberedBytes { remembered[place] = verified }
        return verified
    }

    private func check(_ token: Span<UInt8>, _ now: Timestamp) throws(TokenFailure) -> Verified {
        let dot = UInt8(ascii: ".")
        guard let first = token.firstIndex(of: dot),
            let second = token.firstIndex(of: dot, from: first + 1),
            token.firstIndex(of: dot, from: second + 1) == nil,
            let head = Base64URL.decode(token.extracting(0..<first)),
            let body = Base64URL.decode(token.extracting(first + 1..<second)),
            let signature = Base64URL.decode(token.extracting(second + 1..<token.count))
        else { throw .badFormat }
        guard let header = Self.object(head) else { throw .badHeader }
        // Extensions that must be understood are not.
        if header["crit"] != nil { throw .critical }
        guard let name = header["alg"]?.string, let algorithm = SignatureAlgorithm(rawValue: name)
        else { throw .badAlgorithm }
        guard let claims = Self.object(body) else { throw .badPayload }
        // What is cheap comes first; the answer tells no more than the token itself.
        let until = try judge(claims, now)
        guard let keys else { throw .noKeys }
        checks += 1
        let isGood = keys.verifies(
            signature,
            of: Array(copying: token.extracting(0..<second)),
            by: algorithm,
            identifier: header["kid"]?.string
        )
        if !isGood { throw .badSignature }
        return Verified(
            token: Array(copying: token),
            payload: Array(copying: token.extracting(first + 1..<second)),
            claims: claims,
            until: until
        )
    }

    /// Judges the claims, and tells until when they are good.
    private func judge(_ claims: JSON, _ now: Timestamp) throws(TokenFailure) -> Timestamp {
        if !provider.issuer.isEmpty, claims["iss"]?.string != provider.issuer {
            throw .unknownIssuer
        }
        let skew = provider.clockSkew
        var until = now + Self.rememberedFor
        if let claim = claims["exp"] {
            guard let time = Self.time(claim) else { throw .badPayload }
            if now >= time + skew { throw .expired }
            until = min(until, time + skew)
        }
        for name in ["nbf", "iat"] {
            guard let claim = claims[name] else { continue }
            guard let time = Self.time(claim) else { throw .badPayload }
            if now + skew < time { throw .notYet }
        }
        if !provider.audiences.isEmpty {
            let audiences = claims["aud"]?.array ?? claims["aud"].map { [$0] } ?? []
            let isMeant = audiences.contains { audience in
                audience.string.map { Self.isIn(provider.audiences, $0) } ?? false
            }
            if !isMeant { throw .badAudience }
        }
        return until
    }

    /// Whether an audience is one of these; the scheme and a last slash count for nothing, as in Envoy.
    private static func isIn(_ audiences: [String], _ audience: String) -> Bool {
        func bare(_ text: String) -> Substring {
            var rest = Substring(text)
            for scheme in ["https://", "http://"] where rest.hasPrefix(scheme) {
                rest = rest.dropFirst(scheme.count)
            }
            return rest.hasSuffix("/") ? rest.dropLast() : rest
        }
        return audiences.contains { bare($0) == bare(audience) }
    }

    private static func object(_ bytes: [UInt8]) -> JSON? {
        let limits = FormatLimits(bytes: tokenMaximum, depth: 16)
        guard let json = try? JSON.parse(bytes, limits: limits), json.object != nil else {
            return nil
        }
        return json
    }

    /// Seconds since 1970, with or without a fraction.
    private static func time(_ claim: JSON) -> Timestamp? {
        // The years 1700 to 2200: nothing that overflows.
        let bound: Int64 = 8_000_000_000
        switch claim {
        case .int(let seconds): return Timestamp(seconds: max(-bound, min(bound, seconds)))
        case .double(let seconds):
            if seconds.isNaN { return nil }
            let clamped = max(-Double(bound), min(Double(bound), seconds))
            return Timestamp(nanoseconds: Int64(clamped * 1e9))
        default: return nil
        }
    }
}
