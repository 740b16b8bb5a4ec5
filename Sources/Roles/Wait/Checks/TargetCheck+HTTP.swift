import Basics
import Formats
import HTTP
import Reactor
import Security

extension TargetCheck {
    /// A request whose answer must be as the settings say.
    func http(
        _ first: HTTPAddress,
        _ deadline: Instant
    ) async throws(Failure) -> WaitMachine.Answer {
        var address = first
        for _ in 0...CheckSettings.redirectsMaximum {
            let client = try await HTTPClient.connect(
                .tcp(
                    host: address.host,
                    port: address.port,
                    tls: address.isSecure ? settings.tls : nil
                ),
                authority: address.authority,
                timeout: left(deadline)
            )
            defer { client.close() }
            var headers = settings.headers
            if headers["User-Agent"] == nil { headers["User-Agent"] = "companion-wait" }
            if headers["Accept"] == nil { headers["Accept"] = "*/*" }
            headers["Connection"] = "close"
            let response = try await client.request(
                settings.method,
                address.target,
                headers: headers,
                timeout: left(deadline)
            )
            if settings.follows, [301, 302, 303, 307, 308].contains(response.status),
                let location = response.headers["Location"]
            {
                guard let next = address.following(location) else {
                    return .missing("it redirects to \(location)")
                }
                address = next
                continue
            }
            return try await judge(response, deadline)
        }
        return .missing("more than \(CheckSettings.redirectsMaximum) redirections")
    }

    private func judge(
        _ response: HTTPResponse,
        _ deadline: Instant
    ) async throws(Failure) -> WaitMachine.Answer {
        let status = response.status
        guard settings.statuses.contains(where: { $0.contains(status) }) else {
            return .missing("status \(status)")
        }
        guard settings.body != nil || settings.bodyPattern != nil else {
            return .there("status \(status)")
        }
        let body = try await response.prefix(CheckSettings.bodyMaximum, deadline: deadline)
        if let text = settings.body, body.firstRange(of: Array(text.utf8)) == nil {
            return .missing("status \(status), and the body does not hold the text")
        }
        if let text = settings.bodyPattern {
            let pattern = try Pattern(text)
            guard pattern.isFound(in: body.span) else {
                return .missing("status \(status), and the body does not match")
            }
        }
        return .there("status \(status)")
    }

    /// A gRPC server's own word on a service.
    func grpc(
        _ address: NetworkAddress,
        _ service: String,
        _ isSecure: Bool,
        _ deadline: Instant
    ) async throws(Failure) -> WaitMachine.Answer {
        let channel = try await channel(address, isSecure: isSecure, protocols: ["h2"], deadline)
        defer { channel.close() }
        switch try await HealthQuestion.ask(
            channel,
            authority: "\(address)",
            service: service,
            isSecure: isSecure,
            agent: "companion-wait",
            deadline: deadline
        ) {
        case .status(1): return .there("SERVING")
        case .status(let number):
            let names = GRPCHealth.statuses
            return .missing(names.indices.contains(number) ? names[number] : "status \(number)")
        case .failed(let code, let message):
            return .missing("gRPC code \(code)" + (message.isEmpty ? "" : ": \(message)"))
        }
    }

    /// A handshake with a certificate that is trusted, carries the name, and holds for a while.
    func tls(
        _ address: NetworkAddress,
        _ deadline: Instant
    ) async throws(Failure) -> WaitMachine.Answer {
        let stream = try await connect(address, deadline)
        defer { stream.close() }
        let session = try TLSSession(client: settings.tls, host: address.host)
        while true {
            let isDone: Bool
            do throws(Failure) {
                isDone = try session.handshake()
            } catch {
                return .missing(error.cause)
            }
            let bytes = session.takeOutgoing()
            if !bytes.isEmpty { try await stream.write(bytes, deadline: deadline) }
            if isDone { break }
            let received = try await stream.read(upTo: 16 << 10, deadline: deadline)
            if received.isEmpty { return .missing("it closed the connection in the handshake") }
            session.receive(received)
        }
        guard let certificate = session.peer else { return .missing("it shows no certificate") }
        let rest = certificate.end - wall()
        guard rest > settings.expiryMargin else {
            return .missing(
                rest <= .zero
                    ? "its certificate has expired"
                    : "its certificate expires in \(rest.humanText)"
            )
        }
        return .there("certificate for \(rest.humanText)")
    }
}
