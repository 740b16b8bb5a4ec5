import Basics
import HTTP
import PodModel
import Reactor
import Security

/// The HTTP client of probes and hooks: GET, nothing kept alive, certificates not verified.
@MainLoop struct ProbeHTTP {
    /// What came back.
    struct Reply {
        var status: Int
        /// The beginning of the body.
        var body: [UInt8]
        /// Whether a redirect to another host was not followed.
        var location: String?
    }

    /// A request that got no answer, in the words of Go's client.
    struct Refusal: Error {
        var text: String
        /// Whether a TLS greeting was answered in plain HTTP.
        var isPlainServer = false
        /// Whether the head of an answer had arrived.
        var isInBody = false
    }

    /// The most body bytes that are read (kubelet: 10 KiB).
    static let bodyLimit = 10 * 1024
    static let redirectLimit = 10

    /// Makes the header fields of a request from those of the manifest.
    ///
    /// (kubelet: `newProbeRequest`)
    nonisolated static func headers(_ given: [HTTPHeader], agent: String) -> HTTPHeaders {
        var headers = HTTPHeaders(given.map { ($0.name, $0.value) })
        if headers["User-Agent"] == nil { headers.append("User-Agent", agent) }
        if headers["User-Agent"] == "" { headers["User-Agent"] = nil }
        if headers["Accept"] == nil { headers.append("Accept", "*/*") }
        if headers["Accept"] == "" { headers["Accept"] = nil }
        headers["Connection"] = "close"
        return headers
    }

    /// Asks for a URL, following redirects on the same host.
    ///
    /// - Throws: `Refusal`.
    static func get(
        _ first: ProbeURL,
        headers: HTTPHeaders,
        deadline: Instant,
        readsBody: Bool = true
    ) async throws(Refusal) -> Reply {
        var url = first
        var headers = headers
        for step in 0... {
            let reply = try await exchange(url, headers, deadline, readsBody: readsBody)
            guard let location = reply.location else { return reply }
            guard let next = url.following(location) else {
                throw Refusal(text: quoted(url, "unsupported redirect to \"\(location)\""))
            }
            guard next.host == first.host else { return reply }
            guard step + 1 < redirectLimit else {
                throw Refusal(text: quoted(next, "stopped after \(redirectLimit) redirects"))
            }
            // A host given by the manifest holds for relative redirects only, as in Go.
            if location.contains("://") || location.hasPrefix("//") { headers["Host"] = nil }
            url = next
        }
        preconditionFailure("the redirects are limited")
    }

    private static func exchange(
        _ url: ProbeURL,
        _ headers: HTTPHeaders,
        _ deadline: Instant,
        readsBody: Bool
    ) async throws(Refusal) -> Reply {
        let client = try await connect(url, deadline)
        defer { client.close() }
        let response: HTTPResponse
        do throws(Failure) {
            let left = deadline - Loop.main.now
            response = try await client.request(
                "GET",
                url.target,
                headers: headers,
                timeout: max(left, .zero)
            )
        } catch {
            throw Refusal(text: quoted(url, explain(error)))
        }
        let redirects = [301, 302, 303, 307, 308].contains(response.status)
        var reply = Reply(status: response.status, body: [], location: nil)
        if redirects { reply.location = response.headers["Location"] }
        guard readsBody else { return reply }
        do throws(Failure) {
            reply.body = try await response.prefix(bodyLimit, deadline: deadline)
        } catch {
            let text =
                error.code == .timedOut
                ? "context deadline exceeded (Client.Timeout or context cancellation while "
                    + "reading body)"
                : "unexpected EOF"
            throw Refusal(text: text, isInBody: true)
        }
        return reply
    }

    private static func connect(
        _ url: ProbeURL,
        _ deadline: Instant
    ) async throws(Refusal) -> HTTPClient {
        let endpoint = HTTPEndpoint.tcp(
            host: url.host,
            port: url.port,
            tls: url.isSecure ? .unverified : nil
        )
        do throws(Failure) {
            let left = deadline - Loop.main.now
            return try await HTTPClient.connect(
                endpoint,
                authority: url.authority,
                timeout: max(left, .zero)
            )
        } catch {
            if error == PlainServer.failure {
                throw Refusal(text: quoted(url, error.cause), isPlainServer: true)
            }
            let late = " (Client.Timeout exceeded while awaiting headers)"
            if error.what.hasPrefix("TLS") {
                let cause =
                    error.code == .timedOut ? "context deadline exceeded" + late : error.cause
                throw Refusal(text: quoted(url, cause))
            }
            let text = GoTexts.dial(url.host, url.port, error)
            throw Refusal(text: quoted(url, error.code == .timedOut ? text + late : text))
        }
    }

    private static func explain(_ failure: Failure) -> String {
        switch failure.code {
        case .timedOut:
            "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
        case .cancelled: "context canceled"
        default:
            switch failure.cause {
            case let cause where cause.contains("without an answer"): "EOF"
            case let cause where cause.contains("ended inside a message"): "unexpected EOF"
            case let cause where cause.contains("the peer closed it"):
                "read: connection reset by peer"
            case let cause:
                "net/http: HTTP/1.x transport connection broken: " + GoTexts.words(cause)
            }
        }
    }

    private static func quoted(_ url: ProbeURL, _ text: String) -> String {
        "Get \(GoQuoting.quote(url.description)): \(text)"
    }
}
