import Records

/// Reads what Ruby prints of a hash: `{ "a" => 1, :b => nil, c: [true] }`.
struct RubyHashReader {
    private let bytes: [UInt8]
    private var place = 0
    private static let depthMaximum = 128

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    private func refusal(_ what: String) -> FunctionError {
        FunctionError("unable to parse ruby hash: \(what) at byte \(place)")
    }

    mutating func document() throws(FunctionError) -> Value {
        skipBlanks()
        guard peek() == UInt8(ascii: "{") else { throw refusal("no hash") }
        let value = try hash(0)
        skipBlanks()
        guard place == bytes.count else { throw refusal("more text") }
        return value
    }

    private func peek() -> UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func skipBlanks() {
        while let byte = peek(), byte == 0x20 || (0x09...0x0D).contains(byte) { place += 1 }
    }

    private mutating func takes(_ text: String) -> Bool {
        guard bytes[place...].starts(with: Array(text.utf8)) else { return false }
        place += text.utf8.count
        return true
    }

    private mutating func hash(_ depth: Int) throws(FunctionError) -> Value {
        guard depth < Self.depthMaximum else { throw refusal("nested too deep") }
        place += 1
        var fields: Fields = [:]
        while true {
            skipBlanks()
            if takes("}") { return .object(fields) }
            let key = try key()
            fields[key] = try value(depth + 1)
            skipBlanks()
            if takes(",") { continue }
            guard takes("}") else { throw refusal("no comma or brace") }
            return .object(fields)
        }
    }

    private mutating func key() throws(FunctionError) -> String {
        var name: String
        switch peek() {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): name = try text()
        case UInt8(ascii: ":"):
            place += 1
            name = peek() == UInt8(ascii: "\"") ? try text() : word()
        default: name = word()
        }
        guard !name.isEmpty || place > 0 else { throw refusal("no key") }
        skipBlanks()
        guard takes("=>") || takes(":") else { throw refusal("no arrow after a key") }
        name = name.isEmpty ? "" : name
        return name
    }

    private mutating func word() -> String {
        let found = bytes[place...].prefix { byte in
            byte == 0x5F || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
                || byte >= 0x80 || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
                || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "?")
        }
        place = found.endIndex
        return String(decoding: found, as: UTF8.self)
    }

    private mutating func text() throws(FunctionError) -> String {
        let quote = bytes[place]
        place += 1
        var result: [UInt8] = []
        while let byte = peek() {
            place += 1
            if byte == quote { return String(decoding: result, as: UTF8.self) }
            guard byte == UInt8(ascii: "\\"), let next = peek() else {
                result.append(byte)
                continue
            }
            place += 1
            switch next {
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "e"): result.append(0x1B)
            default: result.append(next)
            }
        }
        throw refusal("a text without an end")
    }

    private mutating func value(_ depth: Int) throws(FunctionError) -> Value {
        skipBlanks()
        switch peek() {
        case UInt8(ascii: "{"): return try hash(depth)
        case UInt8(ascii: "["): return try list(depth)
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .text(try text())
        case UInt8(ascii: ":"):
            place += 1
            return .text(peek() == UInt8(ascii: "\"") ? try text() : word())
        default: break
        }
        let name = word()
        switch name {
        case "": throw refusal("no value")
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "nil", "null": return .null
        default:
            guard let number = Scalars.decimal(name) else { throw refusal("no value") }
            return .number(number)
        }
    }

    private mutating func list(_ depth: Int) throws(FunctionError) -> Value {
        guard depth < Self.depthMaximum else { throw refusal("nested too deep") }
        place += 1
        var items: [Value] = []
        while true {
            skipBlanks()
            if takes("]") { return .array(items) }
            items.append(try value(depth + 1))
            skipBlanks()
            if takes(",") { continue }
            guard takes("]") else { throw refusal("no comma or bracket") }
            return .array(items)
        }
    }
}
