internal import Basics
internal import HTTP
internal import Reactor

/// A request over HTTP/1.1 whose status, and maybe body, must be as expected.
///
/// The connection is kept between checks if the server keeps it.
@MainLoop final class HTTPCheck: HealthCheck {
    private let target: CheckTarget
    private let check: HealthCheckSettings.HTTPCheck
    private let keeps: Bool
    private var client: HTTPClient?

    init(_ target: CheckTarget, _ check: HealthCheckSettings.HTTPCheck, keeps: Bool) {
        self.target = target
        self.check = check
        self.keeps = keeps
    }

    func run(deadline: Instant) async -> CheckOutcome {
        if let kept = client, kept.isReusable {
            do throws(Failure) {
                return try await ask(kept, deadline)
            } catch {
                close()
                // The server may have closed what it kept; a time that is over stays over.
                if error.code != .unavailable || Loop.main.now >= deadline {
                    return CheckOutcome(error)
                }
            }
        }
        close()
        do throws(Failure) {
            let stream = try await HealthChecks.open(target, deadline: deadline)
            let made = HTTPClient(stream, authority: check.host ?? target.hostname)
            client = made
            return try await ask(made, deadline)
        } catch {
            close()
            return CheckOutcome(error)
        }
    }

    func close() {
        client?.close()
        client = nil
    }

    private func ask(
        _ client: HTTPClient,
        _ deadline: Instant
    ) async throws(Failure) -> CheckOutcome {
        let left = max(deadline - Loop.main.now, .zero)
        let response = try await client.request(
            check.method,
            check.path,
            headers: HTTPAnswer.headers(check, keeps: keeps),
            timeout: left
        )
        let body = try await response.prefix(HTTPAnswer.bodyMaximum, deadline: deadline)
        let outcome = HTTPAnswer.judge(response.status, response.headers, body, check)
        if !keeps || !client.isReusable { close() }
        return outcome
    }
}

/// The same over HTTP/2, on a connection of its own each time.
@MainLoop final class HTTP2Check: HealthCheck {
    private let target: CheckTarget
    private let check: HealthCheckSettings.HTTPCheck

    init(_ target: CheckTarget, _ check: HealthCheckSettings.HTTPCheck) {
        self.target = target
        self.check = check
    }

    func run(deadline: Instant) async -> CheckOutcome {
        do throws(Failure) {
            let stream = try await HealthChecks.open(target, deadline: deadline)
            defer { stream.close() }
            let response = try await HTTP2Client.request(
                over: stream,
                scheme: target.security == nil ? "http" : "https",
                head: (check.method, check.host ?? target.hostname, check.path),
                headers: HTTPAnswer.headers(check, keeps: true),
                bodyLimit: HTTPAnswer.bodyMaximum,
                deadline: deadline
            )
            return HTTPAnswer.judge(response.status, response.headers, response.body, check)
        } catch {
            return CheckOutcome(error)
        }
    }

    func close() {}
}

/// gRPC's health service, which must say SERVING.
@MainLoop final class GRPCCheck: HealthCheck {
    private let target: CheckTarget
    private let service: String
    private let authority: String

    init(_ target: CheckTarget, service: String, authority: String) {
        self.target = target
        self.service = service
        self.authority = authority.isEmpty ? target.hostname : authority
    }

    func run(deadline: Instant) async -> CheckOutcome {
        do throws(Failure) {
            let stream = try await HealthChecks.open(target, deadline: deadline)
            defer { stream.close() }
            let response = try await HTTP2Client.request(
                over: stream,
                scheme: target.security == nil ? "http" : "https",
                head: ("POST", authority, GRPCHealth.path),
                headers: [
                    "content-type": "application/grpc", "te": "trailers",
                    "user-agent": HTTPAnswer.agent,
                ],
                body: GRPCHealth.request(service),
                deadline: deadline
            )
            return Self.judge(response)
        } catch {
            return CheckOutcome(error)
        }
    }

    func close() {}

    nonisolated static func judge(_ response: HTTP2Client.Response) -> CheckOutcome {
        guard let code = response.headers.values("grpc-status").last else {
            return .refused("it does not speak gRPC: HTTP status \(response.status)")
        }
        if code != "0" { return .refused("gRPC status \(code)") }
        guard let status = GRPCHealth.status(in: response.body) else {
            return .refused("the answer of the health service cannot be read")
        }
        if status == 1 { return .success }
        let names = GRPCHealth.statuses
        return .refused("it is \(names.indices.contains(status) ? names[status] : "\(status)")")
    }
}

/// What an answer over HTTP means.
enum HTTPAnswer {
    /// How much of a body is looked at.
    static let bodyMaximum = 64 * 1024
    static let agent = "companion/health-check"

    static func headers(_ check: HealthCheckSettings.HTTPCheck, keeps: Bool) -> HTTPHeaders {
        var headers: HTTPHeaders = ["User-Agent": agent]
        for field in check.headers { headers[field.name] = field.value }
        if !keeps { headers["Connection"] = "close" }
        return headers
    }

    static func judge(
        _ status: Int,
        _ headers: HTTPHeaders,
        _ body: [UInt8],
        _ check: HealthCheckSettings.HTTPCheck
    ) -> CheckOutcome {
        guard check.expected.contains(where: { $0.contains(status) }) else {
            return .refused("status \(status)")
        }
        if let text = check.expectedText, !text.isEmpty,
            body.firstRange(of: Array(text.utf8)) == nil
        {
            return .refused("the body does not contain the expected text")
        }
        let isDegraded = headers["x-envoy-degraded"] != nil
        return CheckOutcome(result: isDegraded ? .degraded : .success)
    }
}
