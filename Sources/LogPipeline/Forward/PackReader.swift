package import Basics
package import Records

/// Reads MessagePack objects as values.
package struct PackReader: ~Escapable {
    private let bytes: Span<UInt8>
    /// Where it stands.
    package private(set) var place: Int

    private static let depthMaximum = 64

    /// Begins to read.
    @_lifetime(copy bytes)
    package init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
        place = 0
    }

    /// Whether everything was read.
    package var isAtEnd: Bool { place >= bytes.count }

    /// The next object.
    ///
    /// Texts and binaries become bytes; Fluentd's event times become timestamps.
    package mutating func value() throws(PackMistake) -> Value {
        try value(depth: 0)
    }

    /// The number of elements if the next object is a list; it stands before the first then.
    package mutating func listCount() throws(PackMistake) -> Int? {
        guard place < bytes.count else { throw .truncated }
        let first = bytes[place]
        guard 0x90...0x9F ~= first || first == 0xDC || first == 0xDD else { return nil }
        return try container().children
    }

    /// Where the content of the next object lies if it is a text or binary; it stands behind it then.
    package mutating func content() throws(PackMistake) -> Range<Int>? {
        guard place < bytes.count else { throw .truncated }
        let header =
            switch bytes[place] {
            case 0xA0...0xBF: 1
            case 0xC4, 0xD9: 2
            case 0xC5, 0xDA: 3
            case 0xC6, 0xDB: 5
            default: 0
            }
        guard header > 0 else { return nil }
        let start = place
        let (size, _) = try container()
        return (start + header)..<(start + size)
    }

    /// A point in time: Fluentd's event time, or seconds; nil for zero and what is none.
    package mutating func time() throws(PackMistake) -> Timestamp? {
        // Fluent Bit puts metadata beside the time.
        if let count = try listCount() {
            guard count > 0 else { return nil }
            let time = try Self.time(value())
            for _ in 1..<count { _ = try value() }
            return time
        }
        return Self.time(try value())
    }

    static func time(_ value: Value) -> Timestamp? {
        switch value {
        case .timestamp(let time): time
        case .integer(let seconds) where seconds != 0 && abs(seconds) < 9_000_000_000:
            Timestamp(seconds: seconds)
        case .float(let seconds) where seconds != 0 && abs(seconds) < 9e9:
            Timestamp(nanoseconds: Int64(seconds * 1e9))
        default: nil
        }
    }

    // MARK: Parts

    /// Passes an object without its children.
    private mutating func container() throws(PackMistake) -> (size: Int, children: Int) {
        guard place < bytes.count else { throw .truncated }
        let (size, children) = try PackScan.shape(bytes, place)
        guard size > 0, size + children <= bytes.count - place else { throw .truncated }
        place += size
        return (size, children)
    }

    private mutating func value(depth: Int) throws(PackMistake) -> Value {
        guard depth < Self.depthMaximum else { throw .malformed("it is nested too deep") }
        let start = place
        if let range = try content() {
            return .bytes(Bytes(copying: bytes.extracting(range)))
        }
        let (size, children) = try container()
        let first = bytes[start]
        switch first {
        case 0x80...0x8F, 0xDE, 0xDF: return .object(try fields(children / 2, depth))
        case 0x90...0x9F, 0xDC, 0xDD:
            var list: [Value] = []
            list.reserveCapacity(children)
            for _ in 0..<children { list.append(try value(depth: depth + 1)) }
            return .array(list)
        case 0xC7...0xC9, 0xD4...0xD8: return extended(start, size)
        default: return scalar(start, first)
        }
    }

    private mutating func fields(_ count: Int, _ depth: Int) throws(PackMistake) -> Fields {
        var fields = Fields(capacity: count)
        for _ in 0..<count {
            let key: String
            if let range = try content() {
                key = String(copying: bytes.extracting(range))
            } else {
                key = ValueText.text(try value(depth: depth + 1))
            }
            fields.update(key, try value(depth: depth + 1))
        }
        return fields
    }

    private func scalar(_ start: Int, _ first: UInt8) -> Value {
        func number(_ width: Int) -> UInt64 {
            var value: UInt64 = 0
            for index in 1...width { value = value << 8 | UInt64(bytes[start + index]) }
            return value
        }
        switch first {
        case 0x00...0x7F: return .integer(Int64(first))
        case 0xE0...0xFF: return .integer(Int64(Int8(bitPattern: first)))
        case 0xC2: return .boolean(false)
        case 0xC3: return .boolean(true)
        case 0xCC: return .integer(Int64(number(1)))
        case 0xCD: return .integer(Int64(number(2)))
        case 0xCE: return .integer(Int64(number(4)))
        case 0xCF:
            let value = number(8)
            return Int64(exactly: value).map { .integer($0) } ?? .float(Double(value))
        case 0xD0: return .integer(Int64(Int8(truncatingIfNeeded: number(1))))
        case 0xD1: return .integer(Int64(Int16(truncatingIfNeeded: number(2))))
        case 0xD2: return .integer(Int64(Int32(truncatingIfNeeded: number(4))))
        case 0xD3: return .integer(Int64(bitPattern: number(8)))
        case 0xCA: return Self.float(Double(Float(bitPattern: UInt32(number(4)))))
        case 0xCB: return Self.float(Double(bitPattern: number(8)))
        default: return .null
        }
    }

    private static func float(_ number: Double) -> Value { number.isNaN ? .null : .float(number) }

    private func extended(_ start: Int, _ size: Int) -> Value {
        let header =
            switch bytes[start] {
            case 0xC7: 3
            case 0xC8: 4
            case 0xC9: 6
            default: 2
            }
        let type = bytes[start + header - 1]
        let content = start + header
        guard type == 0, size - header == 8 else {
            return .bytes(Bytes(copying: bytes.extracting(content..<(start + size))))
        }
        var (seconds, nanoseconds) = (Int64(0), Int64(0))
        for index in 0..<4 {
            seconds = seconds << 8 | Int64(bytes[content + index])
            nanoseconds = nanoseconds << 8 | Int64(bytes[content + 4 + index])
        }
        return .timestamp(Timestamp(nanoseconds: seconds * 1_000_000_000 + nanoseconds))
    }
}

extension String {
    /// The UTF-8 in a span; what is none becomes U+FFFD.
    init(copying span: Span<UInt8>) {
        self = unsafe span.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
    }
}
