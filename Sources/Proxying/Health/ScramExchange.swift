internal import Formats
internal import Security

/// The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding.
struct ScramExchange: Sendable {
    private let password: [UInt8]
    private let nonce: String
    private var proof = ""
    private var signature: [UInt8] = []

    init(password: String, nonce: String? = nil) {
        self.password = Array(password.utf8)
        self.nonce = nonce ?? Base64.encode(SecureRandom.bytes(18))
    }

    /// The first message; PostgreSQL takes the user from the start of the session.
    var first: String { "n,,n=,r=\(nonce)" }

    /// The last message, once the challenge was taken.
    var final: String { proof }

    /// Takes the server's challenge.
    ///
    /// - Returns: Whether it can be answered.
    mutating func take(_ challenge: some Collection<UInt8>, iterationsMaximum: Int) -> Bool {
        let text = String(decoding: challenge, as: UTF8.self)
        let fields = Self.fields(text)
        guard let combined = fields["r"], combined.hasPrefix(nonce), combined != nonce,
            let salt = fields["s"].flatMap({ Base64.decode($0) }),
            let count = fields["i"].flatMap({ Int($0) }), (1...iterationsMaximum).contains(count)
        else { return false }
        let salted = KeyDerivation.pbkdf2(password: password, salt: salt, iterations: count)
        let clientKey = Self.sign(salted, "Client Key")
        let bare = "c=biws,r=\(combined)"
        let whole = "n=,r=\(nonce),\(text),\(bare)"
        let seal = Self.sign(Digest.sha256(clientKey), whole)
        let mixed = zip(clientKey, seal).map { $0 ^ $1 }
        proof = "\(bare),p=\(Base64.encode(mixed))"
        signature = Self.sign(Self.sign(salted, "Server Key"), whole)
        return true
    }

    /// Whether the server's last message shows that it knows the password.
    func verify(_ last: some Collection<UInt8>) -> Bool {
        let fields = Self.fields(String(decoding: last, as: UTF8.self))
        guard !signature.isEmpty, let given = fields["v"].flatMap({ Base64.decode($0) }) else {
            return false
        }
        return MessageAuthentication.equal(given, signature)
    }

    private static func sign(_ key: [UInt8], _ text: String) -> [UInt8] {
        MessageAuthentication.sha256(key: key, message: Array(text.utf8))
    }

    private static func fields(_ text: String) -> [String: String] {
        var fields: [String: String] = [:]
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { fields[String(pair[0])] = String(pair[1]) }
        }
        return fields
    }
}
