public import Basics

/// Writes heads of HTTP/1 messages and the lines around chunks.
///
/// What ends the message is written from `framing`, whatever the fields say otherwise. Fields that belong to one
/// connection are dropped by the caller. Values come from decoders or were checked when they were
/// configured; nothing is checked here.
public struct HeadEncoder: Sendable {
    /// How field names are written.
    public enum Spelling: Sendable {
        /// As they came.
        case asReceived
        /// In lower case.
        case lowerCase
        /// `Content-Type`; names that are not well known as they came.
        case usual
    }

    /// How a request names its target.
    public enum TargetForm: Sendable {
        /// The path.
        case origin
        /// Scheme, authority and path, as proxies are asked.
        case absolute
    }

    /// How field names are written.
    public var spelling: Spelling

    /// Makes an encoder.
    public init(spelling: Spelling = .asReceived) {
        self.spelling = spelling
    }

    /// Writes the head of a request as HTTP/1.1, or as HTTP/1.0 for hosts that want no more.
    ///
    /// HTTP/1.0 knows no chunks: the framing must be a length or none.
    public func request(
        _ head: borrowing RequestHead,
        target: TargetForm = .origin,
        isOld: Bool = false,
        into buffer: inout ByteBuffer
    ) {
        let size = head.path.count + 2 * head.authority.count + head.fields.byteCount
        buffer.reserve(size + 4 * head.fields.count + 192)
        buffer.append(head.methodName)
        buffer.append(byte: 0x20)
        if head.method == .connect {
            buffer.append(head.authority)
        } else {
            if target == .absolute {
                buffer.append(head.scheme == .https ? "https://" : "http://")
                buffer.append(head.authority)
            }
            buffer.append(head.path)
        }
        buffer.append(isOld ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n")
        write(.host, value: head.authority, into: &buffer)
        let isStated = Self.states(head.fields, head.framing)
        write(head.fields, keepsLength: isStated, into: &buffer)
        finish(
            isStated ? .none : head.framing,
            head.fields,
            keepsAlive: head.keepsAlive,
            into: &buffer
        )
    }

    /// Writes the head of a response as HTTP/1.1.
    ///
    /// With a framing of `none` a length stays as it is, for answers to `HEAD` and for 304.
    public func response(_ head: borrowing ResponseHead, into buffer: inout ByteBuffer) {
        buffer.reserve(head.fields.byteCount + 4 * head.fields.count + 160)
        buffer.append("HTTP/1.1 ")
        let status = UInt16(truncatingIfNeeded: head.status)
        buffer.append(byte: 0x30 + UInt8(truncatingIfNeeded: status / 100 % 10))
        buffer.append(byte: 0x30 + UInt8(truncatingIfNeeded: status / 10 % 10))
        buffer.append(byte: 0x30 + UInt8(truncatingIfNeeded: status % 10))
        buffer.append(byte: 0x20)
        buffer.append(HTTPStatus.phrase(head.status))
        buffer.append("\r\n")
        let isInterim = head.isInterim
        let isStated = !isInterim && Self.states(head.fields, head.framing)
        let keepsLength =
            isStated || head.framing == .none && head.status >= 200 && head.status != 204
        write(head.fields, keepsLength: keepsLength, into: &buffer)
        finish(
            isInterim || isStated ? .none : head.framing,
            head.fields,
            keepsAlive: head.keepsAlive || isInterim,
            isOld: head.version == .http10,
            into: &buffer
        )
    }

    /// Writes the line before the data of a chunk.
    ///
    /// - Parameters:
    ///   - size: The length of the data; at least 1, since an empty chunk is the last one.
    ///   - buffer: Where to write.
    public static func beginChunk(_ size: Int, into buffer: inout ByteBuffer) {
        precondition(size > 0, "an empty chunk is the last one")
        buffer.append(hexadecimal: UInt(size))
        buffer.append("\r\n")
    }

    /// Writes the line end after the data of a chunk.
    public static func endChunk(into buffer: inout ByteBuffer) {
        buffer.append("\r\n")
    }

    /// Writes the last chunk without trailers.
    public static func lastChunk(into buffer: inout ByteBuffer) {
        buffer.append("0\r\n\r\n")
    }

    /// Writes the last chunk and the trailer section.
    public func lastChunk(trailers: borrowing HeaderBlock, into buffer: inout ByteBuffer) {
        buffer.append("0\r\n")
        write(trailers, keepsLength: false, into: &buffer)
        buffer.append("\r\n")
    }

    /// Whether the fields say a length as it would be written.
    private static func states(_ fields: borrowing HeaderBlock, _ framing: BodyFraming) -> Bool {
        guard case .length(let length) = framing, let index = fields.first(.contentLength),
            fields.first(.contentLength, from: index + 1) == nil
        else { return false }
        let value = fields.value(index)
        var number = 0
        guard !value.isEmpty, value.count < 19, value.count == 1 || value[0] != 0x30 else {
            return false
        }
        for place in value.indices {
            guard value[place].isDigit else { return false }
            number = number * 10 + Int(value[place] &- 0x30)
        }
        return number == length
    }

    private func finish(
        _ framing: BodyFraming,
        _ fields: borrowing HeaderBlock,
        keepsAlive: Bool,
        isOld: Bool = false,
        into buffer: inout ByteBuffer
    ) {
        switch framing {
        case .length(let length):
            write(name: .contentLength, into: &buffer)
            buffer.append(decimal: length)
            buffer.append("\r\n")
        case .chunked: write(.transferEncoding, value: HeaderBlock.span("chunked"), into: &buffer)
        case .none, .untilClose: break
        }
        if !fields.contains(.connection) {
            if !keepsAlive {
                write(.connection, value: HeaderBlock.span("close"), into: &buffer)
            } else if isOld {
                write(.connection, value: HeaderBlock.span("keep-alive"), into: &buffer)
            }
        }
        buffer.append("\r\n")
    }

    private func write(
        _ fields: borrowing HeaderBlock,
        keepsLength: Bool,
        into buffer: inout ByteBuffer
    ) {
        var lines = 0..<0
        for index in 0..<fields.count {
            let id = fields.id(index)
            if id == .transferEncoding || (id == .contentLength && !keepsLength) { continue }
            // Lines that still stand as they came are copied together.
            if spelling == .asReceived, let line = fields.line(index) {
                if line.lowerBound != lines.upperBound {
                    buffer.append(fields.stored(lines))
                    lines = line
                } else {
                    lines = lines.lowerBound..<line.upperBound
                }
                continue
            }
            buffer.append(fields.stored(lines))
            lines = 0..<0
            write(fields, index, into: &buffer)
        }
        buffer.append(fields.stored(lines))
    }

    private func write(
        _ fields: borrowing HeaderBlock,
        _ index: Int,
        into buffer: inout ByteBuffer
    ) {
        switch spelling {
        case .asReceived: buffer.append(fields.name(index))
        case .lowerCase:
            let name = fields.name(index)
            for place in name.indices { buffer.append(byte: name[place].asciiFolded) }
        case .usual:
            let id = fields.id(index)
            if id == .other {
                buffer.append(fields.name(index))
            } else {
                buffer.append(id.spelling)
            }
        }
        buffer.append(": ")
        buffer.append(fields.value(index))
        buffer.append("\r\n")
    }

    private func write(_ id: HeaderID, value: Span<UInt8>, into buffer: inout ByteBuffer) {
        write(name: id, into: &buffer)
        buffer.append(value)
        buffer.append("\r\n")
    }

    private func write(name id: HeaderID, into buffer: inout ByteBuffer) {
        buffer.append(spelling == .usual ? id.spelling : id.name)
        buffer.append(": ")
    }
}
