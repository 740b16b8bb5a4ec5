import Formats

/// Turns the bytes of one direction of SPDY/3.1 into frames, without any I/O.
///
/// Feed bytes with `append`, then call `next` until it gives nil. Where the bytes are cut makes no
/// difference but for the pieces of data. After an error the connection is of no use.
public struct SPDYDecoder {
    /// The most bytes of a frame that is not data.
    public static let controlLimit = 64 << 10
    /// The most bytes to which the headers of a frame unpack.
    public static let headerLimit = 64 << 10

    private let inflater = StreamDecoder(dictionary: SPDYDictionary.bytes)
    private var queue = ByteQueue()
    /// The data frame whose payload comes in pieces.
    private var data: (stream: UInt32, left: Int, isLast: Bool)?

    /// Begins a direction.
    public init() {}

    /// Takes bytes from the peer.
    public mutating func append(_ bytes: [UInt8]) {
        queue.append(bytes)
    }

    /// The next frame; nil until more bytes come.
    ///
    /// - Throws: What is malformed.
    public mutating func next() throws(SPDYViolation) -> SPDYFrame? {
        while true {
            if let piece = takeData() { return piece }
            guard data == nil, queue.count >= 8 else { return nil }
            let head = Array(queue[0..<8])
            let length = Int(head[5]) << 16 | Int(head[6]) << 8 | Int(head[7])
            if head[0] & 0x80 == 0 {
                queue.drop(8)
                let stream = Self.number(head, 0) & 0x7FFF_FFFF
                data = (stream, length, head[4] & SPDYType.finish != 0)
                continue
            }
            guard length <= Self.controlLimit else {
                throw SPDYViolation(what: "a frame of \(length) bytes that is not data")
            }
            guard queue.count >= 8 + length else { return nil }
            queue.drop(8)
            let body = queue.take(length)
            if let frame = try control(head, body) { return frame }
        }
    }

    private mutating func takeData() -> SPDYFrame? {
        guard let (stream, left, isLast) = data else { return nil }
        let count = min(left, queue.count)
        guard count > 0 || left == 0 else { return nil }
        let bytes = queue.take(count)
        data = count == left ? nil : (stream, left - count, isLast)
        return .data(stream: stream, bytes: bytes, isLast: isLast && count == left)
    }

    private func control(_ head: [UInt8], _ body: [UInt8]) throws(SPDYViolation) -> SPDYFrame? {
        let version = (UInt16(head[0]) << 8 | UInt16(head[1])) & 0x7FFF
        guard version == SPDYType.version else {
            throw SPDYViolation(what: "version \(version); only 3 is spoken here")
        }
        let isLast = head[4] & SPDYType.finish != 0
        func need(_ count: Int) throws(SPDYViolation) {
            guard body.count >= count else {
                throw SPDYViolation(what: "a frame that is too short")
            }
        }
        switch UInt16(head[2]) << 8 | UInt16(head[3]) {
        case SPDYType.open:
            try need(10)
            let headers = try headers(body[10...])
            return .open(stream: Self.stream(body), headers: headers, isLast: isLast)
        case SPDYType.reply:
            try need(4)
            return .reply(
                stream: Self.stream(body),
                headers: try headers(body[4...]),
                isLast: isLast
            )
        case SPDYType.headers:
            try need(4)
            return .headers(
                stream: Self.stream(body),
                headers: try headers(body[4...]),
                isLast: isLast
            )
        case SPDYType.reset:
            try need(8)
            return .reset(stream: Self.stream(body), status: Self.number(body, 4))
        case SPDYType.ping:
            try need(4)
            return .ping(Self.number(body, 0))
        case SPDYType.goAway: return .goAway
        default: return nil
        }
    }

    private func headers(_ block: ArraySlice<UInt8>) throws(SPDYViolation) -> [SPDYHeader] {
        let bytes: [UInt8]
        do throws(FormatError) {
            bytes = try inflater.read(Array(block).span, limit: Self.headerLimit)
        } catch {
            throw SPDYViolation(what: "\(error)")
        }
        var at = 0
        func number() throws(SPDYViolation) -> Int {
            guard bytes.count - at >= 4 else { throw SPDYViolation(what: "headers that are cut") }
            defer { at += 4 }
            return Int(Self.number(bytes, at))
        }
        func text() throws(SPDYViolation) -> String {
            let count = try number()
            guard bytes.count - at >= count else {
                throw SPDYViolation(what: "headers that are cut")
            }
            defer { at += count }
            return String(decoding: bytes[at..<at + count], as: UTF8.self)
        }
        // An empty block counts as no headers.
        let count = bytes.isEmpty ? 0 : try number()
        guard count <= bytes.count / 8 else { throw SPDYViolation(what: "headers that are cut") }
        var headers: [SPDYHeader] = []
        for _ in 0..<count {
            let name = try text()
            headers.append(SPDYHeader(name, try text()))
        }
        return headers
    }

    private static func stream(_ bytes: [UInt8]) -> UInt32 { number(bytes, 0) & 0x7FFF_FFFF }

    private static func number(_ bytes: [UInt8], _ at: Int) -> UInt32 {
        bytes[at..<at + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
