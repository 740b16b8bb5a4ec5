internal import Basics

/// The character set of a file.
enum TextEncoding: Sendable, Hashable {
    case utf8
    case latin1
    case utf16(isBig: Bool)

    /// Reads a name as configurations have it; nil if the set is not known.
    init?(_ name: String) {
        switch name.lowercased().filter({ $0 != "-" && $0 != "_" && $0 != " " }) {
        case "utf8", "", "ascii", "usascii": self = .utf8
        case "latin1", "iso88591", "windows1252", "cp1252": self = .latin1
        case "utf16", "utf16le", "ucs2le": self = .utf16(isBig: false)
        case "utf16be", "ucs2be": self = .utf16(isBig: true)
        default: return nil
        }
    }

    /// The bytes of a code unit.
    var unit: Int {
        if case .utf16 = self { return 2 }
        return 1
    }

    /// The mark that may stand before a text.
    var mark: [UInt8] {
        switch self {
        case .utf8: [0xEF, 0xBB, 0xBF]
        case .latin1: []
        case .utf16(let isBig): isBig ? [0xFE, 0xFF] : [0xFF, 0xFE]
        }
    }

    /// ASCII in this set.
    func encode(_ bytes: [UInt8]) -> [UInt8] {
        guard case .utf16(let isBig) = self else { return bytes }
        return bytes.flatMap { isBig ? [0, $0] : [$0, 0] }
    }

    /// Turns lines of a block into UTF-8.
    func decode(
        _ block: Span<UInt8>,
        _ lines: inout [LineCutter.Line]
    ) -> [UInt8] {
        var text: [UInt8] = []
        for index in lines.indices {
            let start = text.count
            let line = block.extracting(Int(lines[index].start)..<Int(lines[index].end))
            switch self {
            case .utf8: for place in line.indices { text.append(line[place]) }
            case .latin1: for place in line.indices { Self.append(UInt32(line[place]), to: &text) }
            case .utf16(let isBig): Self.decode16(line, isBig, to: &text)
            }
            lines[index] = .init(start: Int32(start), end: Int32(text.count))
        }
        return text
    }

    private static func decode16(_ line: Span<UInt8>, _ isBig: Bool, to text: inout [UInt8]) {
        func unit(_ at: Int) -> UInt32 {
            let (first, second) = (UInt32(line[at]), UInt32(line[at + 1]))
            return isBig ? first << 8 | second : second << 8 | first
        }
        var at = 0
        while at + 1 < line.count {
            let first = unit(at)
            at += 2
            if first & 0xF800 != 0xD800 {
                append(first, to: &text)
            } else if first < 0xDC00, at + 1 < line.count, unit(at) & 0xFC00 == 0xDC00 {
                append(0x10000 + (first & 0x3FF) << 10 + unit(at) & 0x3FF, to: &text)
                at += 2
            } else {
                append(0xFFFD, to: &text)
            }
        }
        if at < line.count { append(0xFFFD, to: &text) }
    }

    private static func append(_ scalar: UInt32, to text: inout [UInt8]) {
        func tail(_ shift: UInt32) -> UInt8 { UInt8(0x80 | (scalar >> shift) & 0x3F) }
        switch scalar {
        case ..<0x80: text.append(UInt8(scalar))
        case ..<0x800:
            text.append(UInt8(0xC0 | scalar >> 6))
            text.append(tail(0))
        case ..<0x10000:
            text.append(UInt8(0xE0 | scalar >> 12))
            text.append(tail(6))
            text.append(tail(0))
        default:
            text.append(UInt8(0xF0 | scalar >> 18))
            text.append(tail(12))
            text.append(tail(6))
            text.append(tail(0))
        }
    }
}
