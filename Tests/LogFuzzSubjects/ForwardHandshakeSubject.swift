import LogPipeline
import Records

/// Forward's handshake, each side of it: reading never traps, a side is believed only if it knows the key, and what one
/// side says to whatever it was told, the other takes.
public func fuzzForwardHandshake(_ bytes: [UInt8]) {
    let (nonce, salt) = (Array("0123456789abcdef".utf8), Array("salt".utf8))
    func server(_ key: String, _ users: [String: String]) -> ForwardServerHandshake {
        ForwardServerHandshake(
            sharedKey: key,
            host: "collector",
            users: users,
            nonce: nonce,
            salt: salt
        )
    }
    func client(_ key: String) -> ForwardClientHandshake {
        ForwardClientHandshake(
            sharedKey: key,
            host: "app",
            user: "bob",
            password: "pw",
            salt: salt
        )
    }
    // As a client's PING.
    let open = server("secret", [:]).take(bytes.span)
    let guarded = server("secret", ["bob": "pw"]).take(bytes.span)
    let foreign = server("other", [:]).take(bytes.span)
    precondition(open.refusal == nil || guarded.refusal != nil, "a user opens what a key does not")
    precondition(open.refusal != nil || foreign.refusal != nil, "two keys are one")
    for (answer, refusal) in [open, guarded, foreign] {
        let parts = list(answer)
        precondition(parts.count == 5 && parts[0] == .text("PONG"), "no PONG")
        precondition(parts[1] == .boolean(refusal == nil), "a verdict that is not told")
        // Who is refused is shown nothing that is made of the key.
        precondition(refusal == nil || parts[4] == .text(""), "a proof for who is refused")
    }
    // As a server's PONG.
    var (knowing, wrong) = (client("secret"), client("other"))
    _ = knowing.answer(server("secret", [:]).hello.span)
    _ = wrong.answer(server("secret", [:]).hello.span)
    let isBelieved = knowing.refusal(bytes.span) == nil
    precondition(!isBelieved || wrong.refusal(bytes.span) != nil, "two keys are one")
    // As a server's HELO.
    var caller = client("secret")
    guard let ping = caller.answer(bytes.span) else { return }
    let hello = list(bytes)
    guard case .object(let options) = hello[1] else {
        preconditionFailure("a HELO without options is answered")
    }
    func option(_ name: String) -> [UInt8] {
        if case .bytes(let bytes)? = options[name] { bytes.array } else { [] }
    }
    let asked = option("auth")
    let peer = ForwardServerHandshake(
        sharedKey: "secret",
        host: "collector",
        users: asked.isEmpty ? [:] : ["bob": "pw"],
        nonce: option("nonce"),
        salt: asked
    )
    let (pong, refusal) = peer.take(ping.span)
    precondition(refusal == nil, "who knows the key is refused")
    precondition(caller.refusal(pong.span) == nil, "who knows the key is not believed")
    let stranger = ForwardServerHandshake(
        sharedKey: "other",
        host: "collector",
        users: [:],
        nonce: option("nonce"),
        salt: asked
    )
    let (no, why) = stranger.take(ping.span)
    precondition(
        why != nil && caller.refusal(no.span) != nil,
        "who does not know the key is believed"
    )
}

private func list(_ bytes: [UInt8]) -> [Value] {
    var reader = MessagePackReader(bytes.span)
    guard case .array(let parts)? = try? reader.next() else { return [] }
    return Array(parts)
}
