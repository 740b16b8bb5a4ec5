package import Basics
internal import Formats
package import Security

/// The keys of an issuer of tokens (JWKS, RFC 7517).
package struct KeySet: Sendable {
    /// A key and what it may be used for.
    struct Key: Sendable {
        /// `kid`; `nil` if it has none.
        var identifier: String?
        /// `alg`; `nil` allows all that fit.
        var algorithm: SignatureAlgorithm?
        var key: VerifyingKey
    }

    let keys: [Key]
    /// How many keys of the text are not used: of unknown kinds, for encryption, or too weak.
    let skipped: Int

    /// Reads a key set, or a single key.
    ///
    /// - Throws: `invalid` if it is none, or no key of it can be used.
    package init(_ text: [UInt8]) throws(Failure) {
        let json: JSON
        do {
            json = try JSON.parse(text, limits: FormatLimits(bytes: 1 << 20, depth: 16))
        } catch {
            throw Failure(.invalid, "the key set is not understood", cause: "\(error)")
        }
        var found: [Key] = []
        var problem: Failure?
        let entries = json["keys"]?.array ?? [json]
        for entry in entries.prefix(1000) {
            do throws(Failure) {
                if let key = try Self.key(entry) { found.append(key) }
            } catch {
                problem = problem ?? error
            }
        }
        if found.isEmpty {
            throw problem
                ?? Failure(
                    .invalid,
                    "the key set has no key that can be used",
                    remedy: "give keys of kty RSA, EC, OKP (Ed25519) or oct"
                )
        }
        keys = found
        skipped = entries.count - found.count
    }

    private static func key(_ entry: JSON) throws(Failure) -> Key? {
        if let use = entry["use"]?.string, use != "sig" { return nil }
        if let uses = entry["key_ops"]?.array, !uses.contains(.string("verify")) { return nil }
        var algorithm: SignatureAlgorithm?
        if let name = entry["alg"]?.string {
            guard let known = SignatureAlgorithm(rawValue: name) else { return nil }
            algorithm = known
        }
        let key: VerifyingKey
        switch entry["kty"]?.string {
        case "RSA":
            key = try VerifyingKey(
                rsaModulus: try bytes(entry, "n"),
                exponent: try bytes(entry, "e")
            )
        case "EC":
            guard let curve = VerifyingKey.Curve(rawValue: entry["crv"]?.string ?? "") else {
                return nil
            }
            key = try VerifyingKey(
                curve: curve,
                x: try bytes(entry, "x"),
                y: try bytes(entry, "y")
            )
        case "OKP":
            if entry["crv"]?.string != "Ed25519" { return nil }
            key = try VerifyingKey(ed25519: try bytes(entry, "x"))
        case "oct": key = try VerifyingKey(secret: try bytes(entry, "k"))
        default: return nil
        }
        if let algorithm, !key.fits(algorithm) { return nil }
        return Key(identifier: entry["kid"]?.string, algorithm: algorithm, key: key)
    }

    private static func bytes(_ entry: JSON, _ name: String) throws(Failure) -> [UInt8] {
        let text = Array((entry[name]?.string ?? "").utf8)
        guard !text.isEmpty, let bytes = Base64URL.decode(text.span) else {
            throw Failure(.invalid, "\"\(name)\" of a key is not base64url")
        }
        return bytes
    }

    /// Whether a signature is good by any key that may have made it.
    package func verifies(
        _ signature: [UInt8],
        of message: [UInt8],
        by algorithm: SignatureAlgorithm,
        identifier: String?
    ) -> Bool {
        var tries = 0
        for key in keys {
            // A token that names its key is for that one; keys without names are for all.
            if let identifier, let own = key.identifier, own != identifier { continue }
            if let only = key.algorithm, only != algorithm { continue }
            if !key.key.fits(algorithm) { continue }
            tries += 1
            // A set of many keys without names must not make one token cost a thousand checks.
            if tries > 8 { return false }
            if key.key.verifies(signature, of: message, by: algorithm) { return true }
        }
        return false
    }
}
