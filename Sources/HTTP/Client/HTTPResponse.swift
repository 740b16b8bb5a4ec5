public import Basics
public import Reactor

/// A response as a client sees it: the head, and the body as it comes.
@MainLoop public final class HTTPResponse {
    /// The status code.
    public let status: Int
    /// The reason phrase, as the server put it.
    public let reason: String
    /// The header fields.
    public let headers: HTTPHeaders
    /// The trailer fields of a chunked body, once it is at its end.
    public private(set) var trailers: HTTPHeaders = [:]
    let client: HTTPClient
    private var isComplete = false

    init(_ client: HTTPClient, _ head: ReceivedResponse) {
        self.client = client
        status = head.status
        reason = head.reason
        headers = head.headers
    }

    /// Whether the status is 2xx.
    public var isSuccess: Bool { (200...299).contains(status) }

    /// The next piece of the body; `nil` at its end.
    ///
    /// - Parameter deadline: The end of the wait; a watch or a followed log has none.
    /// - Returns: At least one byte, or `nil` at the end, again and again.
    /// - Throws: `timedOut`, `cancelled`; `unavailable` if the body is cut short.
    public func next(deadline: Instant? = nil) async throws(Failure) -> [UInt8]? {
        guard !isComplete else { return nil }
        while true {
            switch try await client.nextEvent(deadline) {
            case .body(let piece): return piece
            case .end(let fields):
                isComplete = true
                trailers = fields
                client.complete()
                return nil
            case .request, .response: continue
            case nil: throw HTTPClient.ended
            }
        }
    }

    /// Reads the whole body.
    ///
    /// - Parameters:
    ///   - limit: The most bytes to take.
    ///   - timeout: The time for all of it.
    /// - Returns: All of it; empty if there is none.
    /// - Throws: `exhausted` if the body is longer; `timedOut`, `cancelled`, `unavailable`.
    public func collect(
        limit: Int,
        timeout: Duration = .seconds(60)
    ) async throws(Failure) -> [UInt8] {
        let deadline = Loop.main.now + timeout
        var whole: [UInt8] = []
        while let piece = try await next(deadline: deadline) {
            guard whole.count + piece.count <= limit else {
                client.close()
                throw Failure(
                    .exhausted,
                    "the response is too large",
                    cause: "the limit is \(limit) bytes"
                )
            }
            if whole.isEmpty { whole = piece } else { whole += piece }
        }
        return whole
    }

    /// Reads the beginning of the body, up to a limit, and no more.
    ///
    /// - Returns: At most `limit` bytes; the rest of the body is lost.
    /// - Throws: As `next`.
    public func prefix(_ limit: Int, deadline: Instant) async throws(Failure) -> [UInt8] {
        var whole: [UInt8] = []
        while whole.count < limit, let piece = try await next(deadline: deadline) { whole += piece }
        return Array(whole.prefix(limit))
    }
}

/// A request whose body is being sent.
@MainLoop public final class HTTPUpload {
    private let client: HTTPClient

    init(_ client: HTTPClient) {
        self.client = client
    }

    /// Sends a piece of the body.
    ///
    /// - Throws: `unavailable` if the server has closed, `timedOut`, `cancelled`.
    public func write(_ bytes: [UInt8], timeout: Duration = .seconds(60)) async throws(Failure) {
        guard !bytes.isEmpty else { return }
        try await client.send(MessageEncoder.chunk(bytes), Loop.main.now + timeout)
    }

    /// Ends the body and waits for the head of the response.
    ///
    /// - Throws: As `HTTPClient.request`.
    public func finish(timeout: Duration = .seconds(30)) async throws(Failure) -> HTTPResponse {
        try await client.exchange(MessageEncoder.lastChunk(), Loop.main.now + timeout)
    }
}
