public import Basics

/// Writes heads of HTTP/1 messages and the lines around chunks.
///
/// What ends the message is written from `framing`, whatever the fields say. Fields that belong to one
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

    /// Writes the head of a request as HTTP/1.1.
    public func request(
        _ head: borrowing RequestHead,
        target: TargetForm = .origin,
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
        buffer.append(" HTTP/1.1\r\n")
        write(.host, value: head.authority, into: &buffer)
        let fields = head.fields.count
        for index in 0..<fields {
            let id = head.fields.id(index)
            if id == .contentLength || id == .transferEncoding { continue }
            write(head.fields, index, into: &buffer)
        }
        finish(head.framing, head.fields, keepsAlive: head.keepsAlive, into: &buffer)
    }

    /// Writes the head of a response as HTTP/1.1.
    ///
    /// With a framing of `none` a length stays as it is, for answers to `HEAD` and for 304.
    public func response(_ head: borrowing ResponseHead, into buffer: inout ByteBuffer) {
        buffer.reserve(head.fields.byteCount + 4 * head.fields.count + 160)
        buffer.append("HTTP/1.1 ")
        buffer.append(decimal: head.status)
        buffer.append(byte: 0x20)
        buffer.append(HTTPStatus.phrase(head.status))
        buffer.append("\r\n")
        let keepsLength =
            head.framing == .none && head.status >= 200 && head.status != 204
        for index in 0..<head.fields.count {
            let id = head.fields.id(index)
            if id == .transferEncoding || (id == .contentLength && !keepsLength) { continue }
            write(head.fields, index, into: &buffer)
        }
        let isInterim = head.isInterim
        finish(
            isInterim ? .none : head.framing,
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
        for index in 0..<trailers.count { write(trailers, index, into: &buffer) }
        buffer.append("\r\n")
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
