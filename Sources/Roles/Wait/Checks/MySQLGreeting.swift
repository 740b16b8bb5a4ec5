/// The first packet of a MySQL server (MySQL internals: Protocol::HandshakeV10, ERR_Packet).
package enum MySQLGreeting: Sendable, Hashable {
    /// A greeting, and the server's version.
    case version(String)
    /// The server turns clients away, and why.
    case refusal(String)
    /// Not all of it is there.
    case incomplete
    /// It is no such packet.
    case stranger

    /// The longest packet that is taken.
    package static let sizeMaximum = 4096

    /// Reads what a server has sent first.
    package static func read(_ bytes: [UInt8]) -> MySQLGreeting {
        guard bytes.count >= 4 else { return .incomplete }
        let size = Int(bytes[0]) | Int(bytes[1]) << 8 | Int(bytes[2]) << 16
        guard size > 1, size <= sizeMaximum, bytes[3] == 0 else { return .stranger }
        guard bytes.count >= 4 + size else {
            // What cannot be one is known by its first byte.
            if bytes.count > 4, bytes[4] != 9, bytes[4] != 10, bytes[4] != 255 { return .stranger }
            return .incomplete
        }
        let body = bytes[4..<(4 + size)]
        switch bytes[4] {
        case 9, 10:
            guard let end = body.dropFirst().firstIndex(of: 0) else { return .stranger }
            return .version(String(decoding: body[5..<end], as: UTF8.self))
        case 255:
            guard size >= 3 else { return .stranger }
            let code = Int(bytes[5]) | Int(bytes[6]) << 8
            var text = body.dropFirst(3)
            // `#` and five characters of SQLSTATE, from 4.1 on and after the login only.
            if text.first == UInt8(ascii: "#"), text.count >= 6 { text = text.dropFirst(6) }
            return .refusal("\(String(decoding: text, as: UTF8.self)) (\(code))")
        default: return .stranger
        }
    }
}
