import Records

/// Reads CBOR (RFC 8949).
struct CBORReader {
    private let bytes: [UInt8]
    private var place = 0
    private static let depthMaximum = 128

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    private static func refusal(_ what: String) -> FunctionError {
        FunctionError("unable to parse cbor: \(what)")
    }

    /// The value of a text that holds nothing else.
    mutating func document() throws(FunctionError) -> Value {
        let found = try value(0)
        guard let found, place == bytes.count else { throw Self.refusal("trailing data") }
        return found
    }

    private mutating func number(_ count: Int) throws(FunctionError) -> UInt64 {
        guard bytes.count - place >= count else { throw Self.refusal("unexpected end") }
        defer { place += count }
        return bytes[place..<(place + count)].reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A value; nil for the mark that ends a list of unknown length.
    private mutating func value(_ depth: Int) throws(FunctionError) -> Value? {
        guard depth < Self.depthMaximum else { throw Self.refusal("recursion limit exceeded") }
        let head = UInt8(try number(1))
        let info = head & 31
        if head == 0xFF { return nil }
        if head >> 5 == 7 { return try simple(info) }
        var argument: UInt64? = UInt64(info)
        switch info {
        case 24...27: argument = try number(1 << (Int(info) - 24))
        case 28...30: throw Self.refusal("invalid data")
        case 31: argument = nil
        default: break
        }
        switch head >> 5 {
        case 0:
            guard let argument else { throw Self.refusal("invalid data") }
            return Int64(exactly: argument).map { .integer($0) } ?? .float(Double(argument))
        case 1:
            guard let argument else { throw Self.refusal("invalid data") }
            return Int64(exactly: argument).map { .integer(-1 - $0) }
                ?? .float(-1 - Double(argument))
        case 2, 3: return .bytes(Bytes(try text(argument, kind: head >> 5)))
        case 4: return .array(try list(argument, depth))
        case 5: return .object(try map(argument, depth))
        default:
            // A tag; what it tags is what counts.
            return try value(depth + 1)
        }
    }

    private mutating func simple(_ info: UInt8) throws(FunctionError) -> Value {
        switch info {
        case 20: return .boolean(false)
        case 21: return .boolean(true)
        case 22, 23: return .null
        case 25:
            let half = try number(2)
            let exponent = Int(half >> 10 & 31)
            let fraction = Double(half & 1023)
            let sign: Double = half >> 15 == 1 ? -1 : 1
            if exponent == 31 { return .number(fraction == 0 ? sign * .infinity : .nan) }
            let scale = exponent == 0 ? -24 : exponent - 25
            let digits = exponent == 0 ? fraction : fraction + 1024
            return .number(Double(sign: .plus, exponent: scale, significand: sign * digits))
        case 26: return .number(Double(Float(bitPattern: UInt32(try number(4)))))
        case 27: return .number(Double(bitPattern: try number(8)))
        default: throw Self.refusal("invalid data")
        }
    }

    private mutating func text(_ count: UInt64?, kind: UInt8) throws(FunctionError) -> [UInt8] {
        guard let count else {
            var whole: [UInt8] = []
            while true {
                let head = UInt8(try number(1))
                if head == 0xFF { return whole }
                let info = head & 31
                guard head >> 5 == kind, info < 28 else { throw Self.refusal("invalid data") }
                let part = info < 24 ? UInt64(info) : try number(1 << (Int(info) - 24))
                whole += try text(part, kind: kind)
            }
        }
        guard count <= UInt64(bytes.count - place) else { throw Self.refusal("unexpected end") }
        defer { place += Int(count) }
        return Array(bytes[place..<(place + Int(count))])
    }

    private mutating func list(_ count: UInt64?, _ depth: Int) throws(FunctionError) -> [Value] {
        var items: [Value] = []
        var left = count
        while left != 0 {
            guard let item = try value(depth + 1) else {
                guard left == nil else { throw Self.refusal("invalid data") }
                break
            }
            items.append(item)
            left = left.map { $0 - 1 }
        }
        return items
    }

    private mutating func map(_ count: UInt64?, _ depth: Int) throws(FunctionError) -> Fields {
        var fields: [String: Value] = [:]
        var order: [String] = []
        var left = count
        while left != 0 {
            guard let key = try value(depth + 1) else {
                guard left == nil else { throw Self.refusal("invalid data") }
                break
            }
            let name: String
            switch key {
            case .bytes(let bytes): name = bytes.text
            case .integer(let number): name = String(number)
            default: throw Self.refusal("invalid type of a key")
            }
            guard let item = try value(depth + 1) else { throw Self.refusal("invalid data") }
            if fields.updateValue(item, forKey: name) == nil { order.append(name) }
            left = left.map { $0 - 1 }
        }
        var result = Fields(capacity: order.count)
        for name in order { result.append(name, fields[name] ?? .null) }
        return result
    }
}
