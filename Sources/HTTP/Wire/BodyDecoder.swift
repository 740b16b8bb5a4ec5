/// Finds the bytes of an HTTP/1 body, and where it ends, without copying it.
///
/// It works at any cut. After an error the connection has to be closed.
public struct BodyDecoder: Sendable {
    private enum State: UInt8 {
        case sized
        case untilClose
        case chunkSizeStart
        case chunkSize
        case chunkBlank
        case chunkExtension
        case chunkLineFeed
        case chunkData
        case chunkEndReturn
        case chunkEndFeed
        case trailers
        case ended
    }

    private var state: State
    private let limits: HeadLimits
    private let isStrict: Bool
    /// Bytes of the body or chunk that are still to come.
    private var remaining = 0
    /// The size of the chunk as far as it was read.
    private var size = 0
    private var lineLength = 0
    /// Bytes of chunk lines beyond what their data pays for, as Go's reader counts them.
    private var overhead = 0
    private var trailerBytes = 0
    /// Up to where the incomplete trailer line has been searched for its end.
    private var scanned = 0
    private static let chunkLineMaximum = 4096
    private static let overheadMaximum = 16 * 1024

    /// Makes the decoder of one body.
    ///
    /// - Parameters:
    ///   - framing: What the head said.
    ///   - limits: How large the trailer section may be.
    ///   - isStrict: Whether it is a request's; those of responses may have blanks after a chunk's size,
    ///     which old servers fill it up with.
    public init(_ framing: BodyFraming, limits: HeadLimits = HeadLimits(), isStrict: Bool = true) {
        self.limits = limits
        self.isStrict = isStrict
        switch framing {
        case .none: state = .ended
        case .length(let length):
            state = length == 0 ? .ended : .sized
            remaining = length
        case .chunked: state = .chunkSizeStart
        case .untilClose: state = .untilClose
        }
    }

    /// Whether the message has ended.
    public var isEnded: Bool { state == .ended }

    /// Whether the end of the connection would be the end of the message.
    public var mayEndNow: Bool { state == .ended || state == .untilClose }

    /// Goes on with the next bytes.
    ///
    /// - Parameters:
    ///   - bytes: What was not consumed before, and more.
    ///   - trailers: Gets the fields after the last chunk; those that say where a message ends or goes are
    ///     dropped (RFC 9110 section 6.5.1).
    /// - Returns: One piece of the body, how far to go on, and whether the message ended.
    /// - Throws: `WireViolation` with the status to answer.
    public mutating func next(
        _ bytes: Span<UInt8>,
        trailers: inout HeaderBlock
    ) throws(WireViolation) -> BodyStep {
        var at = 0
        while true {
            switch state {
            case .ended: return BodyStep(body: at..<at, consumed: at, isEnd: true)
            case .sized, .chunkData:
                let end = at &+ min(remaining, bytes.count &- at)
                guard end > at else { return BodyStep(body: at..<at, consumed: at, isEnd: false) }
                remaining &-= end &- at
                if remaining == 0 { state = state == .sized ? .ended : .chunkEndReturn }
                return BodyStep(body: at..<end, consumed: end, isEnd: state == .ended)
            case .untilClose:
                return BodyStep(body: at..<bytes.count, consumed: bytes.count, isEnd: false)
            case .trailers:
                let next = try trailerLine(bytes, from: at, &trailers)
                guard next > at else { return BodyStep(body: at..<at, consumed: at, isEnd: false) }
                at = next
            default:
                guard at < bytes.count else {
                    return BodyStep(body: at..<at, consumed: at, isEnd: false)
                }
                try chunkByte(bytes[at])
                at &+= 1
            }
        }
    }

    /// Tells that the connection has ended.
    ///
    /// - Throws: `WireViolation` if the message was not complete.
    public mutating func finish() throws(WireViolation) {
        guard mayEndNow else { throw WireViolation(.cut) }
        state = .ended
    }

    /// A byte between the data of two chunks.
    private mutating func chunkByte(_ byte: UInt8) throws(WireViolation) {
        lineLength &+= 1
        switch state {
        case .chunkSizeStart:
            guard let digit = HTTPSyntax.hexadecimal(byte) else { throw WireViolation(.chunkSize) }
            size = Int(digit)
            state = .chunkSize
        case .chunkSize:
            if let digit = HTTPSyntax.hexadecimal(byte) {
                guard size <= Int.max >> 4, lineLength <= 16 else {
                    throw WireViolation(.chunkSize)
                }
                size = size << 4 | Int(digit)
            } else {
                try afterSize(byte)
            }
        case .chunkBlank: try afterSize(byte)
        case .chunkExtension:
            guard lineLength <= Self.chunkLineMaximum else { throw WireViolation(.chunkOverhead) }
            if byte == 0x0D {
                state = .chunkLineFeed
            } else if !HTTPSyntax.isFieldValue(byte) {
                throw WireViolation(.chunk)
            }
        case .chunkLineFeed:
            guard byte == 0x0A else { throw WireViolation(.chunk) }
            try beginChunk()
        case .chunkEndReturn:
            guard byte == 0x0D else { throw WireViolation(.chunk) }
            state = .chunkEndFeed
        default:
            guard byte == 0x0A else { throw WireViolation(.chunk) }
            lineLength = 0
            state = .chunkSizeStart
        }
    }

    private mutating func afterSize(_ byte: UInt8) throws(WireViolation) {
        if byte == 0x3B {
            state = .chunkExtension
        } else if byte == 0x0D && (state == .chunkSize || !isStrict) {
            state = .chunkLineFeed
        } else if byte.isBlank && lineLength <= Self.chunkLineMaximum {
            state = .chunkBlank
        } else {
            throw WireViolation(.chunkSize)
        }
    }

    private mutating func beginChunk() throws(WireViolation) {
        // Data of a chunk pays for its line: 16 bytes, and twice its own size.
        overhead += lineLength - 16 - 2 * min(size, Self.overheadMaximum)
        overhead = max(0, overhead)
        guard overhead <= Self.overheadMaximum else { throw WireViolation(.chunkOverhead) }
        lineLength = 0
        remaining = size
        state = size == 0 ? .trailers : .chunkData
    }

    /// Reads a line of the trailer section.
    ///
    /// - Returns: Where the next line starts; `start` if the line is incomplete.
    private mutating func trailerLine(
        _ bytes: Span<UInt8>,
        from start: Int,
        _ trailers: inout HeaderBlock
    ) throws(WireViolation) -> Int {
        guard let feed = bytes.lineFeed(from: start + scanned) else {
            scanned = bytes.count - start
            guard trailerBytes + scanned < limits.bytes else {
                throw WireViolation(.fieldsTooLong)
            }
            return start
        }
        scanned = 0
        trailerBytes += feed + 1 - start
        guard trailerBytes <= limits.bytes else { throw WireViolation(.fieldsTooLong) }
        let line = try FieldLine.read(bytes, from: start, isStrict: true)
        if line.isLast {
            state = .ended
        } else if line.id.mayTrail {
            guard trailers.count < limits.fields else { throw WireViolation(.tooManyFields) }
            trailers.append(
                line.id,
                bytes.extracting(line.name),
                bytes.extracting(line.value)
            )
        }
        return line.next
    }
}

extension HeaderID {
    /// Whether a field may stand after a body: it says nothing about where the message ends or goes, and
    /// nothing about the connection.
    var mayTrail: Bool {
        switch self {
        case .contentLength, .transferEncoding, .host, .connection, .keepAlive, .proxyConnection,
            .te, .trailer, .upgrade, .http2Settings, .expect, .authorization,
            .proxyAuthorization, .cookie, .setCookie, .contentEncoding, .contentType,
            .contentRange:
            false
        default: true
        }
    }
}
