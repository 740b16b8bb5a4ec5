/// A part of an XML document.
indirect enum XMLNode {
    case element(name: String, attributes: [(String, String)], children: [XMLNode])
    case text(String)
    /// A comment or an instruction, which counts as a child and says nothing.
    case other
}

/// Reads XML 1.0 without definitions of documents; entities are the five that all know, and numbers.
struct XMLReader {
    private let bytes: [UInt8]
    private var place = 0
    private static let depthMaximum = 256

    /// Begins to read; `trims` leaves out blanks between elements.
    init(_ bytes: [UInt8], trims: Bool) {
        self.bytes = trims ? Self.trimmed(bytes) : bytes
    }

    private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

    private static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            result.append(bytes[index])
            index += 1
            guard result.last == UInt8(ascii: ">") else { continue }
            var next = index
            while next < bytes.count, isBlank(bytes[next]) { next += 1 }
            if next < bytes.count, bytes[next] == UInt8(ascii: "<") { index = next }
        }
        return result
    }

    private func refusal(_ what: String) -> FunctionError {
        let before = bytes[..<min(place, bytes.count)]
        let row = before.count { $0 == 0x0A } + 1
        let column = before.count - (before.lastIndex(of: 0x0A) ?? -1)
        return FunctionError("unable to parse xml: \(what) at \(row):\(column)")
    }

    private func begins(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { wanted in
            bytes.count - place >= wanted.count
                && wanted.indices.allSatisfy {
                    unsafe bytes[place + $0] == wanted[$0]
                }
        }
    }

    private mutating func skip(to text: String, _ what: String) throws(FunctionError) {
        guard let end = Finder(Array(text.utf8)).first(in: bytes, from: place) else {
            throw refusal(what)
        }
        place = end + text.utf8.count
    }

    private mutating func skipBlanks() {
        while place < bytes.count, Self.isBlank(bytes[place]) { place += 1 }
    }

    /// The children of a document: one element, and comments.
    mutating func document() throws(FunctionError) -> [XMLNode] {
        var nodes: [XMLNode] = []
        var hasRoot = false
        if begins("\u{FEFF}") { place += 3 }
        while true {
            skipBlanks()
            guard place < bytes.count else { break }
            if try skipsAside() { continue }
            if begins("<!DOCTYPE") {
                try skipDefinition()
                continue
            }
            guard begins("<"), !hasRoot else { throw refusal("unknown token") }
            nodes.append(try element(0))
            hasRoot = true
        }
        guard hasRoot else { throw refusal("the document does not have a root node") }
        return nodes
    }

    private mutating func skipsAside() throws(FunctionError) -> Bool {
        if begins("<!--") {
            try skip(to: "-->", "a comment without an end")
            return true
        }
        if begins("<?") {
            try skip(to: "?>", "an instruction without an end")
            return true
        }
        return false
    }

    private mutating func skipDefinition() throws(FunctionError) {
        var depth = 0
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            if byte == UInt8(ascii: "[") { depth += 1 }
            if byte == UInt8(ascii: "]") { depth -= 1 }
            if byte == UInt8(ascii: ">"), depth <= 0 { return }
        }
        throw refusal("a definition without an end")
    }

    private mutating func name() throws(FunctionError) -> String {
        let found = bytes[place...].prefix { byte in
            !Self.isBlank(byte) && !Array("/>=<\"'&".utf8).contains(byte)
        }
        guard let first = found.first, !(0x30...0x39).contains(first),
            first != UInt8(ascii: "-"), first != UInt8(ascii: ".")
        else { throw refusal("invalid name token") }
        place = found.endIndex
        // The part after a colon is the name; what stands before it names a space.
        let text = String(decoding: found, as: UTF8.self)
        return text
    }

    private static func local(_ name: String) -> String {
        name.firstIndex(of: ":").map { String(name[name.index(after: $0)...]) } ?? name
    }

    private mutating func element(_ depth: Int) throws(FunctionError) -> XMLNode {
        guard depth < Self.depthMaximum else { throw refusal("nodes limit reached") }
        place += 1
        let full = try name()
        var attributes: [(String, String)] = []
        var names: Set<String> = []
        while true {
            skipBlanks()
            if begins("/>") {
                place += 2
                return .element(name: Self.local(full), attributes: attributes, children: [])
            }
            if begins(">") {
                place += 1
                break
            }
            let key = try name()
            skipBlanks()
            guard begins("=") else { throw refusal("expected '='") }
            place += 1
            skipBlanks()
            let value = try attribute()
            guard !key.hasPrefix("xmlns:"), key != "xmlns" else { continue }
            let local = Self.local(key)
            guard names.insert(local).inserted else {
                throw refusal("attribute '\(local)' is already defined")
            }
            attributes.append((local, value))
        }
        let children = try children(of: full, depth)
        return .element(name: Self.local(full), attributes: attributes, children: children)
    }

    private mutating func attribute() throws(FunctionError) -> String {
        guard place < bytes.count, bytes[place] == 0x22 || bytes[place] == 0x27 else {
            throw refusal("expected a quote")
        }
        let quote = bytes[place]
        place += 1
        let start = place
        while place < bytes.count, bytes[place] != quote {
            if bytes[place] == UInt8(ascii: "<") { throw refusal("unexpected '<'") }
            place += 1
        }
        guard place < bytes.count else { throw refusal("unexpected end of stream") }
        defer { place += 1 }
        let plain = bytes[start..<place].map { Self.isBlank($0) ? 0x20 : $0 }
        return try resolved(plain[...])
    }

    private mutating func children(
        of parent: String,
        _ depth: Int
    ) throws(FunctionError) -> [XMLNode] {
        var nodes: [XMLNode] = []
        var text = ""
        func flush() {
            if !text.isEmpty { nodes.append(.text(text)) }
            text = ""
        }
        while place < bytes.count {
            if begins("</") {
                flush()
                place += 2
                let closing = try name()
                guard closing == parent else {
                    throw refusal("expected '\(parent)' tag, not '\(closing)'")
                }
                skipBlanks()
                guard begins(">") else { throw refusal("expected '>'") }
                place += 1
                return nodes
            }
            if begins("<![CDATA[") {
                let start = place + 9
                try skip(to: "]]>", "a section without an end")
                text += String(decoding: bytes[start..<(place - 3)], as: UTF8.self)
            } else if begins("<!--") || begins("<?") {
                flush()
                _ = try skipsAside()
                nodes.append(.other)
            } else if begins("<") {
                flush()
                nodes.append(try element(depth + 1))
            } else {
                let found = bytes[place...].prefix { $0 != UInt8(ascii: "<") }
                text += try resolved(found)
                place = found.endIndex
            }
        }
        throw refusal("the root node was opened but never closed")
    }

    /// A text with its entities told.
    private func resolved(_ text: ArraySlice<UInt8>) throws(FunctionError) -> String {
        var result: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "&") else {
                result.append(byte)
                continue
            }
            guard let end = rest.prefix(12).firstIndex(of: UInt8(ascii: ";")) else {
                throw refusal("malformed entity reference")
            }
            let name = String(decoding: rest[..<end], as: UTF8.self)
            rest = rest[(end + 1)...]
            switch name {
            case "amp": result.append(UInt8(ascii: "&"))
            case "lt": result.append(UInt8(ascii: "<"))
            case "gt": result.append(UInt8(ascii: ">"))
            case "quot": result.append(UInt8(ascii: "\""))
            case "apos": result.append(UInt8(ascii: "'"))
            default:
                let isHex = name.hasPrefix("#x")
                let digits = name.dropFirst(isHex ? 2 : 1)
                guard name.hasPrefix("#"), digits.first?.isHexDigit == true,
                    let number = UInt32(digits, radix: isHex ? 16 : 10),
                    let scalar = Unicode.Scalar(number)
                else { throw refusal("unknown entity reference '\(name)'") }
                result += Array(String(Character(scalar)).utf8)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
