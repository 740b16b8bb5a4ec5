import Basics

/// Reads values of MessagePack from bytes, one after another.
///
/// Forward's event times and MessagePack's own times are times; other extensions are their bytes. Names of
/// fields that are no texts become texts. Numbers beyond 64 bits with a sign are floats, and what is no
/// number is null.
public struct MessagePackReader: ~Escapable {
    private let bytes: Span<UInt8>
    private let limits: MessagePackLimits
    /// How many bytes have been read.
    public private(set) var offset = 0

    /// Begins to read.
    @_lifetime(copy bytes)
    public init(_ bytes: Span<UInt8>, limits: MessagePackLimits = MessagePackLimits()) {
        self.bytes = bytes
        self.limits = limits
    }

    /// Whether all bytes have been read.
    public var isAtEnd: Bool { offset == bytes.count }

    /// The next value; if it throws, `offset` stays where that value begins.
    ///
    /// - Throws: `needsMore` if it is not there as a whole, or why it cannot be read.
    public mutating func next() throws(MessagePackMistake) -> Value {
        let start = offset
        do {
            return try value(depth: 0, start: start)
        } catch {
            offset = start
            throw error
        }
    }

    /// Goes past the beginning of a list and tells how many values follow; nil and nothing read if the
    /// next value is none.
    ///
    /// - Throws: `needsMore` if it is not there, or why it cannot be read.
    public mutating func listCount() throws(MessagePackMistake) -> Int? {
        let token = try MessagePackToken(bytes, at: offset)
        guard case .array(let count) = token.kind else { return nil }
        offset += token.size
        return count
    }

    /// Goes past a text, or bytes that are none, and tells where its content lies; nil and nothing read if
    /// the next value is of another kind.
    ///
    /// - Throws: `needsMore` if it is not there as a whole, or why it cannot be read.
    public mutating func content() throws(MessagePackMistake) -> Range<Int>? {
        let token = try MessagePackToken(bytes, at: offset)
        switch token.kind {
        case .text(let count), .binary(let count):
            guard bytes.count - offset - token.size >= count else { throw .needsMore }
            offset += token.size
            return try payload(count)
        default: return nil
        }
    }

    private mutating func value(depth: Int, start: Int) throws(MessagePackMistake) -> Value {
        let token = try MessagePackToken(bytes, at: offset)
        offset += token.size
        guard offset - start + token.payload <= limits.bytes else { throw .tooLong }
        switch token.kind {
        case .null: return .null
        case .boolean(let truth): return .boolean(truth)
        case .integer(let number): return .integer(number)
        case .unsigned(let number): return .float(Double(number))
        case .float(let number): return number.isNaN ? .null : .float(number)
        case .text(let count), .binary(let count):
            return .bytes(Bytes(copying: bytes.extracting(try payload(count))))
        case .extended(let type, let count): return extended(type, try payload(count))
        case .array(let count):
            try check(depth, count, start)
            var values: [Value] = []
            values.reserveCapacity(min(count, 1024))
            for _ in 0..<count { values.append(try value(depth: depth + 1, start: start)) }
            return .array(values)
        case .map(let count):
            try check(depth, 2 * count, start)
            return .object(try fields(count, depth + 1, start))
        }
    }

    private mutating func fields(
        _ count: Int,
        _ depth: Int,
        _ start: Int
    ) throws(MessagePackMistake) -> Fields {
        var fields = FieldsBuilder(capacity: count)
        for _ in 0..<count {
            let key = try key(depth, start)
            fields.set(key, try value(depth: depth, start: start))
        }
        return fields.fields
    }

    private mutating func key(_ depth: Int, _ start: Int) throws(MessagePackMistake) -> String {
        let token = try MessagePackToken(bytes, at: offset)
        switch token.kind {
        case .text(let count), .binary(let count):
            offset += token.size
            return String(copying: bytes.extracting(try payload(count)))
        default:
            let text = JSONText().bytes(of: try value(depth: depth, start: start))
            return String(decoding: text, as: UTF8.self)
        }
    }

    private mutating func payload(_ count: Int) throws(MessagePackMistake) -> Range<Int> {
        guard bytes.count - offset >= count else { throw .needsMore }
        offset += count
        return offset - count..<offset
    }

    /// Each value has at least a byte, so no more room is asked for than there are bytes.
    private func check(_ depth: Int, _ count: Int, _ start: Int) throws(MessagePackMistake) {
        guard depth < limits.depth else { throw .tooDeep }
        guard offset - start + count <= limits.bytes else { throw .tooLong }
        guard count <= bytes.count - offset else { throw .needsMore }
    }

    private func extended(_ type: Int8, _ range: Range<Int>) -> Value {
        let data = bytes.extracting(range)
        func number(_ start: Int, _ width: Int) -> UInt64 {
            var value: UInt64 = 0
            for index in start..<start + width { value = value << 8 | UInt64(data[index]) }
            return value
        }
        var time: Timestamp?
        switch (type, range.count) {
        case (0, 8):
            time = Timestamp(seconds: Int(number(0, 4)), nanosecond: Int(number(4, 4)))
        case (-1, 4): time = Timestamp(seconds: Int(number(0, 4)), nanosecond: 0)
        case (-1, 8):
            let bits = number(0, 8)
            time = Timestamp(seconds: Int(bits & 0x3_FFFF_FFFF), nanosecond: Int(bits >> 34))
        case (-1, 12):
            let seconds = Int(truncatingIfNeeded: number(4, 8))
            if seconds.magnitude < 1 << 40 {
                time = Timestamp(seconds: seconds, nanosecond: Int(number(0, 4)))
            }
        default: break
        }
        return time.map { .timestamp($0) } ?? .bytes(Bytes(copying: data))
    }
}
