import Basics
import HTTP
import Reactor

@testable import Proxying

/// One end of an HTTP/2 connection in memory, played by the test: a client or a host.
final class H2End: H2Owner {
    /// What came on a stream.
    struct Message {
        var head = ""
        var body = ""
        var trailers = ""
        var hasEnded = false
        /// The code that the stream was closed with.
        var code: UInt32?
        var status: Int { Int(head.prefix { $0 != "\n" }) ?? 0 }
    }

    let peer: Peer
    let connection: H2Connection
    /// By the number of the stream.
    private(set) var messages: [Int: Message] = [:]
    private(set) var interims: [Int] = []
    private(set) var goAways: [UInt32] = []
    private(set) var streams: [Int: H2Stream] = [:]
    /// Whether bytes are given back to the windows as they come.
    var consumes = true
    /// What a host does with the head of a request.
    var onHead: ((H2End, Int) -> Void)?
    /// What is done when a message is complete.
    var onEnd: ((H2End, Int) -> Void)?
    private var violation: H2Violation?
    private var isReceiving = false
    /// The first bytes that came.
    private(set) var greeting: [UInt8] = []

    init(
        _ role: H2Connection.Role,
        _ peer: Peer,
        _ settings: H2Settings = H2Settings()
    ) throws {
        self.peer = peer
        connection = try H2Connection(role, settings: settings, owner: NoOwner.shared)
        unsafe connection.owner = self
        peer.react = { [unowned self] peer in
            let bytes = peer.received
            peer.received = []
            if greeting.count < 200 { greeting += bytes.prefix(200) }
            isReceiving = true
            do throws(H2Violation) {
                try connection.receive(bytes.span, now: Instant(nanoseconds: 1))
            } catch {
                violation = error
            }
            isReceiving = false
            pump()
        }
    }

    /// Sends what waits.
    func pump() {
        // What is said from within a callback goes out when it is over.
        guard !isReceiving, let link = peer.link, !link.isClosed else { return }
        var buffer = ByteBuffer()
        while connection.flush(into: &buffer, maximum: 1 << 22) {}
        link.output.append(buffer.readable)
        link.touch()
    }

    /// Asks; the number of the stream.
    @discardableResult
    func ask(
        _ method: String = "GET",
        _ path: String = "/",
        _ fields: [(String, String)] = [],
        authority: String = "example.com",
        body: String? = nil,
        ends: Bool = true
    ) -> Int {
        var head = RequestHead()
        head.setMethod(Array(method.utf8).span)
        head.setPath(Array(path.utf8).span)
        head.setAuthority(Array(authority.utf8).span)
        for (name, value) in fields {
            head.fields.append(name: Array(name.utf8).span, value: Array(value.utf8).span)
        }
        return ask(head, body: body, ends: ends)
    }

    func ask(_ head: borrowing RequestHead, body: String? = nil, ends: Bool = true) -> Int {
        guard let stream = connection.open(head, tag: 1, isEnd: body == nil && ends) else {
            return 0
        }
        let number = connection.number(stream)
        streams[number] = stream
        messages[number] = Message()
        if let body { send(number, body, ends: ends) }
        pump()
        return number
    }

    /// Answers.
    func answer(
        _ number: Int,
        _ status: Int = 200,
        _ fields: [(String, String)] = [],
        body: String? = nil,
        ends: Bool = true
    ) {
        guard let stream = streams[number] else { return }
        var head = ResponseHead()
        head.status = status
        head.framing = .chunked
        for (name, value) in fields {
            head.fields.append(name: Array(name.utf8).span, value: Array(value.utf8).span)
        }
        connection.respond(stream, head, isEnd: body == nil && ends)
        if let body { send(number, body, ends: ends) }
        pump()
    }

    /// Sends a part of a body.
    func send(_ number: Int, _ text: String, ends: Bool = false) {
        guard let stream = streams[number] else { return }
        connection.write(stream, Array(text.utf8).span)
        if ends { connection.end(stream) }
        pump()
    }

    /// Ends a body with trailers.
    func end(_ number: Int, _ trailers: [(String, String)] = []) {
        guard let stream = streams[number] else { return }
        var block = HeaderBlock()
        for (name, value) in trailers {
            block.append(name: Array(name.utf8).span, value: Array(value.utf8).span)
        }
        connection.end(stream, trailers: block)
        pump()
    }

    func reset(_ number: Int, _ code: H2ErrorCode) {
        guard let stream = streams[number] else { return }
        connection.reset(stream, code)
        pump()
    }

    /// Gives everything of a stream back to its window.
    func consume(_ number: Int) {
        guard let stream = streams[number] else { return }
        connection.consume(stream, Int.max)
        pump()
    }

    func message(_ number: Int) -> Message { messages[number] ?? Message() }

    /// The numbers of the streams, in order.
    var numbers: [Int] { messages.keys.sorted() }

    // MARK: What the connection tells

    func h2Request(_ connection: H2Connection, _ stream: H2Stream, _ head: inout RequestHead) {
        let number = connection.number(stream)
        streams[number] = stream
        var message = Message()
        message.head =
            "\(text(head.methodName)) \(head.scheme.name) \(text(head.authority)) \(text(head.path))\n"
            + lines(head.fields)
        messages[number] = message
        onHead?(self, number)
    }

    func h2Response(_ connection: H2Connection, _ stream: H2Stream, _ head: inout ResponseHead) {
        if head.isInterim { return interims.append(head.status) }
        let number = connection.number(stream)
        messages[number]?.head = "\(head.status)\n" + lines(head.fields)
    }

    func h2Body(_ connection: H2Connection, _ stream: H2Stream, _ bytes: Span<UInt8>) {
        messages[connection.number(stream)]?.body += text(bytes)
        if consumes { connection.consume(stream, bytes.count) }
    }

    func h2Ended(_ connection: H2Connection, _ stream: H2Stream, _ trailers: inout HeaderBlock) {
        let number = connection.number(stream)
        messages[number]?.trailers = lines(trailers)
        messages[number]?.hasEnded = true
        onEnd?(self, number)
    }

    func h2Closed(_ connection: H2Connection, _ stream: H2Stream, _ code: H2ErrorCode) {
        messages[connection.number(stream)]?.code = code.rawValue
    }

    func h2Refused(_ connection: H2Connection, _ stream: H2Stream, _ violation: WireViolation) {}

    func h2GoAway(_ connection: H2Connection, _ code: H2ErrorCode) {
        goAways.append(code.rawValue)
    }

    private func text(_ span: Span<UInt8>) -> String {
        String(decoding: Array(copying: span), as: UTF8.self)
    }

    private func lines(_ fields: borrowing HeaderBlock) -> String {
        var lines = ""
        for index in 0..<fields.count {
            lines += "\(text(fields.name(index))): \(text(fields.value(index)))\n"
        }
        return lines
    }

    private final class NoOwner: H2Owner, Sendable {
        static let shared = NoOwner()
        func h2Body(_: H2Connection, _: H2Stream, _: Span<UInt8>) {}
        func h2Ended(_: H2Connection, _: H2Stream, _: inout HeaderBlock) {}
        func h2Closed(_: H2Connection, _: H2Stream, _: H2ErrorCode) {}
        func h2Refused(_: H2Connection, _: H2Stream, _: WireViolation) {}
    }
}

extension ProxyBench {
    /// A client that speaks HTTP/2.
    func client2(_ settings: H2Settings = H2Settings()) throws -> H2End {
        let end = try H2End(.client, client(), settings)
        end.pump()
        return end
    }
}
