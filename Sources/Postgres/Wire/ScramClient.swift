import Formats
import Security

/// The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding.
struct ScramClient: Sendable {
    private let password: [UInt8]
    private let nonce: String
    private var signature: [UInt8] = []

    /// What a server may ask a client to compute.
    private static let iterationMaximum = 200_000

    init(password: String, nonce: String? = nil) {
        self.password = Array(password.utf8)
        self.nonce = nonce ?? Base64.encode(SecureRandom.bytes(18))
    }

    /// The first message; PostgreSQL takes the user from the session.
    var first: String { "n,,n=,r=\(nonce)" }

    /// The answer to the server's challenge; nil if it cannot be answered.
    mutating func answer(_ challenge: some Collection<UInt8>) -> String? {
        let text = String(decoding: challenge, as: UTF8.self)
        let fields = Self.fields(text)
        guard let combined = fields["r"], combined.hasPrefix(nonce), combined != nonce,
            let salt = fields["s"].flatMap({ Base64.decode($0) }),
            let count = fields["i"].flatMap({ Int($0) }),
            (1...Self.iterationMaximum).contains(count)
        else { return nil }
        let salted = KeyDerivation.pbkdf2(password: password, salt: salt, iterations: count)
        let bare = "c=biws,r=\(combined)"
        let whole = Array("n=,r=\(nonce),\(text),\(bare)".utf8)
        let key = Self.sign(salted, Array("Client Key".utf8))
        let seal = Self.sign(Digest.sha256(key), whole)
        signature = Self.sign(Self.sign(salted, Array("Server Key".utf8)), whole)
        return "\(bare),p=\(Base64.encode(zip(key, seal).map { $0 ^ $1 }))"
    }

    /// Whether the server's last message shows that it knows the password.
    func accepts(_ last: some Collection<UInt8>) -> Bool {
        let fields = Self.fields(String(decoding: last, as: UTF8.self))
        guard !signature.isEmpty, let given = fields["v"].flatMap({ Base64.decode($0) }) else {
            return false
        }
        return MessageAuthentication.equal(given, signature)
    }

    private static func sign(_ key: [UInt8], _ text: [UInt8]) -> [UInt8] {
        MessageAuthentication.sha256(key: key, message: text)
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
