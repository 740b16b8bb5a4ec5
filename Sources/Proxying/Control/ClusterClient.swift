import Basics
import HTTP
import Reactor
import Security

/// Requests of the control thread's own to the hosts of clusters: for keys, and with spans.
@MainLoop enum ClusterClient {
    /// What is asked.
    struct Request: Sendable {
        var method: String
        /// The host that is named; empty is the host's own name.
        var authority: String
        var path: String
        var contentType = ""
        var body: [UInt8] = []
    }

    /// The most bytes of an answer that are taken.
    static let bodyMaximum = 1 << 20
    private static let agent = "companion"

    /// The host and the path of a URL.
    nonisolated static func parts(of url: String) -> (authority: String, path: String) {
        guard let scheme = url.firstRange(of: "://") else { return ("", url) }
        let rest = url[scheme.upperBound...]
        guard let slash = rest.firstIndex(of: "/") else { return (String(rest), "/") }
        return (String(rest[..<slash]), String(rest[slash...]))
    }

    /// Asks a host.
    ///
    /// - Throws: `unavailable` if there is no answer, `timedOut`, `cancelled`, `exhausted` for too long ones.
    static func ask(
        _ target: CheckTarget,
        _ request: Request,
        deadline: Instant
    ) async throws(Failure) -> (status: Int, body: [UInt8]) {
        let stream = try await HealthChecks.open(target, deadline: deadline)
        let authority = request.authority.isEmpty ? target.hostname : request.authority
        var headers: HTTPHeaders = ["User-Agent": agent]
        if !request.contentType.isEmpty { headers["Content-Type"] = request.contentType }
        if stream.chosenProtocol == "h2" {
            defer { stream.close() }
            let answer = try await HTTP2Client.request(
                over: stream,
                scheme: "https",
                head: (request.method, authority, request.path),
                headers: headers,
                body: request.body,
                bodyLimit: bodyMaximum,
                deadline: deadline
            )
            return (answer.status, answer.body)
        }
        headers["Connection"] = "close"
        let client = HTTPClient(stream, authority: authority)
        defer { client.close() }
        let answer = try await client.request(
            request.method,
            request.path,
            headers: headers,
            body: request.body,
            timeout: max(deadline - Loop.main.now, .zero)
        )
        let body = try await answer.collect(
            limit: bodyMaximum,
            timeout: max(deadline - Loop.main.now, .zero)
        )
        return (answer.status, body)
    }
}

extension ProxyServer {
    /// Asks one of a cluster's hosts, a healthy one if there is any; waits for its hosts to be known.
    ///
    /// - Throws: `unavailable` if there is no host or no answer, `timedOut`, `cancelled`.
    func ask(
        _ cluster: String,
        _ request: ClusterClient.Request,
        deadline: Instant
    ) async throws(Failure) -> (status: Int, body: [UInt8]) {
        while members[cluster]?.hosts.isEmpty ?? true {
            if Loop.main.now >= deadline {
                throw Failure(.unavailable, "cluster \"\(cluster)\" has no host")
            }
            try await Loop.main.sleep(for: .milliseconds(50))
        }
        let all = members[cluster]?.hosts ?? []
        let healthy = all.filter { $0.record.health.flags.isDisjoint(with: .unhealthy) }
        guard let host = (healthy.isEmpty ? all : healthy).randomElement() else {
            throw Failure(.unavailable, "cluster \"\(cluster)\" has no host")
        }
        let shared = clusters[cluster]
        let target = CheckTarget(
            address: host.address,
            hostname: host.hostname,
            security: shared?.security,
            serverName: shared?.settings.tls?.serverName ?? host.hostname,
            preface: shared?.settings.proxyProtocol.map {
                ProxyHeader(isLocal: true).bytes(version: $0)
            } ?? []
        )
        return try await ClusterClient.ask(target, request, deadline: deadline)
    }
}
