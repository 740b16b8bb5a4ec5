internal import Basics
internal import Formats
public import HTTP
internal import Reactor

extension NodeAPI {
    /// Serves one request of an HTTP server; hand it to `HTTPServer` as its handler.
    ///
    /// - Throws: that the client has left while it was answered.
    public func serve(
        _ request: HTTPRequest,
        _ responder: HTTPResponder,
        from door: APIDoor = .socket
    ) async throws {
        var plain = APIRequest(request.method, "")
        plain.segments = request.segments
        plain.query = request.query.map { (name: $0.0, value: $0.1) }
        plain.accept = request.headers.values("Accept").joined(separator: ",")
        plain.userAgent = request.headers["User-Agent"] ?? ""
        plain.knownTags = request.headers.values("If-None-Match").joined(separator: ",")
        let type = request.headers["Content-Type"] ?? ""
        plain.contentType = type.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        do throws(APIError) {
            plain.caller = try caller(request, door)
        } catch {
            return try await send(APIResponse(error.code, error.status), responder)
        }
        do {
            plain.body = try await request.body(limit: settings.bodyBytesMaximum)
        } catch {
            guard error.code == .exhausted else { throw error }
            let refusal = APIError(413, "RequestEntityTooLarge", error.description)
            return try await send(APIResponse(413, refusal.status), responder)
        }
        switch await answer(plain) {
        case .complete(let response): try await send(response, responder)
        case .stream(let stream): try await send(stream, responder)
        case .watch(let feed):
            let headers = Self.streamHeaders("application/json")
            try await responder.feed(200, headers: headers, from: feed)
        case .command(let session): try await open(session, request, responder)
        case .forward(let goal): try await open(goal, request, responder)
        }
    }

    private func caller(_ request: HTTPRequest, _ door: APIDoor) throws(APIError) -> Caller {
        var caller = Caller.node
        if door == .network {
            caller = try self.caller(
                certificate: request.peerCertificate,
                authorization: request.headers["Authorization"]
            )
        }
        var wanted = Impersonation()
        wanted.user = request.headers["Impersonate-User"]
        wanted.groups = request.headers.values("Impersonate-Group")
        return try impersonated(caller, wanted)
    }

    func send(_ response: APIResponse, _ responder: HTTPResponder) async throws {
        var headers: HTTPHeaders = ["Content-Type": response.contentType]
        for (name, value) in response.headers { headers.append(name, value) }
        for warning in response.warnings.prefix(50) {
            headers.append("Warning", "299 - " + Self.quoted(warning))
        }
        try await responder.respond(response.status, headers: headers, body: response.body)
    }

    /// A quoted string of a header (RFC 9110): no line breaks or controls, quotes escaped.
    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars.prefix(1000) where scalar.value >= 32 {
            if scalar == "\"" || scalar == "\\" { result += "\\" }
            result.unicodeScalars.append(scalar.value < 127 ? scalar : "?")
        }
        return result + "\""
    }

    fileprivate static func streamHeaders(_ contentType: String) -> HTTPHeaders {
        ["Content-Type": contentType, "Cache-Control": "no-cache, private"]
    }

    private func send(_ stream: APIStream, _ responder: HTTPResponder) async throws {
        let sink = HTTPSink(responder, contentType: stream.contentType)
        do {
            try await stream.produce(sink)
        } catch {
            guard !sink.hasBegun else { throw error }
            let error = APIError(any: error)
            return try await send(APIResponse(error.code, error.status), responder)
        }
        try await sink.finish()
    }
}

/// A streamed response that begins with its first piece, so that errors before it can be answered.
@MainLoop private final class HTTPSink: APISink {
    private let responder: HTTPResponder
    private let contentType: String
    private var writer: BodyWriter?
    private var closers: [@MainLoop () -> Void] = []

    init(_ responder: HTTPResponder, contentType: String) {
        self.responder = responder
        self.contentType = contentType
    }

    var hasBegun: Bool { responder.hasResponded }

    func write(_ bytes: [UInt8]) async throws(Failure) {
        try await begin().write(bytes)
    }

    func onClosed(_ body: @escaping @MainLoop () -> Void) {
        if let writer { writer.onPeerClosed(body) } else { closers.append(body) }
    }

    func finish() async throws(Failure) {
        try await begin().finish()
    }

    private func begin() async throws(Failure) -> BodyWriter {
        if let writer { return writer }
        let writer = try await responder.stream(
            200,
            headers: NodeAPI.streamHeaders(contentType)
        )
        self.writer = writer
        for closer in closers { writer.onPeerClosed(closer) }
        closers = []
        return writer
    }
}
