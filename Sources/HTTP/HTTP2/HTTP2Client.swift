public import Basics
public import Reactor

/// A minimal HTTP/2 client: one request on a connection that is known to speak HTTP/2.
@MainLoop public enum HTTP2Client {
    /// A complete response.
    public struct Response: Sendable {
        /// The status code; 0 if the server sent none.
        public var status: Int
        /// The header fields and, after them, the trailer fields.
        public var headers: HTTPHeaders
        /// The body.
        public var body: [UInt8]
    }

    /// Sends a request over a connected stream and waits for the whole response.
    ///
    /// The stream is good for closing only afterwards.
    /// - Parameters:
    ///   - stream: The connection.
    ///   - head: Method, authority and path.
    ///   - headers: More fields; names are sent in lower case.
    ///   - body: The body of the request.
    ///   - bodyLimit: The most body bytes of the response.
    ///   - deadline: The end of the wait.
    /// - Returns: The response.
    /// - Throws: `unavailable` if the server does not speak HTTP/2 or resets the stream;
    ///   `timedOut`, `cancelled`.
    public static func request(
        over stream: ByteStream,
        head: (method: String, authority: String, path: String),
        headers: HTTPHeaders = [:],
        body: [UInt8] = [],
        bodyLimit: Int = 64 * 1024,
        deadline: Instant
    ) async throws(Failure) -> Response {
        try await request(
            over: PlainChannel(stream),
            scheme: "http",
            head: head,
            headers: headers,
            body: body,
            bodyLimit: bodyLimit,
            deadline: deadline
        )
    }

    /// Sends a request over a channel, such as one under TLS, and waits for the whole response.
    ///
    /// The channel is good for closing only afterwards.
    /// - Parameters: As above; the scheme is `http` or `https`.
    /// - Returns: The response.
    /// - Throws: As above.
    public static func request(
        over channel: any ByteChannel,
        scheme: String,
        head: (method: String, authority: String, path: String),
        headers: HTTPHeaders = [:],
        body: [UInt8] = [],
        bodyLimit: Int = 64 * 1024,
        deadline: Instant
    ) async throws(Failure) -> Response {
        let pseudo = [
            (":method", head.method), (":scheme", scheme), (":authority", head.authority),
            (":path", head.path),
        ]
        let session = try HTTP2Session(
            headers: pseudo + headers.fields.map { ($0.name.lowercased(), $0.value) },
            body: body,
            bodyLimit: bodyLimit
        )
        while true {
            let outgoing = try session.takeOutgoing()
            if !outgoing.isEmpty { try await channel.write(outgoing, deadline: deadline) }
            if session.exchange.isComplete { return try response(session.exchange) }
            let received = try await channel.read(upTo: 16 * 1024, deadline: deadline)
            guard !received.isEmpty else {
                throw Failure(
                    .unavailable,
                    "the HTTP/2 connection failed",
                    cause: "the server closed it"
                )
            }
            try session.receive(received)
        }
    }

    private static func response(
        _ exchange: HTTP2Session.Exchange
    ) throws(Failure) -> Response {
        guard exchange.errorCode == 0 else {
            throw Failure(
                .unavailable,
                "the HTTP/2 request failed",
                cause: "the server reset the stream with code \(exchange.errorCode)"
            )
        }
        let fields = exchange.fields.filter { !$0.name.hasPrefix(":") }
        return Response(
            status: exchange.fields.first { $0.name == ":status" }.flatMap { Int($0.value) } ?? 0,
            headers: HTTPHeaders(fields.map { ($0.name, $0.value) }),
            body: exchange.body
        )
    }
}
