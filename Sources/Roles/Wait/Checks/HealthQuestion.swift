import Basics
import HTTP
import Reactor

/// The question of gRPC's health service, `grpc.health.v1.Health/Check`.
@MainLoop enum HealthQuestion {
    /// What came of it.
    enum Answer: Sendable, Hashable {
        /// The service's status; 1 is the healthy one.
        case status(Int)
        /// A code of gRPC other than 0, and its message.
        case failed(Int, String)
    }

    /// Asks over a connection that speaks HTTP/2.
    ///
    /// - Throws: `unavailable` if it does not, `timedOut`, `cancelled`.
    static func ask(
        _ channel: any ByteChannel,
        authority: String,
        service: String,
        isSecure: Bool,
        agent: String,
        headers: HTTPHeaders = [:],
        deadline: Instant
    ) async throws(Failure) -> Answer {
        var fields: HTTPHeaders = [
            "content-type": "application/grpc", "user-agent": agent, "te": "trailers",
        ]
        for field in headers.fields { fields.append(field.name, field.value) }
        let response = try await HTTP2Client.request(
            over: channel,
            scheme: isSecure ? "https" : "http",
            head: ("POST", authority, GRPCHealth.path),
            headers: fields,
            body: GRPCHealth.request(service),
            deadline: deadline
        )
        return judge(response)
    }

    /// Judges a complete response.
    nonisolated static func judge(_ response: HTTP2Client.Response) -> Answer {
        guard let text = response.headers.values("grpc-status").last, let code = Int(text) else {
            return .failed(
                code(forHTTP: response.status),
                "HTTP status \(response.status) and no gRPC status"
            )
        }
        let raw = response.headers.values("grpc-message").last ?? ""
        let message = HTTPTarget.decode(raw) ?? raw
        guard code == 0 else { return .failed(code, message) }
        guard let status = GRPCHealth.status(in: response.body) else {
            return .failed(13, "malformed health check response")
        }
        return .status(status)
    }

    /// What gRPC makes of a status of HTTP (its "HTTP to gRPC Status Code Mapping").
    private nonisolated static func code(forHTTP status: Int) -> Int {
        switch status {
        case 400: 13
        case 401: 16
        case 403: 7
        case 404: 12
        case 429, 502, 503, 504: 14
        default: 2
        }
    }
}
