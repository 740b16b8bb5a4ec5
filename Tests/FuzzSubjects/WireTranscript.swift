import Basics
public import HTTP

/// What the decoders made of a stream of bytes, as text: equal texts are equal results.
public struct WireTranscript: Equatable, CustomStringConvertible {
    /// The heads, in order.
    public var heads: [String] = []
    private var content: [[UInt8]] = []
    /// The trailers of each complete message.
    public var trailers: [String] = []
    /// What was wrong in the end.
    public var violation: WireViolation?

    /// The bodies, as far as they came.
    public var bodies: [String] { content.map { String(decoding: $0, as: UTF8.self) } }

    /// All of it, for messages.
    public var description: String {
        "\(heads) \(bodies) \(trailers) " + (violation.map { "\($0.reason)" } ?? "")
    }

    /// Decodes requests that follow each other.
    public static func requests(_ pieces: [[UInt8]], limits: HeadLimits = HeadLimits()) -> Self {
        var transcript = Self()
        var decoder = HeadDecoder(limits: limits)
        var head = RequestHead()
        var body: BodyDecoder?
        var fields = HeaderBlock()
        var buffer = ByteBuffer()
        do throws(WireViolation) {
            for piece in pieces {
                buffer.append(piece.span)
                while true {
                    if body != nil {
                        guard try transcript.body(&body, &buffer, &fields) else { break }
                        continue
                    }
                    guard let length = try decoder.request(buffer.readable, into: &head) else {
                        break
                    }
                    buffer.consume(length)
                    transcript.heads.append(describe(head))
                    transcript.content.append([])
                    body = BodyDecoder(head.framing, limits: limits)
                }
            }
        } catch {
            transcript.violation = error
        }
        return transcript
    }

    /// Decodes responses to requests of a method; the connection ends after the pieces.
    public static func responses(
        _ pieces: [[UInt8]],
        to method: HTTPMethod = .get,
        limits: HeadLimits = HeadLimits()
    ) -> Self {
        var transcript = Self()
        var decoder = HeadDecoder(limits: limits)
        var head = ResponseHead()
        var body: BodyDecoder?
        var fields = HeaderBlock()
        var buffer = ByteBuffer()
        do throws(WireViolation) {
            for piece in pieces {
                buffer.append(piece.span)
                while true {
                    if body != nil {
                        guard try transcript.body(&body, &buffer, &fields) else { break }
                        continue
                    }
                    guard
                        let length = try decoder.response(
                            buffer.readable,
                            to: method,
                            into: &head
                        )
                    else { break }
                    buffer.consume(length)
                    transcript.heads.append(describe(head))
                    if head.isInterim { continue }
                    transcript.content.append([])
                    body = BodyDecoder(head.framing, limits: limits, isStrict: false)
                }
            }
            if body != nil {
                try body?.finish()
            } else if !buffer.isEmpty {
                throw WireViolation(.cut)
            }
        } catch {
            transcript.violation = error
        }
        return transcript
    }

    private mutating func body(
        _ decoder: inout BodyDecoder?,
        _ buffer: inout ByteBuffer,
        _ fields: inout HeaderBlock
    ) throws(WireViolation) -> Bool {
        guard let step = try decoder?.next(buffer.readable, trailers: &fields) else { return false }
        content[content.count - 1] += Array(copying: buffer.readable.extracting(step.body))
        buffer.consume(step.consumed)
        if step.isEnd {
            trailers.append(describe(fields))
            fields.removeAll()
            decoder = nil
        }
        return step.isEnd || !step.body.isEmpty
    }

    /// Decodes requests in one piece.
    public static func request(_ input: String, limits: HeadLimits = HeadLimits()) -> Self {
        requests([Array(input.utf8)], limits: limits)
    }
}

/// Bytes as text.
public func text(_ bytes: Span<UInt8>) -> String {
    String(decoding: Array(copying: bytes), as: UTF8.self)
}

/// Fields as text.
public func describe(_ fields: borrowing HeaderBlock) -> String {
    var lines: [String] = []
    for index in 0..<fields.count {
        lines.append("\(text(fields.name(index)))=\(text(fields.value(index)))")
    }
    return lines.joined(separator: "|")
}

/// A head as text.
public func describe(_ head: borrowing RequestHead) -> String {
    var words = [
        text(head.methodName), text(head.authority), text(head.path), head.version.name.description,
        "\(head.framing)",
    ]
    if head.scheme != .unknown { words.append(head.scheme.name.description) }
    if !head.keepsAlive { words.append("closes") }
    if head.expectsContinue { words.append("expects") }
    if head.upgrade != .none { words.append("\(head.upgrade)") }
    return words.joined(separator: " ") + " {" + describe(head.fields) + "}"
}

/// A head as text.
public func describe(_ head: borrowing ResponseHead) -> String {
    "\(head.status) \(head.version.name) \(head.framing)\(head.keepsAlive ? "" : " closes") {"
        + describe(head.fields) + "}"
}
