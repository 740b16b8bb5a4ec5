import Basics
import Records
import Security

/// The words of Forward's handshake that both sides work out.
enum ForwardDigest {
    /// What proves that a side knows the key.
    static func key(_ salt: [UInt8], _ host: String, _ nonce: [UInt8], _ key: String) -> String {
        Digest.hexadecimal(Digest.sha512(salt + Array(host.utf8) + nonce + Array(key.utf8)))
    }

    /// What proves that a client knows a user's password.
    static func password(_ salt: [UInt8], _ user: String, _ password: String) -> String {
        Digest.hexadecimal(Digest.sha512(salt + Array(user.utf8) + Array(password.utf8)))
    }

    /// Whether two texts are equal, in a time that does not tell where they differ.
    static func equal(_ left: String, _ right: String) -> Bool {
        MessageAuthentication.equal(Array(left.utf8), Array(right.utf8))
    }
}

/// The server's side of Forward's handshake.
package struct ForwardServerHandshake: Sendable {
    private let sharedKey: String
    private let host: String
    private let users: [String: String]
    private let nonce: [UInt8]
    private let salt: [UInt8]

    /// Begins with a key, and the users' passwords; none if no user is asked for.
    ///
    /// - Parameters:
    ///   - sharedKey: What both sides know.
    ///   - host: The server's name.
    ///   - users: Passwords by name.
    ///   - nonce: What no other session has; new bytes if it is nil.
    ///   - salt: The same for passwords.
    package init(
        sharedKey: String,
        host: String,
        users: [String: String],
        nonce: [UInt8]? = nil,
        salt: [UInt8]? = nil
    ) {
        self.sharedKey = sharedKey
        self.host = host
        self.users = users
        self.nonce = nonce ?? SecureRandom.bytes(16)
        self.salt = salt ?? SecureRandom.bytes(16)
    }

    /// The first message.
    package var hello: [UInt8] {
        var bytes: [UInt8] = []
        let pack = MessagePackText()
        pack.append(listOf: 2, to: &bytes)
        pack.append(text: "HELO", to: &bytes)
        pack.append(mapOf: 3, to: &bytes)
        pack.append(text: "nonce", to: &bytes)
        pack.append(binary: nonce.span, to: &bytes)
        pack.append(text: "auth", to: &bytes)
        let asked = users.isEmpty ? [] : salt
        pack.append(binary: asked.span, to: &bytes)
        pack.append(text: "keepalive", to: &bytes)
        pack.append(true, to: &bytes)
        return bytes
    }

    /// Takes the client's message.
    ///
    /// - Returns: The answer, and why the client is refused; nil if it is not.
    package func take(_ object: Span<UInt8>) -> (answer: [UInt8], refusal: String?) {
        var reader = MessagePackReader(object)
        guard case .array(let parts)? = try? reader.next(), parts.count >= 6,
            parts[0] == .text("PING")
        else { return (pong([], "it is no PING"), "it sent no PING") }
        let words = parts.map { part -> [UInt8] in
            if case .bytes(let bytes) = part { bytes.array } else { [] }
        }
        let texts = words.map { String(decoding: $0, as: UTF8.self) }
        let expected = ForwardDigest.key(words[2], texts[1], nonce, sharedKey)
        guard ForwardDigest.equal(expected, texts[3]) else {
            return (pong(words[2], "shared_key mismatch"), "its shared key is another")
        }
        if !users.isEmpty {
            let password = users[texts[4]]
            let proof = ForwardDigest.password(salt, texts[4], password ?? "")
            guard password != nil, ForwardDigest.equal(proof, texts[5]) else {
                return (
                    pong(words[2], "username/password mismatch"), "its user or password is wrong"
                )
            }
        }
        return (pong(words[2], nil), nil)
    }

    private func pong(_ keySalt: [UInt8], _ reason: String?) -> [UInt8] {
        let proof = reason == nil ? ForwardDigest.key(keySalt, host, nonce, sharedKey) : ""
        var bytes: [UInt8] = []
        let pack = MessagePackText()
        pack.append(listOf: 5, to: &bytes)
        pack.append(text: "PONG", to: &bytes)
        pack.append(reason == nil, to: &bytes)
        for text in [reason ?? "", host, proof] { pack.append(text: text, to: &bytes) }
        return bytes
    }
}

/// The client's side of Forward's handshake.
package struct ForwardClientHandshake: Sendable {
    private let sharedKey: String
    private let host: String
    private let user: String
    private let password: String
    private let salt: [UInt8]
    private var nonce: [UInt8] = []

    /// Begins with a key, and a user if the server asks for one.
    ///
    /// - Parameters:
    ///   - sharedKey: What both sides know.
    ///   - host: The client's name.
    ///   - user: The user's name.
    ///   - password: The user's password.
    ///   - salt: What no other session has, as a text; a new one if it is nil.
    package init(
        sharedKey: String,
        host: String,
        user: String?,
        password: String?,
        salt: [UInt8]? = nil
    ) {
        self.sharedKey = sharedKey
        self.host = host
        self.user = user ?? ""
        self.password = password ?? ""
        // The protocol sends it as a text, so it is one.
        self.salt = salt ?? Array(Digest.hexadecimal(SecureRandom.bytes(16)).utf8)
    }

    /// Takes the server's first message.
    ///
    /// - Returns: The answer; nil if the message is none of the protocol's.
    package mutating func answer(_ object: Span<UInt8>) -> [UInt8]? {
        var reader = MessagePackReader(object)
        guard case .array(let parts)? = try? reader.next(), parts.count >= 2,
            parts[0] == .text("HELO"), case .object(let options) = parts[1]
        else { return nil }
        if case .bytes(let bytes)? = options["nonce"] { nonce = bytes.array }
        var asked: [UInt8] = []
        if case .bytes(let bytes)? = options["auth"] { asked = bytes.array }
        var bytes: [UInt8] = []
        let pack = MessagePackText()
        pack.append(listOf: 6, to: &bytes)
        pack.append(text: "PING", to: &bytes)
        pack.append(text: host, to: &bytes)
        pack.append(text: salt.span, to: &bytes)
        let proofs = [
            ForwardDigest.key(salt, host, nonce, sharedKey), asked.isEmpty ? "" : user,
            asked.isEmpty ? "" : ForwardDigest.password(asked, user, password),
        ]
        for text in proofs { pack.append(text: text, to: &bytes) }
        return bytes
    }

    /// Takes the server's verdict.
    ///
    /// - Returns: Why it is no good; nil if all is well.
    package func refusal(_ object: Span<UInt8>) -> String? {
        var reader = MessagePackReader(object)
        guard case .array(let parts)? = try? reader.next(), parts.count >= 5,
            parts[0] == .text("PONG")
        else { return "it does not speak Forward's handshake" }
        guard case .boolean(true) = parts[1] else {
            return "it refuses us: " + ValueText.text(parts[2])
        }
        let name = ValueText.text(parts[3])
        let expected = ForwardDigest.key(salt, name, nonce, sharedKey)
        guard ForwardDigest.equal(expected, ValueText.text(parts[4])) else {
            return "its shared key is another"
        }
        return nil
    }
}
