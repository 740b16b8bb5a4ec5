import Formats
import Postgres
import Security

/// A login with SCRAM-SHA-256: a line is the server's challenge, the rest its last message.
///
/// What is answered, a server that knows the password takes for a proof, and its own proof is the only one that is
/// taken back. (RFC 5802, section 3)
public func fuzzPostgresScram(_ bytes: [UInt8]) {
    let (password, nonce) = ("secret", "nonce")
    let challenge = Array(bytes.prefix { $0 != 0x0A })
    let last = Array(bytes.dropFirst(challenge.count + 1))
    var client = ScramClient(password: password, nonce: nonce)
    precondition(client.first == "n,,n=,r=nonce", "the first message")
    precondition(!client.accepts(last), "a server is believed before it was asked")
    let parts = challenge.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
    // What takes long is left out here; that more is refused is not.
    let count = parts.count > 2 ? Int(parts[2].dropFirst(2)) ?? 0 : 0
    guard count <= 5000 || count > ScramClient.iterationMaximum else { return }
    guard let answer = client.answer(challenge) else {
        precondition(!client.accepts(last), "a server is believed that was not answered")
        return
    }
    precondition(count > 0 && count <= 5000, "no server may ask for so much")
    let combined = String(parts[0].dropFirst(2))
    precondition(combined.hasPrefix(nonce) && combined.count > nonce.count, "another nonce")
    let bare = "c=biws,r=" + combined
    precondition(answer.hasPrefix(bare + ",p="), "an answer to another challenge")
    let proof = Base64.decode(String(answer.dropFirst(bare.count + 3))) ?? []
    let salt = Base64.decode(String(parts[1].dropFirst(2))) ?? []
    let whole = Array("n=,r=\(nonce),".utf8) + challenge + Array(("," + bare).utf8)
    let server = ScramServer(password, salt, count)
    precondition(server.believes(proof, whole), "the right password is no proof")
    precondition(!ScramServer("other", salt, count).believes(proof, whole), "any password will do")
    var good = Array("v=\(Base64.encode(server.signature(of: whole)))".utf8)
    precondition(client.accepts(good), "a server that knows the password is not believed")
    precondition(client.accepts(good + Array(",x=1".utf8)), "an extension is in the way")
    let isGood = last == good || last.starts(with: good + [UInt8(ascii: ",")])
    let hasBreaks = last.contains { $0 == 0x0A || $0 == 0x0D }
    precondition(client.accepts(last) == isGood || hasBreaks, "another proof is taken")
    good[4] = good[4] == 0x41 ? 0x42 : 0x41
    precondition(!client.accepts(good), "a proof that is not right is taken")
}

/// What a server keeps of a password, and what it works out.
private struct ScramServer {
    private let stored: [UInt8]
    private let key: [UInt8]

    init(_ password: String, _ salt: [UInt8], _ iterations: Int) {
        let salted = KeyDerivation.pbkdf2(
            password: Array(password.utf8),
            salt: salt,
            iterations: iterations
        )
        let client = MessageAuthentication.sha256(key: salted, message: Array("Client Key".utf8))
        stored = Digest.sha256(client)
        key = MessageAuthentication.sha256(key: salted, message: Array("Server Key".utf8))
    }

    func believes(_ proof: [UInt8], _ whole: [UInt8]) -> Bool {
        let seal = MessageAuthentication.sha256(key: stored, message: whole)
        return proof.count == seal.count
            && Digest.sha256(zip(proof, seal).map { $0 ^ $1 }) == stored
    }

    func signature(of whole: [UInt8]) -> [UInt8] {
        MessageAuthentication.sha256(key: key, message: whole)
    }
}
