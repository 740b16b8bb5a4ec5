import Basics
import HTTP
import Reactor
import Security

/// The kubelet's `httpGet` (pkg/probe/http): GET, any certificate, redirections on the same host only.
@MainLoop enum KubeletHTTP {
    /// What is asked.
    struct Request: Sendable {
        var address: HTTPAddress
        var headers: HTTPHeaders = [:]
    }

    /// The most bytes of a body that are read.
    nonisolated static let bodyLimit = 10 << 10
    private static let redirectsMaximum = 10

    /// The fields that are sent; an empty one that is given takes the usual one away.
    nonisolated static func fields(_ given: HTTPHeaders) -> HTTPHeaders {
        var headers = given
        for (name, usual) in [("User-Agent", "kube-probe/1.36"), ("Accept", "*/*")] {
            if headers[name] == nil { headers.append(name, usual) }
            if headers[name] == "" { headers[name] = nil }
        }
        headers["Connection"] = "close"
        return headers
    }

    /// Asks once.
    static func probe(_ request: Request, _ deadline: Instant) async throws(Failure) -> ProbeResult
    {
        var address = request.address
        var headers = fields(request.headers)
        for step in 0... {
            let url = "\(address)"
            do throws(Failure) {
                let answer = try await exchange(address, headers, deadline)
                guard let location = answer.location else {
                    return judge(answer.status, answer.body)
                }
                guard let next = address.following(location) else {
                    return failed("Get \"\(url)\": unsupported redirect to \"\(location)\"")
                }
                guard next.host == request.address.host else {
                    return ProbeResult(
                        isWell: true,
                        text: "Probe terminated redirects to \(next.host)"
                    )
                }
                guard step + 1 < redirectsMaximum else {
                    return failed("Get \"\(next)\": stopped after \(redirectsMaximum) redirects")
                }
                // A host that is given holds for relative redirections only.
                if location.contains("://") || location.hasPrefix("//") { headers["Host"] = nil }
                address = next
            } catch {
                if error.code == .cancelled { throw error }
                return failed("Get \"\(url)\": \(CheckReason.text(error))")
            }
        }
        preconditionFailure("redirections are limited")
    }

    nonisolated private static func failed(_ text: String) -> ProbeResult {
        ProbeResult(isWell: false, text: text)
    }

    /// Judges an answer.
    nonisolated static func judge(_ status: Int, _ body: [UInt8]) -> ProbeResult {
        if (200..<400).contains(status) { return ProbeResult(isWell: true, text: "") }
        let line = String(decoding: body.prefix(200), as: UTF8.self)
            .split(whereSeparator: \.isNewline).first
        return failed(
            "HTTP probe failed with statuscode: \(status)" + (line.map { ": \($0)" } ?? "")
        )
    }

    private static func exchange(
        _ address: HTTPAddress,
        _ headers: HTTPHeaders,
        _ deadline: Instant
    ) async throws(Failure) -> (status: Int, body: [UInt8], location: String?) {
        let client = try await HTTPClient.connect(
            .tcp(
                host: address.host,
                port: address.port,
                tls: address.isSecure ? .unverified : nil
            ),
            authority: address.authority,
            timeout: max(deadline - Loop.main.now, .zero)
        )
        defer { client.close() }
        let response = try await client.request(
            "GET",
            address.target,
            headers: headers,
            timeout: max(deadline - Loop.main.now, .zero)
        )
        let isRedirect = [301, 302, 303, 307, 308].contains(response.status)
        let location = isRedirect ? response.headers["Location"] : nil
        let body = location == nil ? try await response.prefix(bodyLimit, deadline: deadline) : []
        return (response.status, body, location)
    }
}
