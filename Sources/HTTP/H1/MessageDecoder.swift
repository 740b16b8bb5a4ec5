/// Turns the bytes of one direction of an HTTP/1 connection into messages, without any I/O.
///
/// Feed bytes with `append`, then call `next` until it gives `nil`. Where the bytes are cut makes no
/// difference, except for the sizes of the `body` pieces. After an error the decoder gives the same
/// error for ever.
struct MessageDecoder: Sendable {
    /// Which messages arrive.
    enum Role: Sendable {
        case requests
        case responses
    }

    /// What was read.
    enum Event: Sendable, Equatable {
        case request(ReceivedRequest)
        /// The head of a response; one below 200 other than 101 is followed by another head.
        case response(ReceivedResponse)
        case body([UInt8])
        /// The message is complete; the trailer fields of a chunked body.
        case end(trailers: HTTPHeaders)
    }

    private enum State: Sendable, Equatable {
        case head
        case sized(remaining: Int)
        case untilClose
        case chunkSize
        case chunkData(remaining: Int)
        case chunkEnd
        case trailers
        case ended
        case raw
        case failed(ProtocolViolation)
    }

    private let role: Role
    private let limits: HTTPLimits
    private let parser: HeadParser
    private var state = State.head
    private var queue = ByteQueue()
    /// The offset up to which the head or line at hand has been looked at.
    private var scanned = 0
    /// The offset where the line at hand starts.
    private var lineStart = 0
    /// The method of the request whose response is awaited; a response to HEAD has no body.
    var requestMethod = "GET"

    init(_ role: Role, limits: HTTPLimits = HTTPLimits()) {
        self.role = role
        self.limits = limits
        parser = HeadParser(limits: limits, isStrict: role == .requests)
    }

    /// How many bytes wait to be decoded.
    var bufferedCount: Int { queue.count }

    /// Whether the connection may end here without an error: between messages, nothing pending.
    var isBetweenMessages: Bool { state == .head && queue.isEmpty }

    /// Adds received bytes.
    mutating func append(_ bytes: [UInt8]) {
        queue.append(bytes)
    }

    /// Leaves HTTP after an upgrade and hands out the bytes that follow the head.
    mutating func leave() -> [UInt8] {
        state = .raw
        return queue.take(queue.count)
    }

    /// The next event, or `nil` if more bytes are needed.
    mutating func next() throws(ProtocolViolation) -> Event? {
        do throws(ProtocolViolation) {
            return try step()
        } catch {
            state = .failed(error)
            throw error
        }
    }

    /// Tells that no more bytes will come; `nil` if the connection ended between messages.
    mutating func finish() throws(ProtocolViolation) -> Event? {
        switch state {
        case .untilClose:
            state = .ended
            return .end(trailers: [:])
        case .failed(let violation): throw violation
        case .ended, .raw: return nil
        case .head where queue.isEmpty: return nil
        default:
            let violation = ProtocolViolation("the connection ended inside a message")
            state = .failed(violation)
            throw violation
        }
    }

    private mutating func step() throws(ProtocolViolation) -> Event? {
        while true {
            switch state {
            case .head: return try readHead()
            case .sized(let remaining):
                if remaining == 0 { return end([:]) }
                guard let piece = takeBody(upTo: remaining) else { return nil }
                state = .sized(remaining: remaining - piece.count)
                return .body(piece)
            case .untilClose: return takeBody(upTo: .max).map(Event.body)
            case .chunkSize:
                guard let size = try readChunkSize() else { return nil }
                state = size == 0 ? .trailers : .chunkData(remaining: size)
            case .chunkData(let remaining):
                if remaining == 0 {
                    state = .chunkEnd
                    continue
                }
                guard let piece = takeBody(upTo: remaining) else { return nil }
                state = .chunkData(remaining: remaining - piece.count)
                return .body(piece)
            case .chunkEnd:
                guard try skipChunkEnd() else { return nil }
                state = .chunkSize
            case .trailers:
                guard let block = try scanBlock(allowEmpty: true) else { return nil }
                let trailers = try parser.fields(queue[0..<block.content])
                drop(block.total)
                return end(trailers)
            case .failed(let violation): throw violation
            case .ended, .raw: return nil
            }
        }
    }

    private mutating func end(_ trailers: HTTPHeaders) -> Event {
        state = .head
        return .end(trailers: trailers)
    }

    private mutating func drop(_ amount: Int) {
        queue.drop(amount)
        scanned = 0
        lineStart = 0
    }

    private mutating func takeBody(upTo limit: Int) -> [UInt8]? {
        queue.isEmpty ? nil : queue.take(min(limit, queue.count))
    }

    private mutating func readHead() throws(ProtocolViolation) -> Event? {
        try skipEmptyLines()
        try checkBeginning()
        guard let block = try scanBlock(allowEmpty: false) else { return nil }
        let bytes = queue[0..<block.content]
        switch role {
        case .requests:
            let head = try parser.request(bytes)
            drop(block.total)
            enter(head.framing)
            return .request(head)
        case .responses:
            let head = try parser.response(bytes, toMethod: requestMethod)
            drop(block.total)
            let isInterim = head.status < 200 && head.status != 101
            if !isInterim { enter(head.framing) }
            return .response(head)
        }
    }

    private mutating func enter(_ framing: BodyFraming) {
        switch framing {
        case .none: state = .sized(remaining: 0)
        case .length(let length): state = .sized(remaining: length)
        case .chunked: state = .chunkSize
        case .untilClose: state = .untilClose
        }
    }

    /// A server ignores empty lines before a request line (RFC 9112 section 2.2).
    private mutating func skipEmptyLines() throws(ProtocolViolation) {
        guard role == .requests else { return }
        while queue.count >= 2, queue[0] == HTTPSyntax.carriageReturn {
            guard queue[1] == HTTPSyntax.lineFeed else {
                throw ProtocolViolation("bare carriage return")
            }
            drop(2)
        }
    }

    /// Recognises other protocols by their first bytes, so that nobody waits for the rest.
    private func checkBeginning() throws(ProtocolViolation) {
        guard !queue.isEmpty else { return }
        switch role {
        case .requests:
            guard HTTPSyntax.isToken(queue[0]) || queue[0] == HTTPSyntax.carriageReturn else {
                throw ProtocolViolation("malformed request line")
            }
        case .responses:
            let seen = min(5, queue.count)
            guard queue[0..<seen].elementsEqual("HTTP/".utf8.prefix(seen)) else {
                throw ProtocolViolation("malformed HTTP response")
            }
        }
    }

    /// Looks for the empty line that ends a head or a trailer section.
    ///
    /// - Returns: The length without and with the empty line, or `nil` if it is not there yet.
    private mutating func scanBlock(
        allowEmpty: Bool
    ) throws(ProtocolViolation) -> (content: Int, total: Int)? {
        while let feed = queue.lineFeed(from: scanned) {
            guard feed < limits.headBytes else { break }
            let hasReturn = feed > lineStart && queue[feed - 1] == HTTPSyntax.carriageReturn
            guard hasReturn || role == .responses else {
                throw ProtocolViolation("line that ends without a carriage return")
            }
            let length = feed - lineStart - (hasReturn ? 1 : 0)
            if length == 0 && (allowEmpty || lineStart > 0) {
                return (content: lineStart, total: feed + 1)
            }
            lineStart = feed + 1
            scanned = feed + 1
        }
        scanned = queue.count
        guard queue.count < limits.headBytes else {
            throw ProtocolViolation(431, "header longer than \(limits.headBytes) bytes")
        }
        return nil
    }

    /// Reads `size [; extension] CRLF`; extensions are ignored.
    private mutating func readChunkSize() throws(ProtocolViolation) -> Int? {
        let longest = 1024
        guard let feed = queue.lineFeed(from: scanned), feed < longest else {
            scanned = queue.count
            guard queue.count < longest else { throw ProtocolViolation("chunk line too long") }
            return nil
        }
        guard feed > 0, queue[feed - 1] == HTTPSyntax.carriageReturn else {
            throw ProtocolViolation("line that ends without a carriage return")
        }
        let line = queue[0..<feed - 1]
        guard line.allSatisfy(HTTPSyntax.isFieldValue) else {
            throw ProtocolViolation("control character in a chunk line")
        }
        let digits = line.prefix { HTTPSyntax.hexadecimal($0) != nil }
        let blanks: Set<UInt8> = [HTTPSyntax.space, HTTPSyntax.tab]
        let tail = line[digits.endIndex...].drop { blanks.contains($0) }
        guard !digits.isEmpty, digits.count <= 15,
            tail.isEmpty || tail.first == UInt8(ascii: ";")
        else { throw ProtocolViolation("malformed chunk size") }
        var size = 0
        for digit in digits { size = size << 4 | Int(HTTPSyntax.hexadecimal(digit) ?? 0) }
        drop(feed + 1)
        return size
    }

    private mutating func skipChunkEnd() throws(ProtocolViolation) -> Bool {
        if let first = queue.isEmpty ? nil : queue[0], first != HTTPSyntax.carriageReturn {
            throw ProtocolViolation("chunk data not followed by a line end")
        }
        guard queue.count >= 2 else { return false }
        guard queue[1] == HTTPSyntax.lineFeed else {
            throw ProtocolViolation("chunk data not followed by a line end")
        }
        drop(2)
        return true
    }
}
