public import Basics
public import Reactor
public import Security

/// A request as a handler of a server sees it: the head, and the body on demand.
@MainLoop public final class HTTPRequest {
    /// The method, in the case in which it was sent: `GET`.
    public let method: String
    /// The target, taken apart and decoded.
    public let target: HTTPTarget
    /// The header fields.
    public let headers: HTTPHeaders
    /// The user ID of a client on a Unix socket; `nil` on TCP.
    public let peerUser: UInt32?
    /// The certificate that a client over TLS showed; `nil` if it showed none.
    public let peerCertificate: TLSCertificate?
    private let source: any BodySource

    /// Makes a request that did not come from a connection, for tests of handlers.
    ///
    /// `nil` if the target is malformed.
    public convenience init?(
        _ method: String,
        _ target: String,
        headers: HTTPHeaders = [:],
        body: [UInt8] = []
    ) {
        guard let target = HTTPTarget(target) else { return nil }
        let source = BodyInMemory(body)
        self.init(
            method: method,
            target: target,
            headers: headers,
            peerUser: nil,
            peerCertificate: nil,
            source: source
        )
    }

    init(
        method: String,
        target: HTTPTarget,
        headers: HTTPHeaders,
        peerUser: UInt32?,
        peerCertificate: TLSCertificate?,
        source: any BodySource
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.peerUser = peerUser
        self.peerCertificate = peerCertificate
        self.source = source
    }

    /// The path as it was sent, still percent-encoded.
    public var path: String { target.path }
    /// The decoded segments of the path.
    public var segments: [String] { target.segments }
    /// The decoded pairs of the query, in order.
    public var query: [(String, String)] { target.parameters.map { ($0.name, $0.value) } }

    /// The decoded value of the first query parameter of that name.
    public func parameter(_ name: String) -> String? {
        target.parameters.first { $0.name == name }?.value
    }

    /// The decoded values of all query parameters of that name.
    public func parameters(_ name: String) -> [String] {
        target.parameters.compactMap { $0.name == name ? $0.value : nil }
    }

    /// Whether the client wants to change to a WebSocket.
    public var wantsWebSocket: Bool { WebSocketHandshake.isRequested(headers) }

    /// The subprotocols that the client offers for a WebSocket, best first.
    public var webSocketProtocols: [String] { headers.list("Sec-WebSocket-Protocol") }

    /// Reads the whole body.
    ///
    /// - Parameter limit: The most bytes to take.
    /// - Returns: All of it; empty if there is none.
    /// - Throws: `exhausted` if the body is longer, `timedOut` if the client stops sending,
    ///   `unavailable` if it leaves, `invalid` if it breaks the protocol.
    public func body(limit: Int) async throws(Failure) -> [UInt8] {
        if let length = source.announcedLength, length > limit { throw Self.tooLarge(limit) }
        var whole: [UInt8] = []
        while let piece = try await source.nextPiece() {
            guard whole.count + piece.count <= limit else { throw Self.tooLarge(limit) }
            if whole.isEmpty { whole = piece } else { whole += piece }
        }
        return whole
    }

    /// Reads the next piece of the body; `nil` at its end.
    ///
    /// - Throws: As `body`, without a limit.
    public func nextBodyPiece() async throws(Failure) -> [UInt8]? {
        try await source.nextPiece()
    }

    private static func tooLarge(_ limit: Int) -> Failure {
        Failure(
            .exhausted,
            "the request body is too large",
            cause: "the limit is \(limit) bytes",
            remedy: "send less"
        )
    }
}

/// Where the body of a request comes from.
@MainLoop protocol BodySource: AnyObject {
    /// The length that the head announced, if it did.
    var announcedLength: Int? { get }
    /// The next piece, or `nil` at the end, again and again.
    func nextPiece() async throws(Failure) -> [UInt8]?
}

/// A body that is already there.
@MainLoop final class BodyInMemory: BodySource {
    private var rest: [UInt8]?
    let announcedLength: Int?

    init(_ bytes: [UInt8]) {
        rest = bytes.isEmpty ? nil : bytes
        announcedLength = bytes.count
    }

    func nextPiece() async throws(Failure) -> [UInt8]? {
        defer { rest = nil }
        return rest
    }
}
