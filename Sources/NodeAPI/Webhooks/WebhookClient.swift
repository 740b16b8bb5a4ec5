internal import Basics
internal import Formats
internal import HTTP
internal import ObjectStore
internal import Reactor
internal import Security

/// Asks webhooks: one connection over TLS for each question, with a deadline for all of it.
@MainLoop struct WebhookClient {
    /// The longest answer that is read, in bytes.
    private static let answerMaximum = 4 << 20

    let store: ObjectStore

    private struct Place {
        var host: String
        var port: UInt16
        var path: String
        /// The name that the certificate must be good for.
        var name: String
        var url: String
    }

    /// Asks, and waits for the answer.
    ///
    /// - Throws: `.broken` with why there is none.
    func ask(
        _ webhook: AdmissionWebhook,
        _ review: JSON
    ) async throws(AdmissionWebhook.Problem) -> JSON {
        let place = try place(of: webhook.client)
        let limit = Duration.seconds(webhook.timeoutSeconds)
        do throws(Failure) {
            return try await Self.within(limit) { () throws(Failure) in
                try await Self.post(review, to: place, webhook, limit)
            }
        } catch {
            let cause = error.code == .timedOut ? "context deadline exceeded" : error.description
            throw .broken("failed to call webhook: Post \"\(place.url)\": \(cause)")
        }
    }

    private static func post(
        _ review: JSON,
        to place: Place,
        _ webhook: AdmissionWebhook,
        _ limit: Duration
    ) async throws(Failure) -> JSON {
        let bundle = webhook.client["caBundle"]?.string.flatMap(Base64.decode) ?? []
        var options = TLSOptions(
            verification: bundle.isEmpty
                ? .system : .authorities(pem: String(decoding: bundle, as: UTF8.self))
        )
        options.serverName = place.name
        let client = try await HTTPClient.connect(
            .tcp(host: place.host, port: place.port, tls: options),
            authority: place.name,
            timeout: limit
        )
        defer { client.close() }
        let response = try await client.request(
            "POST",
            place.path + (place.path.contains("?") ? "&" : "?")
                + "timeout=\(webhook.timeoutSeconds)s",
            headers: ["Content-Type": "application/json", "Accept": "application/json"],
            body: review.bytes(),
            timeout: limit
        )
        let body = try await response.collect(limit: answerMaximum)
        guard response.status == 200 else {
            let text = String(decoding: body.prefix(200), as: UTF8.self)
            throw Failure(.unavailable, "it answered \(response.status)", cause: text)
        }
        guard let answer = try? JSON.parse(body) else {
            throw Failure(.unavailable, "it answered something that is no JSON")
        }
        return answer
    }

    /// Ends what takes longer.
    private static func within(
        _ limit: Duration,
        _ body: @escaping @MainLoop () async throws(Failure) -> JSON
    ) async throws(Failure) -> JSON {
        let work = Task { @MainLoop () -> Result<JSON, Failure> in
            do throws(Failure) { return .success(try await body()) } catch {
                return .failure(error)
            }
        }
        var isLate = false
        let alarm = Task { @MainLoop in
            guard (try? await Loop.main.sleep(for: limit)) != nil else { return }
            isLate = true
            work.cancel()
        }
        defer { alarm.cancel() }
        let result = await work.value
        if isLate { throw Failure(.timedOut, "the webhook took too long") }
        return try result.get()
    }

    private func place(of client: JSON) throws(AdmissionWebhook.Problem) -> Place {
        if let url = client["url"]?.string {
            guard let place = Self.place(url) else {
                throw .broken("\"\(url)\" is no URL of https")
            }
            return place
        }
        let service = client["service"]
        let name = service?["name"]?.string ?? ""
        let namespace = service?["namespace"]?.string ?? ""
        let path = service?["path"]?.string ?? "/"
        let port = service?["port"]?.int ?? 443
        let object = store.get(ObjectKey("services", namespace, name))
        guard let object, let address = object["spec"]?["clusterIP"]?.string,
            !address.isEmpty, address != "None"
        else { throw .broken("service \"\(name)\" not found, or it has no address") }
        let host = "\(name).\(namespace).svc"
        return Place(
            host: address,
            port: UInt16(clamping: port),
            path: path.hasPrefix("/") ? path : "/" + path,
            name: host,
            url: "https://\(host):\(port)\(path)"
        )
    }

    /// `https://host[:port][/path]`, taken apart.
    private static func place(_ url: String) -> Place? {
        let scheme = "https://"
        guard url.hasPrefix(scheme) else { return nil }
        let rest = url.dropFirst(scheme.count)
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var host = String(rest[..<slash])
        var port: UInt16 = 443
        // An address of IPv6 stands in brackets; its own colons are no ports.
        if let colon = host.lastIndex(of: ":"), !host[colon...].contains("]") {
            guard let number = UInt16(host[host.index(after: colon)...]) else { return nil }
            port = number
            host = String(host[..<colon])
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { return nil }
        let path = slash == rest.endIndex ? "/" : String(rest[slash...])
        return Place(host: host, port: port, path: path, name: host, url: url)
    }
}
