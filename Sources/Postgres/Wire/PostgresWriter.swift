import Security

/// Messages to a PostgreSQL server.
enum PostgresWriter {
    /// Asks for TLS.
    static let tlsRequest: [UInt8] = [0, 0, 0, 8, 4, 210, 22, 47]
    /// Ends a session.
    static let terminate: [UInt8] = [UInt8(ascii: "X"), 0, 0, 0, 4]
    /// Ends the data of a `COPY`.
    static let copyDone: [UInt8] = [UInt8(ascii: "c"), 0, 0, 0, 4]

    /// Begins a session.
    static func startup(_ login: PostgresLogin) -> [UInt8] {
        var pairs = [
            ("user", login.user), ("database", login.database),
            ("application_name", login.application),
            ("client_encoding", "UTF8"),
        ]
        if let options = login.options, !options.isEmpty { pairs.append(("options", options)) }
        var body: [UInt8] = [0, 3, 0, 0]
        for (name, value) in pairs {
            body += text(name)
            body += text(value)
        }
        body.append(0)
        return length(body.count + 4) + body
    }

    /// A statement.
    static func query(_ statement: String) -> [UInt8] {
        message("Q", text(statement))
    }

    /// A password as it is, or what stands for it.
    static func password(_ password: String) -> [UInt8] {
        message("p", text(password))
    }

    /// Begins SCRAM.
    static func saslStart(_ first: String) -> [UInt8] {
        let answer = Array(first.utf8)
        return message("p", text("SCRAM-SHA-256") + length(answer.count) + answer)
    }

    /// Goes on with SCRAM.
    static func saslAnswer(_ answer: String) -> [UInt8] {
        message("p", Array(answer.utf8))
    }

    /// Data of a `COPY`.
    static func copyData(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        [UInt8(ascii: "d")] + length(bytes.count + 4) + bytes
    }

    /// What stands for a password under `md5`; nil where the machine's rules forbid it.
    static func md5(user: String, password: String, salt: ArraySlice<UInt8>) -> String? {
        let inner = Digest.md5(Array((password + user).utf8))
        let outer = Digest.md5(Array(Digest.hexadecimal(inner).utf8) + salt)
        return inner.isEmpty || outer.isEmpty ? nil : "md5" + Digest.hexadecimal(outer)
    }

    private static func message(_ kind: Unicode.Scalar, _ body: [UInt8]) -> [UInt8] {
        [UInt8(ascii: kind)] + length(body.count + 4) + body
    }

    private static func text(_ text: String) -> [UInt8] {
        // A zero byte would end it early.
        text.utf8.filter { $0 != 0 } + [0]
    }

    private static func length(_ number: Int) -> [UInt8] {
        let value = UInt32(clamping: number)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }
}
