internal import Formats

/// Walks over the fields of a protobuf message (wire format of proto2).
struct ProtobufReader {
    enum Value {
        case number(UInt64)
        case bytes(ArraySlice<UInt8>)
    }

    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        rest = bytes
    }

    /// The next field; `nil` at the end.
    ///
    /// - Throws: that the message is cut short or has a wire type that Kubernetes does not use.
    mutating func next() throws(FormatError) -> (number: Int, value: Value)? {
        guard !rest.isEmpty else { return nil }
        let tag = try varint()
        let number = Int(truncatingIfNeeded: tag >> 3)
        switch tag & 7 {
        case 0: return (number, .number(try varint()))
        case 1: return (number, .number(try fixed(8)))
        case 2:
            let count = try varint()
            guard count <= UInt64(rest.count) else { throw Self.cut }
            let bytes = rest.prefix(Int(count))
            rest = rest.dropFirst(Int(count))
            return (number, .bytes(bytes))
        case 5: return (number, .number(try fixed(4)))
        default: throw FormatError("the protobuf message has an unknown wire type")
        }
    }

    private mutating func varint() throws(FormatError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { throw Self.cut }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw FormatError("the protobuf message has a number of more than 64 bits")
    }

    private mutating func fixed(_ count: Int) throws(FormatError) -> UInt64 {
        guard rest.count >= count else { throw Self.cut }
        var value: UInt64 = 0
        for (index, byte) in rest.prefix(count).enumerated() {
            value |= UInt64(byte) << (8 * index)
        }
        rest = rest.dropFirst(count)
        return value
    }

    private static let cut = FormatError("the protobuf message is cut short")
}
