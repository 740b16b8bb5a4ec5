public import Basics
public import Reactor
import Security

/// One connection of an HTTP/1.1 client: one request at a time, kept alive between them.
@MainLoop public final class HTTPClient {
    let channel: any ByteChannel
    let authority: String
    private let limits: HTTPLimits
    private var decoder: MessageDecoder
    private var isBusy = false
    /// Interim responses before a final one, as many as Go's client takes.
    private static let interimLimit = 5
    private static let pieceSize = 32 * 1024

    /// Whether another request can be made: nothing is open and the server keeps the connection.
    public var isReusable: Bool { !isBusy && !isFinished }
    private var isFinished = false

    /// Connects.
    ///
    /// - Parameters:
    ///   - endpoint: Where to.
    ///   - authority: The value of the `Host` header field; that of the endpoint if nil.
    ///   - timeout: The time for the connection and the TLS handshake together.
    ///   - limits: What a response may cost.
    /// - Returns: A connected client.
    /// - Throws: `notFound` and `unavailable` if nobody is there, `timedOut`, `cancelled`.
    public static func connect(
        _ endpoint: HTTPEndpoint,
        authority: String? = nil,
        timeout: Duration = .seconds(10),
        limits: HTTPLimits = HTTPLimits()
    ) async throws(Failure) -> HTTPClient {
        let deadline = Loop.main.now + timeout
        let channel: any ByteChannel
        switch endpoint {
        case .unix(let path):
            channel = PlainChannel(try await ByteStream.connect(unix: path, timeout: timeout))
        case .tcp(let host, let port, let tls):
            let stream = try await ByteStream.connect(host: host, port: port, timeout: timeout)
            if let tls {
                channel = try await TLSChannel.client(
                    over: stream,
                    options: tls,
                    host: host,
                    deadline: deadline
                )
            } else {
                channel = PlainChannel(stream)
            }
        }
        return HTTPClient(channel, authority: authority ?? endpoint.authority, limits: limits)
    }

    /// Uses a connected stream.
    public convenience init(
        adopting stream: ByteStream,
        authority: String = "localhost",
        limits: HTTPLimits = HTTPLimits()
    ) {
        self.init(PlainChannel(stream), authority: authority, limits: limits)
    }

    /// Uses a channel, such as one under TLS.
    public init(
        _ channel: any ByteChannel,
        authority: String,
        limits: HTTPLimits = HTTPLimits()
    ) {
        self.channel = channel
        self.authority = authority
        self.limits = limits
        decoder = MessageDecoder(.responses, limits: limits)
    }

    /// Makes a request and waits for the head of the response.
    ///
    /// `Host` and, if there is a body, `Content-Length` are added unless given.
    /// - Parameters:
    ///   - method: The method, in capitals.
    ///   - target: Path and query, already encoded (`HTTPTarget.target`).
    ///   - headers: The header fields.
    ///   - body: The body; sent for POST, PUT and PATCH even if empty.
    ///   - timeout: The time until the head of the response is there.
    /// - Returns: The head; read the body to its end before the next request.
    /// - Throws: `conflict` if another request is open; `timedOut`, `cancelled`, `unavailable`.
    public func request(
        _ method: String,
        _ target: String,
        headers: HTTPHeaders = [:],
        body: [UInt8] = [],
        timeout: Duration = .seconds(30)
    ) async throws(Failure) -> HTTPResponse {
        try begin(method, target)
        var headers = headers
        if !body.isEmpty || ["POST", "PUT", "PATCH"].contains(method) {
            headers["Content-Length"] = String(body.count)
        }
        let deadline = Loop.main.now + timeout
        let head = encodeHead(method, target, headers)
        return try await exchange(head + body, deadline)
    }

    /// Starts a request whose body is sent piece by piece.
    ///
    /// - Parameters: As for `request`.
    /// - Throws: As `request`.
    public func upload(
        _ method: String,
        _ target: String,
        headers: HTTPHeaders = [:],
        timeout: Duration = .seconds(30)
    ) async throws(Failure) -> HTTPUpload {
        try begin(method, target)
        var headers = headers
        headers["Transfer-Encoding"] = "chunked"
        try await send(encodeHead(method, target, headers), Loop.main.now + timeout)
        return HTTPUpload(self)
    }

    /// Closes the connection; responses still open fail.
    public func close() {
        isFinished = true
        channel.close()
    }

    // MARK: For responses and uploads

    func send(_ bytes: [UInt8], _ deadline: Instant) async throws(Failure) {
        do throws(Failure) {
            try await channel.write(bytes, deadline: deadline)
        } catch {
            isFinished = true
            throw error
        }
    }

    /// Waits for the head of the final response.
    func awaitHead(_ deadline: Instant) async throws(Failure) -> HTTPResponse {
        var interims = 0
        while true {
            guard let event = try await nextEvent(deadline) else { throw Self.ended }
            guard case .response(let head) = event else { continue }
            if head.status < 200 && head.status != 101 {
                interims += 1
                guard interims <= Self.interimLimit else {
                    close()
                    throw Failure(
                        .unavailable,
                        "cannot read the response",
                        cause: "too many interim responses"
                    )
                }
                continue
            }
            if !head.keepsAlive || head.status == 101 { isFinished = true }
            return HTTPResponse(self, head)
        }
    }

    /// The next event of the response; `nil` if the connection ended between messages.
    func nextEvent(_ deadline: Instant?) async throws(Failure) -> MessageDecoder.Event? {
        while true {
            do throws(ProtocolViolation) {
                if let event = try decoder.next() { return event }
            } catch {
                close()
                throw error.failure("cannot read the response")
            }
            let bytes: [UInt8]
            do throws(Failure) {
                bytes = try await channel.read(upTo: Self.pieceSize, deadline: deadline)
            } catch {
                isFinished = true
                throw error
            }
            if !bytes.isEmpty {
                decoder.append(bytes)
                continue
            }
            isFinished = true
            do throws(ProtocolViolation) {
                return try decoder.finish()
            } catch {
                throw error.failure("cannot read the response")
            }
        }
    }

    /// The response is at its end.
    func complete() {
        isBusy = false
    }

    /// Leaves HTTP after a 101 response; gives the bytes that followed it.
    func leave() -> [UInt8] {
        isFinished = true
        return decoder.leave()
    }

    func begin(_ method: String, _ target: String) throws(Failure) {
        guard isReusable else {
            throw Failure(
                .conflict,
                "cannot request \(target)",
                cause: isFinished ? "the connection has ended" : "another request is open on it"
            )
        }
        isBusy = true
        decoder.requestMethod = method
    }

    func encodeHead(_ method: String, _ target: String, _ headers: HTTPHeaders) -> [UInt8] {
        var headers = headers
        if headers["Host"] == nil { headers["Host"] = authority }
        return MessageEncoder.request(method: method, target: target, headers: headers)
    }

    /// Sends a request and waits for the head.
    ///
    /// A server may answer before it has read everything, and close: then the answer counts, not the
    /// failed write.
    func exchange(_ bytes: [UInt8], _ deadline: Instant) async throws(Failure) -> HTTPResponse {
        do throws(Failure) {
            try await send(bytes, deadline)
        } catch {
            guard error.code == .unavailable,
                let response = try? await awaitHead(min(deadline, Loop.main.now + .seconds(1)))
            else { throw error }
            return response
        }
        return try await awaitHead(deadline)
    }

    static let ended = Failure(
        .unavailable,
        "cannot read the response",
        cause: "the server closed the connection without an answer"
    )
}
