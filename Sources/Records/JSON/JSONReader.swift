import Basics

/// Reads JSON (RFC 8259) from bytes.
///
/// Whole numbers are integers as far as 64 bits hold them, and floats beyond that. Of a key that comes
/// twice the last value holds. Nesting is bounded.
public struct JSONReader: ~Escapable {
    /// What is done with bytes of a text that are no UTF-8.
    public enum Repair: Sendable, Hashable {
        /// The text is refused.
        case refuse
        /// They become U+FFFD.
        case replace
        /// They stay.
        case keep
    }

    /// How deep values nest, as serde_json limits it.
    public static let depthMaximum = 127

    let bytes: Span<UInt8>
    let repair: Repair
    let depthMaximum: Int
    var place: Int

    /// Begins to read.
    ///
    /// - Parameters:
    ///   - bytes: One value or several.
    ///   - repair: What is done with bytes that are no UTF-8.
    ///   - depthMaximum: How deep values may nest, at most 1,000.
    @_lifetime(copy bytes)
    public init(
        _ bytes: Span<UInt8>,
        repair: Repair = .refuse,
        depthMaximum: Int = Self.depthMaximum
    ) {
        self.bytes = bytes
        self.repair = repair
        self.depthMaximum = min(depthMaximum, 1000)
        place = 0
    }

    /// The value of a text that holds nothing else.
    ///
    /// - Throws: What is wrong and where.
    public static func value(
        _ bytes: Span<UInt8>,
        repair: Repair = .refuse,
        depthMaximum: Int = Self.depthMaximum
    ) throws(JSONMistake) -> Value {
        var reader = JSONReader(bytes, repair: repair, depthMaximum: depthMaximum)
        let value = try reader.value(depth: 0)
        reader.skipBlanks()
        guard reader.place == bytes.count else { throw reader.peekMistake("trailing characters") }
        return value
    }

    /// The fields of a text that holds one map and nothing else.
    ///
    /// - Returns: nil if it holds another value.
    /// - Throws: What is wrong and where.
    public static func fields(
        _ bytes: Span<UInt8>,
        repair: Repair = .refuse
    ) throws(JSONMistake) -> Fields? {
        guard case .object(let fields) = try value(bytes, repair: repair) else { return nil }
        return fields
    }

    /// The next of several values, which may stand one after another without anything in between.
    ///
    /// - Returns: nil at the end.
    /// - Throws: What is wrong and where; then there is no next value.
    public mutating func next() throws(JSONMistake) -> Value? {
        skipBlanks()
        guard place < bytes.count else { return nil }
        return try value(depth: 0)
    }

    /// How many bytes have been read.
    public var offset: Int { place }

    // MARK: Structure

    mutating func value(depth: Int) throws(JSONMistake) -> Value {
        skipBlanks()
        guard place < bytes.count else { throw mistake("EOF while parsing a value") }
        switch bytes[place] {
        case 0x7B: return .object(try object(depth: depth + 1))
        case 0x5B: return .array(try array(depth: depth + 1))
        case 0x22:
            place += 1
            return .bytes(Bytes(try text()))
        case 0x74: return try word("true", .boolean(true))
        case 0x66: return try word("false", .boolean(false))
        case 0x6E: return try word("null", .null)
        case 0x2D, 0x30...0x39: return try number()
        default: throw peekMistake("expected value")
        }
    }

    private mutating func object(depth: Int) throws(JSONMistake) -> Fields {
        guard depth <= depthMaximum else { throw peekMistake("recursion limit exceeded") }
        var fields = FieldsBuilder()
        place += 1
        skipBlanks()
        if peek == 0x7D {
            place += 1
            return fields.fields
        }
        while true {
            skipBlanks()
            guard let quote = peek else { throw mistake("EOF while parsing an object") }
            guard quote == 0x22 else {
                throw peekMistake(
                    quote == 0x7D && !fields.fields.isEmpty
                        ? "trailing comma" : "key must be a string"
                )
            }
            place += 1
            let key = try key()
            skipBlanks()
            guard let colon = peek else { throw mistake("EOF while parsing an object") }
            guard colon == 0x3A else { throw peekMistake("expected `:`") }
            place += 1
            fields.set(key, try value(depth: depth))
            skipBlanks()
            switch peek {
            case 0x2C: place += 1
            case 0x7D:
                place += 1
                return fields.fields
            case nil: throw mistake("EOF while parsing an object")
            default: throw peekMistake("expected `,` or `}`")
            }
        }
    }

    private mutating func array(depth: Int) throws(JSONMistake) -> [Value] {
        guard depth <= depthMaximum else { throw peekMistake("recursion limit exceeded") }
        var values: [Value] = []
        place += 1
        skipBlanks()
        if peek == 0x5D {
            place += 1
            return values
        }
        if peek == nil { throw mistake("EOF while parsing a list") }
        while true {
            skipBlanks()
            if peek == 0x5D { throw peekMistake("trailing comma") }
            values.append(try value(depth: depth))
            skipBlanks()
            switch peek {
            case 0x2C: place += 1
            case 0x5D:
                place += 1
                return values
            case nil: throw mistake("EOF while parsing a list")
            default: throw peekMistake("expected `,` or `]`")
            }
        }
    }

    private mutating func word(
        _ word: StaticString,
        _ value: Value
    ) throws(JSONMistake) -> Value {
        place += 1
        for index in 1..<word.utf8CodeUnitCount {
            guard let byte = peek else { throw mistake("EOF while parsing a value") }
            place += 1
            guard byte == (unsafe word.utf8Start[index]) else { throw mistake("expected ident") }
        }
        return value
    }

    // MARK: Bytes

    var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

    mutating func skipBlanks() {
        while place < bytes.count {
            let byte = bytes[place]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            place &+= 1
        }
    }

    func mistake(_ what: String) -> JSONMistake { JSONMistake(what, at: place, in: bytes) }

    /// The byte that is wrong counts as read, as it does for serde_json.
    func peekMistake(_ what: String) -> JSONMistake {
        JSONMistake(what, at: place + 1, in: bytes)
    }
}
