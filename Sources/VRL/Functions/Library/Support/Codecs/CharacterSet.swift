/// The sets of characters that texts come in most.
enum CharacterSet {
    case utf8
    case utf16LittleEndian
    case utf16BigEndian
    case windows1252

    /// A set by one of the names of the encoding standard, in any case.
    ///
    /// As there, Latin-1 and ASCII are read as Windows-1252.
    init?(named name: String) {
        switch name.lowercased() {
        case "utf-8", "utf8", "unicode-1-1-utf-8": self = .utf8
        case "utf-16le", "utf-16", "ucs-2", "unicode": self = .utf16LittleEndian
        case "utf-16be": self = .utf16BigEndian
        case "windows-1252", "cp1252", "iso-8859-1", "iso8859-1", "latin1", "l1", "us-ascii",
            "ascii":
            self = .windows1252
        default: return nil
        }
    }

    /// What Windows-1252 has from 0x80 to 0x9F.
    private static let upper: [UInt32] = [
        0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160, 0x2039,
        0x152, 0x8D, 0x17D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
        0x2DC, 0x2122, 0x161, 0x203A, 0x153, 0x9D, 0x17E, 0x178,
    ]

    /// The text that bytes tell; what tells nothing becomes U+FFFD.
    func decode(_ bytes: [UInt8]) -> String {
        switch self {
        case .utf8: return String(decoding: bytes, as: UTF8.self)
        case .windows1252:
            var text = ""
            for byte in bytes {
                let value =
                    (0x80...0x9F).contains(byte) ? Self.upper[Int(byte) - 128] : UInt32(byte)
                text.unicodeScalars.append(Unicode.Scalar(value) ?? "\u{FFFD}")
            }
            return text
        case .utf16LittleEndian, .utf16BigEndian:
            let isLittle = self == .utf16LittleEndian
            var units: [UInt16] = []
            for place in stride(from: 0, to: bytes.count - 1, by: 2) {
                let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
                units.append(isLittle ? first | second << 8 : second | first << 8)
            }
            let text = String(decoding: units, as: UTF16.self)
            return bytes.count % 2 == 0 ? text : text + "\u{FFFD}"
        }
    }

    /// The bytes of a text; a character that the set has not becomes a reference, `&#1234;`.
    func encode(_ text: String) -> [UInt8] {
        switch self {
        case .utf8: return Array(text.utf8)
        case .utf16LittleEndian:
            return text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
        case .utf16BigEndian:
            return text.utf16.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
        case .windows1252:
            var bytes: [UInt8] = []
            for scalar in text.unicodeScalars {
                if scalar.value < 128 || (0xA0...0xFF).contains(scalar.value) {
                    bytes.append(UInt8(scalar.value))
                } else if let place = Self.upper.firstIndex(of: scalar.value) {
                    bytes.append(UInt8(place + 128))
                } else {
                    bytes += Array("&#\(scalar.value);".utf8)
                }
            }
            return bytes
        }
    }
}
