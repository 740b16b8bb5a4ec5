/// What a PostgreSQL client says before its TLS hello.
///
/// It asks in plain text whether the server speaks TLS, and waits for one byte (PostgreSQL 15, chapter
/// 55.2.10). The eight bytes cannot begin a TLS hello.
enum PostgresGreeting {
    /// More bytes are needed to tell.
    case needsMore
    /// It asks for TLS (`SSLRequest`).
    case tls
    /// It asks for the encryption of GSSAPI (`GSSENCRequest`).
    case gss
    /// Something else.
    case other

    /// How long a question is.
    static let length = 8

    /// Looks at the first bytes of a connection.
    static func look(_ bytes: Span<UInt8>) -> Self {
        let common: [UInt8] = [0, 0, 0, 8, 0x04, 0xD2, 0x16]
        for index in 0..<min(bytes.count, common.count) where bytes[index] != common[index] {
            return .other
        }
        guard bytes.count >= length else { return .needsMore }
        switch bytes[7] {
        case 0x2F: return .tls
        case 0x30: return .gss
        default: return .other
        }
    }
}
