/// Percent encoding (RFC 3986, and the sets of the URL standard).
enum Percent {
    /// The characters besides controls and non-ASCII that each set encodes.
    static let sets: [(name: String, characters: String)] = {
        let query = " \"#<>"
        let path = query + "?`{}"
        let user = path + "/:;=@[\\]^|"
        let component = user + "$%&+,"
        return [
            ("NON_ALPHANUMERIC", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~ "), ("CONTROLS", ""),
            ("FRAGMENT", " \"<>`"), ("QUERY", query), ("SPECIAL", query + "'"), ("PATH", path),
            ("USERINFO", user), ("COMPONENT", component),
            ("WWW_FORM_URLENCODED", component + "!'()~"),
        ]
    }()

    private static let digits = Array("0123456789ABCDEF".utf8)

    /// Encodes a text's bytes.
    static func encode(_ bytes: [UInt8], _ set: String) -> [UInt8] {
        let characters = Array((sets.first { $0.name == set }?.characters ?? "").utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for byte in bytes {
            if byte < 0x20 || byte >= 0x7F || characters.contains(byte) {
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            } else {
                result.append(byte)
            }
        }
        return result
    }

    /// Decodes `%xx`, and `+` as a space in forms; what is no such sequence stays.
    static func decode(_ bytes: some Collection<UInt8>, isForm: Bool = false) -> [UInt8] {
        let bytes = Array(bytes)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var place = 0
        while place < bytes.count {
            if bytes[place] == UInt8(ascii: "%"), place + 2 < bytes.count,
                let high = value(bytes[place + 1]), let low = value(bytes[place + 2])
            {
                result.append(high << 4 | low)
                place += 3
            } else {
                let isSpace = isForm && bytes[place] == UInt8(ascii: "+")
                result.append(isSpace ? UInt8(ascii: " ") : bytes[place])
                place += 1
            }
        }
        return result
    }

    /// A hexadecimal digit.
    static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x37
        case 0x61...0x66: digit - 0x57
        default: nil
        }
    }
}
