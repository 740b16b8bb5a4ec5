internal import Basics
internal import Formats
internal import HTTP
internal import Reactor
internal import System

/// A client of the engine's API on its Unix socket: one connection per request.
@MainLoop struct NodeClient {
    let socket: String

    /// A client of the engine of that run root.
    init(socket: String) {
        self.socket = socket
    }

    /// Whether an engine answers.
    func isAlive() async -> Bool {
        guard Files.exists(socket) else { return false }
        guard let answer = try? await send("GET", "/readyz") else { return false }
        return answer.status == 200
    }

    /// Sends a request and reads the whole answer as JSON.
    ///
    /// - Throws: `Failure` with the server's own message if the status is not 2xx.
    func json(
        _ method: String,
        _ target: String,
        body: JSON? = nil,
        type: String = "application/json",
        accept: String = "application/json",
        timeout: Duration = .seconds(60)
    ) async throws(Failure) -> JSON {
        var headers: HTTPHeaders = ["Accept": accept]
        if body != nil { headers["Content-Type"] = type }
        let response = try await open(method, target, headers, body?.bytes() ?? [], timeout)
        let bytes = try await response.collect(limit: Self.answerLimit)
        let object = Self.parse(bytes)
        guard response.isSuccess else { throw Self.failure(response.status, object, bytes) }
        guard let object else {
            throw Failure(.invalid, "cannot read the engine's answer", cause: "it is not JSON")
        }
        return object
    }

    /// Sends a request whose answer is read as it comes; a status that is not 2xx is thrown.
    func stream(
        _ method: String,
        _ target: String,
        body: [UInt8] = [],
        type: String = "application/json"
    ) async throws(Failure) -> HTTPResponse {
        var headers: HTTPHeaders = ["Accept": "application/json"]
        if !body.isEmpty { headers["Content-Type"] = type }
        let response = try await open(method, target, headers, body, .seconds(60))
        guard response.isSuccess else {
            let bytes = try await response.collect(limit: 1 << 20)
            throw Self.failure(response.status, Self.parse(bytes), bytes)
        }
        return response
    }

    /// Opens a watch: a stream of events, a line each.
    func watch(_ target: String, accept: String = "application/json") async throws(Failure)
        -> HTTPResponse
    {
        let response = try await open("GET", target, ["Accept": accept], [], .seconds(60))
        guard response.isSuccess else {
            let bytes = try await response.collect(limit: 1 << 20)
            throw Self.failure(response.status, Self.parse(bytes), bytes)
        }
        return response
    }

    /// Opens a WebSocket with one of the subprotocols.
    func webSocket(_ target: String, protocols: [String]) async throws(Failure) -> WebSocket {
        let client = try await connect()
        switch try await client.openWebSocket(target, protocols: protocols) {
        case .open(let socket): return socket
        case .refused(let response):
            let bytes = try await response.collect(limit: 1 << 20)
            throw Self.failure(response.status, Self.parse(bytes), bytes)
        }
    }

    // MARK: Details

    private func connect() async throws(Failure) -> HTTPClient {
        do throws(Failure) {
            return try await HTTPClient.connect(.unix(path: socket))
        } catch {
            throw Failure(
                .unavailable,
                "cannot reach an engine at \(socket)",
                cause: error.cause,
                remedy: "start one with 'remora serve' or run the pod with 'remora up'; "
                    + "--root and --run-root choose which"
            )
        }
    }

    private func open(
        _ method: String,
        _ target: String,
        _ headers: HTTPHeaders,
        _ body: [UInt8],
        _ timeout: Duration
    ) async throws(Failure) -> HTTPResponse {
        try await connect()
            .request(method, target, headers: headers, body: body, timeout: timeout)
    }

    private func send(_ method: String, _ target: String) async throws(Failure) -> HTTPResponse {
        try await HTTPClient.connect(.unix(path: socket), timeout: .seconds(2))
            .request(method, target, timeout: .seconds(5))
    }

    /// The most that one answer may have, in bytes: a list of everything in a full store.
    private static let answerLimit = 512 << 20

    /// Reads what the engine wrote, which may be larger than what people write.
    static func parse(_ bytes: [UInt8]) -> JSON? {
        if bytes.isEmpty { return .null }
        return try? JSON.parse(bytes, limits: FormatLimits(bytes: answerLimit))
    }

    private static func failure(_ status: Int, _ object: JSON?, _ bytes: [UInt8]) -> Failure {
        let message =
            object?["message"]?.string ?? String(decoding: bytes.prefix(300), as: UTF8.self)
        let code: Failure.Code =
            switch status {
            case 404: .notFound
            case 409: .conflict
            case 400, 422: .invalid
            case 403: .forbidden
            case 408, 504: .timedOut
            default: .unavailable
            }
        return Failure(code, message.isEmpty ? "the engine answered \(status)" : message)
    }
}

/// Splits a streamed answer into its lines.
@MainLoop final class LineStream {
    private let response: HTTPResponse
    private var rest: [UInt8] = []
    private var isAtEnd = false
    private static let limit = 64 << 20

    init(_ response: HTTPResponse) {
        self.response = response
    }

    /// The next line without its line feed, nil at the end.
    func next(deadline: Instant? = nil) async throws(Failure) -> [UInt8]? {
        while true {
            if let end = rest.firstIndex(of: 10) {
                let line = Array(rest[..<end])
                rest.removeSubrange(...end)
                return line
            }
            if isAtEnd {
                guard !rest.isEmpty else { return nil }
                defer { rest = [] }
                return rest
            }
            guard rest.count < Self.limit else {
                throw Failure(.exhausted, "cannot read the answer", cause: "a line over 64 MiB")
            }
            if let bytes = try await response.next(deadline: deadline) {
                rest += bytes
            } else {
                isAtEnd = true
            }
        }
    }
}
