/// A pattern of a `case` (POSIX 2.13.1): `*`, `?` and sets such as `[a-z0-9]` and `[!x]`, by bytes as in the locale of
/// containers.
struct ShellGlob: Sendable, Hashable {
    private enum Part: Sendable, Hashable {
        case byte(UInt8)
        case any
        case many
        case set([ClosedRange<UInt8>], isNegated: Bool)
    }

    private var parts: [Part] = []

    /// Reads a pattern; a `[` without its end stands for itself.
    init(_ text: String, isLiteral: Bool) {
        let bytes = Array(text.utf8)
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            switch byte {
            case _ where isLiteral: parts.append(.byte(byte))
            case UInt8(ascii: "*"): if parts.last != .many { parts.append(.many) }
            case UInt8(ascii: "?"): parts.append(.any)
            case UInt8(ascii: "["):
                if let (set, end) = Self.set(bytes, at) {
                    parts.append(set)
                    at = end
                } else {
                    parts.append(.byte(byte))
                }
            default: parts.append(.byte(byte))
            }
        }
    }

    /// Whether a text has marks of patterns on which shells agree; a class, a backslash and `[^` are none.
    static func isKnown(_ text: String) -> Bool {
        !text.contains("[:") && !text.contains("[.") && !text.contains("[=") && !text.contains("[^")
            && !text.contains("\\")
    }

    private static func set(_ bytes: [UInt8], _ start: Int) -> (Part, Int)? {
        var at = start
        let isNegated = at < bytes.count && bytes[at] == UInt8(ascii: "!")
        if isNegated { at += 1 }
        var ranges: [ClosedRange<UInt8>] = []
        // The first may be a bracket.
        while at < bytes.count, bytes[at] != UInt8(ascii: "]") || ranges.isEmpty {
            let first = bytes[at]
            if at + 2 < bytes.count, bytes[at + 1] == UInt8(ascii: "-"),
                bytes[at + 2] != UInt8(ascii: "]")
            {
                // One that ends before it begins fits nothing.
                ranges.append(first <= bytes[at + 2] ? first...bytes[at + 2] : 0...0)
                at += 3
            } else {
                ranges.append(first...first)
                at += 1
            }
        }
        guard at < bytes.count else { return nil }
        return (.set(ranges, isNegated: isNegated), at + 1)
    }

    /// Whether a text fits it as a whole.
    func fits(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var (part, at) = (0, 0)
        // Where the last `*` stood, and how much it took: nothing before it needs to be tried again.
        var star: (part: Int, at: Int)?
        while at < bytes.count {
            if part < parts.count, case .many = parts[part] {
                star = (part, at)
                part += 1
            } else if part < parts.count, Self.fits(bytes[at], parts[part]) {
                part += 1
                at += 1
            } else if let last = star {
                star = (last.part, last.at + 1)
                part = last.part + 1
                at = last.at + 1
            } else {
                return false
            }
        }
        return parts[part...].allSatisfy { $0 == .many }
    }

    private static func fits(_ byte: UInt8, _ part: Part) -> Bool {
        switch part {
        case .byte(let wanted): byte == wanted
        case .any, .many: true
        case .set(let ranges, let isNegated): ranges.contains { $0.contains(byte) } != isNegated
        }
    }
}
