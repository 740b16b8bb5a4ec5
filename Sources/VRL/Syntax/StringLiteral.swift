/// Reads what stands between the quotes of a text.
enum StringLiteral {
    /// The text that escapes stand for; they have been checked before.
    static func unescaped(_ raw: some Collection<UInt8>) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(raw.count)
        var rest = raw[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
                result.append(byte)
                continue
            }
            switch escape {
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "0"): result.append(0)
            case 0x0A:
                // The line goes on at the next one's first letter.
                while let next = rest.first, next == 0x20 || next == 0x09 || next == 0x0A {
                    rest.removeFirst()
                }
            case UInt8(ascii: "u"):
                let digits = rest.dropFirst().prefix { $0 != UInt8(ascii: "}") }
                rest = rest.dropFirst(digits.count + 2)
                let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
                if let scalar = number.flatMap(Unicode.Scalar.init) {
                    result += Array(String(scalar).utf8)
                }
            default: result.append(escape)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The texts and variables of a literal with `{{ name }}`, which stands at `start` in the source.
    static func parts(_ raw: ArraySlice<UInt8>, at start: Int) -> [Syntax.TemplatePart] {
        var parts: [Syntax.TemplatePart] = []
        var text: [UInt8] = []
        var place = raw.startIndex
        func isAt(_ first: Character, _ second: Character, _ place: Int) -> Bool {
            place + 1 < raw.endIndex && raw[place] == first.asciiValue
                && raw[place + 1] == second.asciiValue
        }
        while place < raw.endIndex {
            if raw[place] == UInt8(ascii: "\\") {
                if isAt("{", "{", place + 1) || isAt("}", "}", place + 1) {
                    text += raw[place + 1...place + 2]
                    place += 3
                } else {
                    text += raw[place..<min(place + 2, raw.endIndex)]
                    place += 2
                }
            } else if isAt("{", "{", place) {
                if !text.isEmpty { parts.append(.text(unescaped(text))) }
                text = []
                var end = place + 2
                while end < raw.endIndex, !isAt("}", "}", end) { end += 1 }
                let inside = raw[place + 2..<end]
                let name = String(decoding: inside, as: UTF8.self).filter { $0 != " " }
                let offset = start + place - raw.startIndex
                if end < raw.endIndex, !name.isEmpty {
                    parts.append(.variable(name, offset..<offset + (end + 2 - place)))
                }
                place = min(end + 2, raw.endIndex)
            } else {
                text.append(raw[place])
                place += 1
            }
        }
        if !text.isEmpty || parts.isEmpty { parts.append(.text(unescaped(text))) }
        return parts
    }
}
