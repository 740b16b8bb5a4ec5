import Basics
import Formats
import HTTP
import Reactor
import Security

/// A page that is fetched over HTTP; the connection is kept for the next time.
@MainLoop final class HTTPSource: MetricSource {
    private let options: SourceOptions.HTTPOptions
    private let sizeLimit: Int
    private var kept: (url: SourceURL, client: HTTPClient)?

    init(_ options: SourceOptions.HTTPOptions, sizeLimit: Int) {
        self.options = options
        self.sizeLimit = sizeLimit
    }

    func close() {
        kept?.client.close()
        kept = nil
    }

    func read(
        limit: Int,
        deadline: Instant,
        isKnown: Bool
    ) async throws(Failure) -> SourceAnswer {
        var url = options.url
        for _ in 0...options.redirects {
            let (response, client) = try await ask(url, deadline)
            guard [301, 302, 303, 307, 308].contains(response.status) else {
                return try await answer(response, client, url, deadline)
            }
            let location = response.headers["Location"] ?? ""
            client.close()
            kept = nil
            guard let next = url.following(location) else {
                throw Failure(
                    .unavailable,
                    "cannot read \(url)",
                    cause: "it answers \(response.status) to \"\(location.prefix(200))\""
                )
            }
            url = next
        }
        throw Failure(
            .unavailable,
            "cannot read \(options.url)",
            cause: "it redirects more than \(options.redirects) times"
        )
    }

    private func answer(
        _ response: HTTPResponse,
        _ client: HTTPClient,
        _ url: SourceURL,
        _ deadline: Instant
    ) async throws(Failure) -> SourceAnswer {
        guard response.isSuccess else {
            client.close()
            kept = nil
            throw Failure(
                .unavailable,
                "cannot read \(url)",
                cause: "it answers \(response.status) \(response.reason)"
            )
        }
        var body: [UInt8]
        do throws(Failure) {
            body = try await response.collect(
                limit: sizeLimit,
                timeout: max(.milliseconds(1), deadline - Loop.main.now)
            )
        } catch {
            kept = nil
            throw Failure(error.code, "cannot read \(url)", cause: "\(error)")
        }
        if response.headers["Content-Encoding"]?.lowercased() == "gzip" {
            do throws(FormatError) {
                body = try Gzip.decode(body.span, limit: sizeLimit)
            } catch {
                throw Failure(.invalid, "cannot unpack \(url)", cause: error.what)
            }
        }
        if client.isReusable { kept = (url, client) } else { kept = nil }
        return .text(body, contentType: response.headers["Content-Type"] ?? "")
    }

    private func ask(
        _ url: SourceURL,
        _ deadline: Instant
    ) async throws(Failure) -> (HTTPResponse, HTTPClient) {
        var headers: HTTPHeaders = [
            "User-Agent": "companion-metrics",
            "Accept": "application/openmetrics-text;version=1.0.0;q=0.5, text/plain;version=0.0.4"
                + ";q=0.6, application/json;q=0.7, */*;q=0.4",
            "Accept-Encoding": "gzip",
        ]
        if let user = url.user {
            let login = Array("\(user):\(url.password ?? "")".utf8)
            headers["Authorization"] = "Basic " + Base64.encode(login)
        }
        if let path = options.tokenFile {
            headers["Authorization"] = "Bearer " + (try TransportSecurity.secret(path))
        }
        for header in options.headers { headers[header.name] = header.value }
        let target = url.target.isEmpty ? "/" : url.target
        // A kept connection may have been closed meanwhile: then a new one is tried.
        if let kept, kept.url == url, kept.client.isReusable {
            self.kept = nil
            let response = try? await kept.client.request(
                options.method,
                target,
                headers: headers,
                body: Array(options.body.utf8),
                timeout: max(.milliseconds(1), deadline - Loop.main.now)
            )
            if let response { return (response, kept.client) }
            kept.client.close()
        }
        let client = try await connect(url, deadline)
        do throws(Failure) {
            let response = try await client.request(
                options.method,
                target,
                headers: headers,
                body: Array(options.body.utf8),
                timeout: max(.milliseconds(1), deadline - Loop.main.now)
            )
            return (response, client)
        } catch {
            client.close()
            throw Failure(error.code, "cannot read \(url)", cause: "\(error)")
        }
    }

    private func connect(_ url: SourceURL, _ deadline: Instant) async throws(Failure) -> HTTPClient
    {
        let timeout = max(.milliseconds(1), deadline - Loop.main.now)
        let port = url.port == 0 ? (url.scheme == "https" ? 443 : 80) : url.port
        let tls = url.scheme == "https" ? try options.tls.options() : nil
        let endpoint = HTTPEndpoint.tcp(host: url.host, port: port, tls: tls)
        guard options.sendsProxyHeader else {
            if let socket = url.socket {
                return try await HTTPClient.connect(.unix(path: socket), timeout: timeout)
            }
            return try await HTTPClient.connect(endpoint, timeout: timeout)
        }
        let stream =
            if let socket = url.socket {
                try await ByteStream.connect(unix: socket, timeout: timeout)
            } else {
                try await ByteStream.connect(host: url.host, port: port, timeout: timeout)
            }
        // PROXY, version 2, command LOCAL: the connection is the proxy's own.
        let signature: [UInt8] = [
            0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x20, 0, 0, 0,
        ]
        try await stream.write(signature, deadline: deadline)
        guard let tls else {
            return HTTPClient(adopting: stream, authority: endpoint.authority)
        }
        let channel = try await Channels.client(
            over: stream,
            options: tls,
            host: url.host,
            deadline: deadline
        )
        return HTTPClient(channel, authority: endpoint.authority)
    }
}
