import Basics
package import HTTP
package import Reactor
import Security

/// An answer, and how it was come by.
@MainLoop package struct WebAnswer {
    /// One answer on the way.
    package struct Head: Sendable {
        /// The status.
        package var status: Int
        /// The server's word for it.
        package var reason: String
        /// The header fields.
        package var headers: HTTPHeaders
        /// What it answered.
        package var request: WebRequest
    }

    /// The last answer; its body is still to be read.
    package let response: HTTPResponse
    /// The request that it answers, after all redirects.
    package let request: WebRequest
    /// All answers, the last one too.
    package let heads: [Head]
    let client: HTTPClient

    /// Ends the connection.
    package func close() {
        client.close()
    }

    /// Reads the body, handing on each piece.
    ///
    /// - Throws: `partial` if it ends early; `timedOut` if the server is silent or time is over; what `take` throws.
    package func read(
        _ take: @MainLoop ([UInt8]) throws(WebFailure) -> Void
    ) async throws(WebFailure) {
        while true {
            let limit = Loop.main.now + request.silence
            let deadline = request.deadline.map { min($0, limit) } ?? limit
            let piece: [UInt8]?
            do throws(Failure) {
                piece = try await response.next(deadline: deadline)
            } catch {
                throw .transport(error, .partial)
            }
            guard let piece else { return }
            try take(piece)
        }
    }

    /// Reads the whole body into memory.
    ///
    /// - Throws: As `read`; `tooLarge` over the limit.
    package func collect(_ limit: Int) async throws(WebFailure) -> [UInt8] {
        var whole: [UInt8] = []
        try await read { (piece) throws(WebFailure) in
            guard whole.count + piece.count <= limit else {
                throw WebFailure(
                    .tooLarge,
                    "the answer of \(request.address) is too large",
                    cause: "the limit is \(limit) bytes"
                )
            }
            whole += piece
        }
        return whole
    }
}

/// Makes requests of HTTP, each on a connection of its own.
@MainLoop package enum WebClient {
    /// Makes a request and follows redirects; any status is an answer.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - connected: Told of every connection.
    /// - Returns: The answer, whose body is to be read.
    /// - Throws: Why there is no answer.
    package static func open(
        _ request: WebRequest,
        connected: (@MainLoop (WebRequest) -> Void)? = nil
    ) async throws(WebFailure) -> WebAnswer {
        var request = request
        var heads: [WebAnswer.Head] = []
        let allowed = request.redirects
        while true {
            let (client, response) = try await exchange(request, connected)
            heads.append(
                WebAnswer.Head(
                    status: response.status,
                    reason: response.reason,
                    headers: response.headers,
                    request: request
                )
            )
            guard allowed > 0, WebRequest.isRedirect(response.status),
                let location = response.headers["Location"]
            else {
                return WebAnswer(
                    response: response,
                    request: request,
                    heads: heads,
                    client: client
                )
            }
            client.close()
            guard heads.count <= allowed else {
                throw WebFailure(
                    .redirects,
                    "cannot get \(heads[0].request.address)",
                    cause: "more than \(allowed) redirects, the last one to \(location)"
                )
            }
            request = try request.redirected(response.status, to: location)
        }
    }

    private static func exchange(
        _ request: WebRequest,
        _ connected: (@MainLoop (WebRequest) -> Void)?
    ) async throws(WebFailure) -> (HTTPClient, HTTPResponse) {
        let client = HTTPClient(
            try await channel(request),
            authority: request.address.authority
        )
        connected?(request)
        var headers = request.headers
        if headers["Authorization"] == nil, let basic = request.address.basic {
            headers["Authorization"] = basic
        }
        let limit = Loop.main.now + request.silence
        let deadline = request.deadline.map { min($0, limit) } ?? limit
        do throws(Failure) {
            let response = try await client.request(
                request.method,
                request.address.target,
                headers: headers,
                body: request.body,
                timeout: max(deadline - Loop.main.now, .milliseconds(1))
            )
            return (client, response)
        } catch {
            client.close()
            var failure = error
            failure.what = "cannot get \(request.address): \(error.what)"
            let isEmpty = failure.cause.contains("closed the connection without an answer")
            throw .transport(failure, isEmpty ? .empty : .malformed)
        }
    }

    private static func channel(_ request: WebRequest) async throws(WebFailure) -> any ByteChannel {
        let address = request.address
        let start = Loop.main.now
        var timeout = request.connecting
        if let deadline = request.deadline { timeout = min(timeout, deadline - start) }
        timeout = max(timeout, .milliseconds(1))
        let stream: ByteStream
        do throws(Failure) {
            if let path = request.socket ?? address.socket {
                stream = try await ByteStream.connect(unix: path, timeout: timeout)
            } else {
                let host = address.host
                stream = try await ByteStream.connect(
                    host: request.overrides["\(host.lowercased()):\(address.port)"] ?? host,
                    port: address.port,
                    timeout: timeout
                )
            }
        } catch {
            let isName = error.code == .notFound || error.remedy.contains("name servers")
            throw .transport(error, isName ? .resolve : .connect)
        }
        guard address.isSecure else { return Channels.plain(stream) }
        do throws(Failure) {
            return try await Channels.client(
                over: stream,
                options: request.tls,
                host: address.host,
                deadline: start + timeout
            )
        } catch {
            let words = error.description
            let isTrust = words.contains("certificate") || words.contains("mismatch")
            throw .transport(error, isTrust ? .certificate : .handshake)
        }
    }
}
