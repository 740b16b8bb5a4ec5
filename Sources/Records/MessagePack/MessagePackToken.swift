/// What a value of MessagePack begins with.
struct MessagePackToken {
    enum Kind {
        case null
        case boolean(Bool)
        case integer(Int64)
        /// Beyond what 64 bits with a sign hold.
        case unsigned(UInt64)
        case float(Double)
        /// So many bytes follow.
        case text(Int)
        case binary(Int)
        /// So many bytes follow the type.
        case extended(type: Int8, Int)
        /// So many values, or pairs of them, follow.
        case array(Int)
        case map(Int)
    }

    var kind: Kind
    /// How many bytes it has.
    var size: Int

    /// Reads what stands at a place.
    ///
    /// - Throws: `needsMore` or `invalid`.
    init(_ bytes: Span<UInt8>, at place: Int) throws(MessagePackMistake) {
        guard place < bytes.count else { throw .needsMore }
        let lead = bytes[place]
        func number(_ width: Int, after skipped: Int = 1) throws(MessagePackMistake) -> UInt64 {
            guard bytes.count - place >= skipped + width else { throw .needsMore }
            var value: UInt64 = 0
            for index in 0..<width { value = value << 8 | UInt64(bytes[place + skipped + index]) }
            return value
        }
        func extended(_ width: Int, _ fixed: Int) throws(MessagePackMistake) -> Self {
            let length = width == 0 ? fixed : Int(try number(width))
            let type = Int8(truncatingIfNeeded: try number(1, after: 1 + width))
            return Self(.extended(type: type, length), 2 + width)
        }
        switch lead {
        case 0x00...0x7F: self.init(.integer(Int64(lead)), 1)
        case 0x80...0x8F: self.init(.map(Int(lead & 15)), 1)
        case 0x90...0x9F: self.init(.array(Int(lead & 15)), 1)
        case 0xA0...0xBF: self.init(.text(Int(lead & 31)), 1)
        case 0xC0: self.init(.null, 1)
        case 0xC2, 0xC3: self.init(.boolean(lead == 0xC3), 1)
        case 0xC4: self.init(.binary(Int(try number(1))), 2)
        case 0xC5: self.init(.binary(Int(try number(2))), 3)
        case 0xC6: self.init(.binary(Int(try number(4))), 5)
        case 0xC7: self = try extended(1, 0)
        case 0xC8: self = try extended(2, 0)
        case 0xC9: self = try extended(4, 0)
        case 0xCA:
            let bits = UInt32(try number(4))
            self.init(.float(Double(Float(bitPattern: bits))), 5)
        case 0xCB: self.init(.float(Double(bitPattern: try number(8))), 9)
        case 0xCC: self.init(.integer(Int64(try number(1))), 2)
        case 0xCD: self.init(.integer(Int64(try number(2))), 3)
        case 0xCE: self.init(.integer(Int64(try number(4))), 5)
        case 0xCF:
            let value = try number(8)
            self.init(Int64(exactly: value).map { .integer($0) } ?? .unsigned(value), 9)
        case 0xD0: self.init(.integer(Int64(Int8(truncatingIfNeeded: try number(1)))), 2)
        case 0xD1: self.init(.integer(Int64(Int16(truncatingIfNeeded: try number(2)))), 3)
        case 0xD2: self.init(.integer(Int64(Int32(truncatingIfNeeded: try number(4)))), 5)
        case 0xD3: self.init(.integer(Int64(truncatingIfNeeded: try number(8))), 9)
        case 0xD4...0xD8: self = try extended(0, 1 << Int(lead - 0xD4))
        case 0xD9: self.init(.text(Int(try number(1))), 2)
        case 0xDA: self.init(.text(Int(try number(2))), 3)
        case 0xDB: self.init(.text(Int(try number(4))), 5)
        case 0xDC: self.init(.array(Int(try number(2))), 3)
        case 0xDD: self.init(.array(Int(try number(4))), 5)
        case 0xDE: self.init(.map(Int(try number(2))), 3)
        case 0xDF: self.init(.map(Int(try number(4))), 5)
        case 0xE0...0xFF: self.init(.integer(Int64(Int8(bitPattern: lead))), 1)
        default: throw .invalid(place)
        }
    }

    private init(_ kind: Kind, _ size: Int) {
        self.kind = kind
        self.size = size
    }

    /// How many bytes follow that belong to the value itself.
    var payload: Int {
        switch kind {
        case .text(let count), .binary(let count), .extended(_, let count): count
        default: 0
        }
    }

    /// How many values follow that belong to it.
    var children: Int {
        switch kind {
        case .array(let count): count
        case .map(let count): 2 * count
        default: 0
        }
    }
}
