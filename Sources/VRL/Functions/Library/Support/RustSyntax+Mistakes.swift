extension RustSyntax {
    /// What PCRE2 takes and Rust's `regex` does not: looking around, references to groups, escapes and
    /// groups of its own; nil if there is nothing of it.
    static func mistake(in text: String) -> String? {
        let bytes = Array(text.utf8)
        var place = 0
        var depth = 0
        while place < bytes.count {
            let rest = bytes[(place + 1)...]
            switch bytes[place] {
            case UInt8(ascii: "\\"):
                if let next = rest.first, let mistake = mistake(inEscape: next) { return mistake }
                // What is escaped begins no class.
                place += 2
                continue
            case UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "]") where depth > 0: depth -= 1
            case UInt8(ascii: "(") where depth == 0 && rest.first == UInt8(ascii: "?"):
                if let mistake = mistake(inGroup: rest.dropFirst()) { return mistake }
            default: break
            }
            // A bracket that comes first in a class stands for itself.
            if bytes[place] == UInt8(ascii: "[") {
                if bytes[(place + 1)...].first == UInt8(ascii: "^") { place += 1 }
                if bytes[(place + 1)...].first == UInt8(ascii: "]") { place += 1 }
            }
            place += 1
        }
        return nil
    }

    private static func mistake(inEscape byte: UInt8) -> String? {
        if (0x31...0x39).contains(byte) { return "backreferences are not supported" }
        guard (0x41...0x5A).contains(byte & 0xDF),
            !"dDwWsSbBAznrtfvaxuUpP".utf8.contains(byte)
        else { return nil }
        let letter = Character(Unicode.Scalar(byte))
        return "unrecognized escape sequence: \\\(letter)"
    }

    private static func mistake(inGroup rest: ArraySlice<UInt8>) -> String? {
        let around =
            "look-around, including look-ahead and look-behind, is not supported"
        guard let first = rest.first else { return nil }
        switch first {
        case UInt8(ascii: "="), UInt8(ascii: "!"): return around
        case UInt8(ascii: "<"):
            let second = rest.dropFirst().first
            let looks = second == UInt8(ascii: "=") || second == UInt8(ascii: "!")
            return looks ? around : nil
        case UInt8(ascii: "P"):
            return rest.dropFirst().first == UInt8(ascii: "<") ? nil : "unrecognized flag"
        case UInt8(ascii: "-"), UInt8(ascii: ":"): return nil
        default:
            return "imsUuxR".utf8.contains(first) ? nil : "unrecognized flag"
        }
    }
}
