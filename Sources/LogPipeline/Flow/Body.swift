public import Records

/// What a record says, in the form that costs least so far.
public enum Body: Sendable {
    /// Fields.
    case fields(Fields)
    /// A line that nobody has parsed: one field with the text, and the source's fields.
    case line(LineText)
    /// A JSON object as it was written, known to be valid, of which a member may be cut out.
    case json(WrittenObject)
}

/// A line in a block.
public struct LineText: Sendable {
    /// The block that it lies in; records of a block share it, and nobody changes it.
    public let block: [UInt8]
    /// Where it begins in the block.
    public let start: Int32
    /// Where it ends, without the delimiter.
    public let end: Int32
    /// The field that holds it (`log`, `message`), and what the source adds; shared by its lines.
    public let frame: LineFrame

    /// Refers to a line.
    public init(_ block: [UInt8], _ range: Range<Int>, frame: LineFrame) {
        self.block = block
        start = Int32(range.lowerBound)
        end = Int32(range.upperBound)
        self.frame = frame
    }

    /// Its bytes.
    public var span: Span<UInt8> {
        @_lifetime(borrow self)
        get { block.span.extracting(Int(start)..<Int(end)) }
    }

    /// As fields.
    public var fields: Fields {
        var fields = Fields(capacity: 1 + frame.added.count)
        fields.append(frame.key, .bytes(Bytes(copying: span)))
        for entry in frame.added { fields.update(entry.key, entry.value) }
        if let key = frame.offsetKey {
            fields.update(key, .integer(frame.offset + Int64(start)))
        }
        return fields
    }
}

/// What the lines of one block have in common.
public final class LineFrame: Sendable {
    /// The field that holds the text.
    public let key: String
    /// What the source adds: the file's path, the host.
    public let added: Fields
    /// The field for the line's place in the file, if one is wanted.
    public let offsetKey: String?
    /// The place of the block's first byte.
    public let offset: Int64

    /// Makes a frame.
    public init(
        key: String,
        added: Fields = Fields(),
        offsetKey: String? = nil,
        offset: Int64 = 0
    ) {
        self.key = key
        self.added = added
        self.offsetKey = offsetKey
        self.offset = offset
    }
}

/// A valid JSON object in a block.
public struct WrittenObject: Sendable {
    /// The block that it lies in.
    public let block: [UInt8]
    /// The object, braces included.
    public let range: Range<Int>
    /// A member that is left out, with its comma; empty if none is.
    public var cut: Range<Int>

    /// Refers to an object.
    public init(_ block: [UInt8], _ range: Range<Int>, cut: Range<Int> = 0..<0) {
        self.block = block
        self.range = range
        self.cut = cut
    }
}

extension WrittenObject {
    /// As fields.
    public var fields: Fields {
        var text: [UInt8] = []
        text.reserveCapacity(range.count)
        text.append(contentsOf: block[range.lowerBound..<max(range.lowerBound, cut.lowerBound)])
        text.append(contentsOf: block[max(range.lowerBound, cut.upperBound)..<range.upperBound])
        guard case .object(let fields)? = try? JSONReader.value(text.span, repair: .keep) else {
            return Fields()
        }
        return fields
    }
}
