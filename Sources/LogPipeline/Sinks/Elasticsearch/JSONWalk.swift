/// Goes through a JSON text from front to back without making anything of it but what is asked for.
///
/// It is lenient: it looks at structure, not at every rule of JSON. A text that it cannot follow makes it
/// broken, and all that follows yields nothing.
struct JSONWalk: ~Escapable {
    private let bytes: Span<UInt8>
    private var at = 0
    /// Whether a map or list was entered and nothing of it was read.
    private var isFirst = true
    /// How deep it is; how deep texts may nest.
    private var depth = 0
    private static let depthMaximum = 64
    /// Whether the text cannot be followed.
    private(set) var isBroken = false

    /// Begins at the front.
    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
    }

    /// Whether the outermost map was left and nothing follows.
    var isAtEnd: Bool {
        var place = at
        while place < bytes.count, bytes[place] <= 0x20 { place += 1 }
        return !isBroken && depth == 0 && place == bytes.count
    }

    private mutating func blanks() {
        while at < bytes.count, bytes[at] <= 0x20 { at &+= 1 }
    }

    private mutating func broken() -> Bool {
        isBroken = true
        return false
    }

    private var byte: UInt8 { at < bytes.count ? bytes[at] : 0 }

    /// Enters the map that begins here; false if there is none.
    mutating func enterMap() -> Bool { enter(0x7B) }

    /// Enters the list that begins here; false if there is none.
    mutating func enterList() -> Bool { enter(0x5B) }

    private mutating func enter(_ bracket: UInt8) -> Bool {
        guard !isBroken else { return false }
        blanks()
        guard byte == bracket else { return false }
        guard depth < Self.depthMaximum else { return broken() }
        at += 1
        depth += 1
        isFirst = true
        return true
    }

    /// Goes to the next member of the map; nil at its end, which is left then.
    mutating func nextName() -> Range<Int>? {
        guard step(end: 0x7D) else { return nil }
        guard let name = textRange() else {
            isBroken = true
            return nil
        }
        blanks()
        guard byte == 0x3A else {
            isBroken = true
            return nil
        }
        at += 1
        return name
    }

    /// Goes to the next element of the list; false at its end, which is left then.
    mutating func nextElement() -> Bool { step(end: 0x5D) }

    private mutating func step(end: UInt8) -> Bool {
        guard !isBroken else { return false }
        blanks()
        if byte == end {
            at += 1
            depth -= 1
            isFirst = false
            return false
        }
        if !isFirst {
            guard byte == 0x2C else { return broken() }
            at += 1
            blanks()
        }
        isFirst = false
        guard at < bytes.count else { return broken() }
        return true
    }

    /// The bytes between the quotes of a text that begins here.
    private mutating func textRange() -> Range<Int>? {
        guard !isBroken else { return nil }
        blanks()
        guard byte == 0x22 else { return nil }
        at += 1
        let start = at
        while at < bytes.count, bytes[at] != 0x22 { at += bytes[at] == 0x5C ? 2 : 1 }
        guard at < bytes.count else {
            isBroken = true
            return nil
        }
        at += 1
        return start..<(at - 1)
    }

    /// Whether a name is this one.
    func isText(_ range: Range<Int>, _ text: StaticString) -> Bool {
        guard range.count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { wanted in
            for place in 0..<wanted.count
            where unsafe wanted[place] != bytes[range.lowerBound + place] {
                return false
            }
            return true
        }
    }

    /// Whether a word such as `false` stands here; it stays.
    mutating func isLiteral(_ text: StaticString) -> Bool {
        blanks()
        let length = text.utf8CodeUnitCount
        // A number or word that goes on, or is cut, is none.
        guard at + length < bytes.count, isText(at..<(at + length), text) else { return false }
        let next = bytes[at + length]
        return next == 0x2C || next == 0x7D || next == 0x5D || next <= 0x20
    }

    /// The text that begins here, read; nil if there is none.
    mutating func text() -> String? {
        guard let range = textRange() else { return nil }
        return Self.unescaped(bytes.extracting(range))
    }

    private static func unescaped(_ bytes: Span<UInt8>) -> String {
        var plain: [UInt8] = []
        var at = 0
        while at < bytes.count {
            guard bytes[at] == 0x5C, at + 1 < bytes.count else {
                plain.append(bytes[at])
                at += 1
                continue
            }
            switch bytes[at + 1] {
            case UInt8(ascii: "n"), UInt8(ascii: "t"), UInt8(ascii: "r"): plain.append(0x20)
            case UInt8(ascii: "u"):
                var code: UInt32 = 0
                for place in (at + 2)..<min(at + 6, bytes.count) {
                    let digit = UInt32(hexadecimal(bytes[place]))
                    code = code << 4 | digit
                }
                let scalar = Unicode.Scalar(code) ?? "\u{FFFD}"
                plain += Array(String(Character(scalar)).utf8)
                at += 4
            case let other: plain.append(other)
            }
            at += 2
        }
        return String(decoding: plain, as: UTF8.self)
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8 {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46, 0x61...0x66: (byte | 0x20) - 0x57
        default: 0
        }
    }

    /// The whole number that begins here; nil if there is none.
    mutating func integer() -> Int? {
        guard !isBroken else { return nil }
        blanks()
        let start = at
        var number = 0
        while at < bytes.count, bytes[at] &- 0x30 < 10, at - start < 9 {
            number = number * 10 + Int(bytes[at] - 0x30)
            at += 1
        }
        return at > start ? number : nil
    }

    /// Leaves out the value that begins here; false if there is none.
    mutating func skipValue() -> Bool {
        guard !isBroken else { return false }
        blanks()
        if byte == 0x22 { return textRange() != nil }
        guard byte == 0x7B || byte == 0x5B else {
            let start = at
            while at < bytes.count, bytes[at] > 0x20, bytes[at] != 0x2C, bytes[at] != 0x7D,
                bytes[at] != 0x5D
            {
                at &+= 1
            }
            return at > start ? true : broken()
        }
        var open = 0
        while at < bytes.count {
            switch bytes[at] {
            case 0x22:
                if textRange() == nil { return broken() }
                continue
            case 0x7B, 0x5B: open += 1
            case 0x7D, 0x5D: open -= 1
            default: break
            }
            at &+= 1
            if open == 0 { return true }
        }
        return broken()
    }
}
