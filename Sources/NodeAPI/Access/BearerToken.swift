internal import Basics
internal import Formats
internal import Security

/// A JSON web token (RFC 7519) of the engine's own, signed with ES256.
struct BearerToken: Sendable, Hashable {
    /// Whom it is about.
    var subject: String
    /// Whom it is for.
    var audiences: [String]
    /// From when on it holds, in seconds since 1970.
    var issued: Int64
    /// Until when it holds, in seconds since 1970.
    var end: Int64
    /// What tells it from others.
    var identifier: String
    /// The groups of a user who is no service account.
    var groups: [String] = []
    /// The service account, and the pod that it is bound to, as Kubernetes' claim has them.
    var account: JSON = [:]

    /// The text of the token.
    func text(signedBy key: SigningKey) -> String {
        let header: JSON = ["alg": "ES256", "kid": .string(Self.identifier(of: key))]
        var claims: JSON = [
            "iss": .string(NodeCredentials.issuer), "sub": .string(subject),
            "aud": .strings(audiences), "iat": .int(Int(issued)), "nbf": .int(Int(issued)),
            "exp": .int(Int(end)), "jti": .string(identifier),
        ]
        if !groups.isEmpty { claims["groups"] = .strings(groups) }
        if account.object?.isEmpty == false { claims["kubernetes.io"] = account }
        let signed =
            Base64URL.encode(header.bytes()) + [UInt8(ascii: ".")]
            + Base64URL.encode(claims.bytes())
        let signature = Base64URL.encode(key.sign(signed))
        return String(decoding: signed + [UInt8(ascii: ".")] + signature, as: UTF8.self)
    }

    /// Reads a token that this key has signed; `nil` for any other text.
    ///
    /// Whether its time has come or is over is the caller's question.
    init?(_ text: String, signedBy key: SigningKey) {
        guard text.utf8.count <= 16 << 10 else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
            .map(Array.init)
        guard parts.count == 3, let header = Self.object(parts[0]),
            header["alg"]?.string == "ES256",
            let signature = Self.decoded(parts[2]),
            key.verifyingKey.verifies(
                signature,
                of: parts[0] + [UInt8(ascii: ".")] + parts[1],
                by: .es256
            ), let claims = Self.object(parts[1]),
            claims["iss"]?.string == NodeCredentials.issuer,
            let subject = claims["sub"]?.string, let end = claims["exp"]?.int,
            let issued = claims["nbf"]?.int
        else { return nil }
        self.subject = subject
        self.end = Int64(end)
        self.issued = Int64(issued)
        audiences = (claims["aud"]?.array ?? []).compactMap(\.string)
        identifier = claims["jti"]?.string ?? ""
        groups = (claims["groups"]?.array ?? []).compactMap(\.string)
        account = claims["kubernetes.io"] ?? [:]
    }

    /// Makes a token that begins now.
    init(
        subject: String,
        audiences: [String],
        at now: Timestamp,
        seconds: Int,
        groups: [String] = [],
        account: JSON = [:]
    ) {
        self.subject = subject
        self.audiences = audiences
        issued = now.seconds
        end = now.seconds + Int64(seconds)
        identifier = Digest.hexadecimal(SecureRandom.bytes(16))
        self.groups = groups
        self.account = account
    }

    private static func object(_ part: [UInt8]) -> JSON? {
        decoded(part).flatMap { try? JSON.parse($0) }
    }

    private static func decoded(_ part: [UInt8]) -> [UInt8]? {
        let span = part.span
        return Base64URL.decode(span)
    }

    private static func identifier(of key: SigningKey) -> String {
        let (x, y) = key.coordinates
        return String(decoding: Base64URL.encode(Digest.sha256(x + y)), as: UTF8.self)
    }
}
