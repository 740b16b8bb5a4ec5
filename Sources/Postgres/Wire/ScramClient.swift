import Formats
import Security

/// The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding.
package struct ScramClient: Sendable {
    private let password: [UInt8]
    private let nonce: String
    private var signature: [UInt8] = []

    /// What a server may ask a client to compute.
    package static let iterationMaximum = 200_000

    /// Begins with a password.
    ///
    /// - Parameters:
    ///   - password: The password.
    ///   - nonce: A text that no other login has; a new one if it is nil.
    package init(password: String, nonce: String? = nil) {
        self.password = Array(password.utf8)
        self.nonce = nonce ?? Base64.encode(SecureRandom.bytes(18))
    }

    /// The first message; PostgreSQL takes the user from the session.
    package var first: String { "n,,n=,r=\(nonce)" }

    /// The answer to the server's challenge; nil if it cannot be answered.
    ///
    /// Its attributes stand in their order, extensions behind them; one that must be understood stands before
    /// them (`m=`) and is not.
    package mutating func answer(_ challenge: some Collection<UInt8>) -> String? {
        let challenge = Array(challenge)
        let parts = challenge.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard parts.count >= 3, let combined = Self.value("r", parts[0]),
            combined.utf8.count > nonce.utf8.count,
            combined.utf8.starts(with: nonce.utf8),
            combined.utf8.allSatisfy({ (0x21...0x7E).contains($0) }),
            let salt = Self.value("s", parts[1]).flatMap({ Base64.decode($0) }),
            let digits = Self.value("i", parts[2]),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(digits),
            (1...Self.iterationMaximum).contains(count)
        else { return nil }
        let salted = KeyDerivation.pbkdf2(password: password, salt: salt, iterations: count)
        let bare = "c=biws,r=\(combined)"
        let whole = Array("n=,r=\(nonce),".utf8) + challenge + Array(",\(bare)".utf8)
        let key = Self.sign(salted, Array("Client Key".utf8))
        let seal = Self.sign(Digest.sha256(key), whole)
        signature = Self.sign(Self.sign(salted, Array("Server Key".utf8)), whole)
        return "\(bare),p=\(Base64.encode(zip(key, seal).map { $0 ^ $1 }))"
    }

    /// Whether the server's last message shows that it knows the password.
    package func accepts(_ last: some Collection<UInt8>) -> Bool {
        let first = Array(last).prefix { $0 != UInt8(ascii: ",") }
        guard !signature.isEmpty, let given = Self.value("v", first).flatMap({ Base64.decode($0) })
        else { return false }
        return MessageAuthentication.equal(given, signature)
    }

    private static func sign(_ key: [UInt8], _ text: [UInt8]) -> [UInt8] {
        MessageAuthentication.sha256(key: key, message: text)
    }

    /// The value of an attribute of this name; nil for another one.
    private static func value(_ name: Unicode.Scalar, _ attribute: ArraySlice<UInt8>) -> String? {
        guard attribute.starts(with: [UInt8(ascii: name), UInt8(ascii: "=")]) else { return nil }
        return String(decoding: attribute.dropFirst(2), as: UTF8.self)
    }
}
