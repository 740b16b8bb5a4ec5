internal import Security

/// A message of PostgreSQL's protocol, version 3.
struct PostgresMessage: Sendable {
    /// Its letter.
    var kind: UInt8
    /// What follows the length.
    var body: [UInt8]

    // MARK: Received

    /// The number of four bytes at a place.
    func number(at place: Int) -> Int? {
        guard place >= 0, body.count >= place + 4 else { return nil }
        let bits = body[place..<place + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return Int(Int32(bitPattern: bits))
    }

    /// The texts that end with a zero byte each, up to an empty one.
    func strings(from place: Int) -> [String] {
        guard body.count > place else { return [] }
        return body[place...].split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The values of a row (`D`).
    var row: [String?]? {
        guard body.count >= 2 else { return nil }
        var values: [String?] = []
        var place = 2
        for _ in 0..<(Int(body[0]) << 8 | Int(body[1])) {
            guard let size = number(at: place) else { return nil }
            place += 4
            if size < 0 {
                values.append(nil)
                continue
            }
            guard body.count >= place + size else { return nil }
            values.append(String(decoding: body[place..<place + size], as: UTF8.self))
            place += size
        }
        return values
    }

    /// The sentence of an error (`E`): its message and code.
    var problem: String {
        var message = ""
        var code = ""
        for field in strings(from: 0) {
            if field.hasPrefix("M") { message = String(field.dropFirst()) }
            if field.hasPrefix("C") { code = String(field.dropFirst()) }
        }
        return message.isEmpty ? "the server refuses" : "\(message) (\(code))"
    }

    // MARK: To send

    /// Asks for TLS.
    static let tlsRequest: [UInt8] = big(8) + big(80_877_103)

    /// The first message: the user, and for a complete login the database and the program's name.
    static func startup(_ login: PostgresLogin, isComplete: Bool) -> [UInt8] {
        var fields = ["user", login.user]
        if isComplete {
            fields += ["database", login.database ?? "postgres"]
            fields += ["application_name", "companion health check"]
        }
        let body = big(196_608) + fields.flatMap { Array($0.utf8) + [0] } + [0]
        return big(body.count + 4) + body
    }

    static func query(_ text: String) -> [UInt8] {
        message("Q", Array(text.utf8) + [0])
    }

    static func password(_ text: String) -> [UInt8] {
        message("p", Array(text.utf8) + [0])
    }

    /// `md5` and the digest of the salted digest of password and user.
    static func md5(_ user: String, _ password: String, salt: some Collection<UInt8>) -> String {
        let inner = Digest.hexadecimal(Digest.md5(Array((password + user).utf8)))
        return "md5" + Digest.hexadecimal(Digest.md5(Array(inner.utf8) + salt))
    }

    static func saslStart(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        return message("p", Array("SCRAM-SHA-256".utf8) + [0] + big(bytes.count) + bytes)
    }

    static func saslAnswer(_ text: String) -> [UInt8] {
        message("p", Array(text.utf8))
    }

    private static func message(_ kind: Unicode.Scalar, _ body: [UInt8]) -> [UInt8] {
        [UInt8(ascii: kind)] + big(body.count + 4) + body
    }

    private static func big(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}
