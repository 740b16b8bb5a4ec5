import Basics
import HTTP
import Postgres
package import Reactor
import Security
import System

/// `companion probe`: one question to a server, as the command of an exec probe.
@MainLoop package enum ProbeRole {
    package static let role = Role(
        name: "probe",
        programs: ["grpc_health_probe", "grpc-health-probe"],
        spec: spec,
        translate: { program, words in
            program == "probe" ? words : ["health-probe", "--"] + words
        },
        run: { invocation, program throws(Failure) in
            try await run(invocation, environment: FileAccess.environment) { Console.line($0) }
        }
    )

    /// Asks; what there is to say is one line, which the kubelet shows.
    ///
    /// - Returns: 0 if it is well, 1 if it is not.
    static func run(
        _ invocation: Invocation,
        environment: [String: String],
        say: @MainLoop (String) -> Void
    ) async throws(Failure) -> Int32 {
        let kind = invocation.path.last ?? ""
        if kind == "health-probe" {
            return await GRPCHealthProbe.run(invocation.rest ?? []) { Console.note($0) }
        }
        let limit = invocation.duration("timeout") ?? .seconds(1)
        guard limit >= .milliseconds(1) else {
            throw Failure(.invalid, "--timeout is too short", remedy: "write 1ms or more")
        }
        let deadline = Loop.main.now + limit
        let result: ProbeResult
        switch kind {
        case "http":
            result = try await KubeletHTTP.probe(try request(invocation), deadline)
        case "tcp":
            let address = try address(invocation)
            result = await one(.tcp(address), "cannot connect to \(address)", deadline)
        case "grpc":
            result = await grpc(
                try address(invocation),
                invocation.text("service") ?? "",
                limit,
                deadline
            )
        case "postgres":
            let word = invocation.arguments.first ?? "postgres://"
            let target = try WaitTarget(word, environment: environment)
            guard case .postgres(_, _, let shown) = target else {
                throw Failure(.invalid, "\"\(word)\" is no PostgreSQL URL")
            }
            result = await one(target, "\(shown) is not ready", deadline, environment)
        case "exec":
            result = try await command(invocation, limit)
        default: result = try await admin(invocation, deadline)
        }
        if !result.text.isEmpty { say(result.text) }
        return result.isWell ? 0 : 1
    }

    private static func one(
        _ target: WaitTarget,
        _ what: String,
        _ deadline: Instant,
        _ environment: [String: String] = [:]
    ) async -> ProbeResult {
        let check = TargetCheck(environment: environment)
        switch await check.ask(target, until: deadline) {
        case .there: return ProbeResult(isWell: true, text: "")
        case .missing(let why): return ProbeResult(isWell: false, text: "\(what): \(why)")
        }
    }

    private static func address(_ invocation: Invocation) throws(Failure) -> NetworkAddress {
        let word = invocation.arguments.first ?? ""
        if let port = UInt16(word), port > 0 {
            return NetworkAddress(host: "127.0.0.1", port: port)
        }
        guard let address = NetworkAddress(word.hasPrefix(":") ? "127.0.0.1" + word : word) else {
            throw Failure(.invalid, "\"\(word)\" is no address", remedy: "write HOST:PORT or PORT")
        }
        return address
    }

    private static func request(_ invocation: Invocation) throws(Failure) -> KubeletHTTP.Request {
        let word = invocation.arguments.first ?? ""
        // `8080/health`, `:8080/health` and `/health` are the pod's own.
        var url = word
        if !word.contains("://") {
            let isPort = word.first.map { $0.isNumber } ?? false
            let front = word.prefix { $0 != "/" }
            if word.hasPrefix(":") {
                url = "http://127.0.0.1" + word
            } else if isPort, UInt16(front) != nil {
                url = "http://127.0.0.1:" + word
            } else {
                url = "http://" + word
            }
        }
        guard let address = HTTPAddress(url) else {
            throw Failure(
                .invalid,
                "\"\(word)\" is no URL",
                remedy: "write http://HOST:PORT/PATH, or PORT/PATH for this pod"
            )
        }
        var request = KubeletHTTP.Request(address: address)
        for text in invocation.texts("header") {
            let field = try CheckSettings.header(text)
            request.headers.append(field.name, field.value)
        }
        return request
    }

    private static func grpc(
        _ address: NetworkAddress,
        _ service: String,
        _ limit: Duration,
        _ deadline: Instant
    ) async -> ProbeResult {
        do throws(Failure) {
            let stream = try await ByteStream.connect(
                host: address.host,
                port: address.port,
                timeout: limit
            )
            defer { stream.close() }
            let answer = try await HealthQuestion.ask(
                Channels.plain(stream),
                authority: "\(address)",
                service: service,
                isSecure: false,
                agent: "kube-probe/1.36",
                deadline: deadline
            )
            switch answer {
            case .status(1): return ProbeResult(isWell: true, text: "")
            case .status(let number):
                let names = GRPCHealth.statuses
                let name = names.indices.contains(number) ? names[number] : "\(number)"
                return ProbeResult(
                    isWell: false,
                    text: "service unhealthy (responded with \"\(name)\")"
                )
            case .failed(12, let message):
                return ProbeResult(
                    isWell: false,
                    text: "error: this server does not implement the grpc health protocol "
                        + "(grpc.health.v1.Health): \(message)"
                )
            case .failed(let code, let message):
                return ProbeResult(
                    isWell: false,
                    text: "error: health rpc probe failed: code \(code): \(message)"
                )
            }
        } catch {
            return ProbeResult(
                isWell: false,
                text: "cannot ask the health service at \(address): \(CheckReason.text(error))"
            )
        }
    }

    private static func command(
        _ invocation: Invocation,
        _ limit: Duration
    ) async throws(Failure) -> ProbeResult {
        guard let words = invocation.rest, let first = words.first else {
            throw Failure(.invalid, "there is no command", remedy: "write it behind --")
        }
        var command = Command(first, Array(words.dropFirst()))
        command.output = .capture(limit: KubeletHTTP.bodyLimit)
        command.errors = .capture(limit: KubeletHTTP.bodyLimit)
        do throws(Failure) {
            let result = try await ChildProcess.run(command, deadline: limit)
            let said = (result.outputText + result.errorText).split(whereSeparator: \.isNewline)
            let line = said.last.map { ": \($0)" } ?? ""
            return ProbeResult(
                isWell: result.status.isSuccess,
                text: result.status.isSuccess ? "" : "\(first): \(result.status)\(line)"
            )
        } catch {
            return ProbeResult(isWell: false, text: "\(error)")
        }
    }

    private static func admin(
        _ invocation: Invocation,
        _ deadline: Instant
    ) async throws(Failure) -> ProbeResult {
        guard let text = invocation.text("admin") else {
            throw Failure(
                .invalid,
                "there is nothing to ask",
                remedy: "write probe http, tcp, grpc, postgres or exec, or --admin PORT"
            )
        }
        guard let address = ListenAddress(text) else {
            throw Failure(
                .invalid,
                "--admin: \"\(text)\" is no address",
                remedy: "write PORT or HOST:PORT"
            )
        }
        let host = address.host == "0.0.0.0" ? "127.0.0.1" : address.host
        let path = invocation.flag("live") ? "/healthz" : "/readyz"
        return try await KubeletHTTP.probe(
            KubeletHTTP.Request(
                address: HTTPAddress(
                    isSecure: false,
                    host: host,
                    port: address.port,
                    target: path
                )
            ),
            deadline
        )
    }
}

/// What a probe came to.
struct ProbeResult: Sendable, Hashable {
    var isWell: Bool
    /// One line for whoever looks at the pod; may be empty.
    var text: String
}
