import Basics
import HTTP
import PodEngine
import PodModel
import Reactor

/// The gRPC health check (`grpc.health.v1.Health/Check`) of a probe.
@MainLoop enum ProbeGRPC {
    /// The first pause before another attempt to connect, as in gRPC; it grows by 1.6.
    private static let firstPause = Duration.seconds(1)

    /// Asks the health service; anything but SERVING is a failure.
    ///
    /// (kubelet: `pkg/probe/grpc`)
    static func check(
        host: String,
        port: UInt16,
        service: String,
        agent: String,
        timeout seconds: Int
    ) async -> ProbeOutcome {
        let address = GoTexts.join(host, port)
        let limit = GoTexts.duration(seconds)
        let deadline = Loop.main.now + .seconds(seconds)
        let unreachable = ProbeOutcome.failure(
            "timeout: failed to connect service \(GoQuoting.quote(address)) within \(limit): "
                + "context deadline exceeded"
        )
        guard let stream = await connect(host, port, deadline) else { return unreachable }
        defer { stream.close() }
        let response: HTTP2Client.Response
        do throws(Failure) {
            response = try await HTTP2Client.request(
                over: stream,
                head: ("POST", address, GRPCHealth.path),
                headers: [
                    "content-type": "application/grpc", "user-agent": agent, "te": "trailers",
                ],
                body: GRPCHealth.request(service),
                deadline: deadline
            )
        } catch {
            if error.code == .timedOut {
                return .failure("timeout: health rpc did not complete within \(limit)")
            }
            // What cannot finish the greeting counts as unreachable.
            return error.what.contains("connection") ? unreachable : failed(14, error.cause)
        }
        return judge(response)
    }

    /// Judges a complete response.
    static func judge(_ response: HTTP2Client.Response) -> ProbeOutcome {
        guard let text = response.headers.values("grpc-status").last, let code = Int(text) else {
            return failed(
                code(forHTTP: response.status),
                "unexpected HTTP status code received "
                    + "from server: \(response.status) (\(HTTPStatus.reason(response.status)))"
            )
        }
        let raw = response.headers.values("grpc-message").last ?? ""
        let message = HTTPTarget.decode(raw) ?? raw
        guard code == 0 else { return failed(code, message) }
        guard let status = GRPCHealth.status(in: response.body) else {
            return failed(13, "malformed health check response")
        }
        if status == 1 { return .success }
        let names = GRPCHealth.statuses
        let name = status < names.count ? names[status] : "\(status)"
        return .failure("service unhealthy (responded with \(GoQuoting.quote(name)))")
    }

    /// Connects, trying again while nobody listens, since gRPC does.
    private static func connect(
        _ host: String,
        _ port: UInt16,
        _ deadline: Instant
    ) async -> ByteStream? {
        var pause = firstPause
        while true {
            let left = max(deadline - Loop.main.now, .zero)
            if let stream = try? await ByteStream.connect(host: host, port: port, timeout: left) {
                return stream
            }
            let next = Loop.main.now + pause
            guard !Task.isCancelled,
                (try? await Loop.main.sleep(until: min(next, deadline))) != nil,
                next < deadline
            else { return nil }
            pause = pause * 8 / 5
        }
    }

    private static func failed(_ code: Int, _ message: String) -> ProbeOutcome {
        switch code {
        case 12:
            return .failure(
                "error: this server does not implement the grpc health protocol "
                    + "(grpc.health.v1.Health): \(message)"
            )
        default:
            let name = code < codes.count ? codes[code] : "Code(\(code))"
            return .failure(
                "error: health rpc probe failed: rpc error: code = \(name) desc = \(message)"
            )
        }
    }

    private static func code(forHTTP status: Int) -> Int {
        switch status {
        case 400: 13
        case 401: 16
        case 403: 7
        case 404: 12
        case 429, 502, 503, 504: 14
        default: 2
        }
    }

    private static let codes = [
        "OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound",
        "AlreadyExists", "PermissionDenied", "ResourceExhausted", "FailedPrecondition", "Aborted",
        "OutOfRange", "Unimplemented", "Internal", "Unavailable", "DataLoss", "Unauthenticated",
    ]
}
