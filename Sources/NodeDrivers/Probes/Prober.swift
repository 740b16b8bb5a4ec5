import Basics
import HTTP
public import PodEngine
public import PodModel
public import Reactor

/// Asks containers how they are: one attempt of a probe at a time, with the kubelet's verdicts and
/// words.
@MainLoop public final class Prober {
    /// What a command in a container came to.
    public struct ExecResult: Sendable, Hashable {
        /// Its exit code.
        public var exitCode: Int
        /// The beginning of its standard output and error, mixed as they came.
        public var output: [UInt8]

        /// Makes a result.
        public init(exitCode: Int, output: [UInt8]) {
            self.exitCode = exitCode
            self.output = output
        }
    }

    /// Runs a command in the container: the arguments, the time it may take (nil is without end),
    /// how many bytes of output to keep.
    ///
    /// Throws a `Failure` with code `timedOut` when the time is over, and any error if the command
    /// cannot be run at all.
    public typealias Exec =
        @MainLoop (
            _ command: [String], _ timeout: Duration?, _ outputLimit: Int
        ) async throws -> ExecResult

    /// The most bytes of output and bodies that are kept.
    public static let outputLimit = 10 * 1024
    /// How often a probe that cannot be carried out is tried again at once.
    static let attempts = 3
    let version: String

    /// Makes a prober.
    ///
    /// - Parameter version: The Kubernetes version in the User-Agent header.
    public init(version: String = "1.36") {
        self.version = version
    }

    /// Carries out one attempt of a probe.
    ///
    /// Cancelling the task ends it early with an outcome of no meaning.
    /// - Parameters:
    ///   - probe: What to ask.
    ///   - container: The container, for its named ports and its literal environment.
    ///   - podIP: The host to connect to unless the probe names one.
    ///   - exec: Runs a command in the container.
    /// - Returns: The verdict; an error is given after three attempts only.
    public func run(
        _ probe: Probe,
        container: Container,
        podIP: String,
        exec: Exec
    ) async -> ProbeOutcome {
        var outcome = ProbeOutcome.error("not tried")
        for _ in 0..<Self.attempts {
            outcome = await attempt(probe, container, podIP, exec)
            guard case .error = outcome, !Task.isCancelled else { break }
        }
        return outcome
    }

    private func attempt(
        _ probe: Probe,
        _ container: Container,
        _ podIP: String,
        _ exec: Exec
    ) async -> ProbeOutcome {
        let seconds = max(1, probe.timeoutSeconds)
        do {
            switch probe.action {
            case .exec(let action):
                return await run(action, container, seconds, exec)
            case .httpGet(let action):
                let port = try ContainerPorts.resolve(action.port, in: container)
                return await get(action, port, podIP, seconds)
            case .tcpSocket(let action):
                let port = try ContainerPorts.resolve(action.port, in: container)
                return await connect(action.host.isEmpty ? podIP : action.host, port, seconds)
            case .grpc(let action):
                let port = try ContainerPorts.resolve(.int(action.port), in: container)
                return await ProbeGRPC.check(
                    host: podIP,
                    port: port,
                    service: action.service,
                    agent: "kube-probe/" + version,
                    timeout: seconds
                )
            }
        } catch {
            return .error("\(error)")
        }
    }

    private func run(
        _ action: ExecAction,
        _ container: Container,
        _ seconds: Int,
        _ exec: Exec
    ) async -> ProbeOutcome {
        let command = Self.expand(action.command, container.env)
        do {
            let result = try await exec(command, .seconds(seconds), Self.outputLimit)
            if result.exitCode == 0 { return .success }
            let kept = result.output.prefix(Self.outputLimit)
            return .failure(String(decoding: kept, as: UTF8.self))
        } catch let failure as Failure where failure.code == .timedOut {
            let line = GoQuoting.quote(command.joined(separator: " "))
            let limit = GoTexts.duration(seconds)
            return .failure("command timed out: \(line) timed out after \(limit)")
        } catch {
            return .error("\(error)")
        }
    }

    private func get(
        _ action: HTTPGetAction,
        _ port: UInt16,
        _ podIP: String,
        _ seconds: Int
    ) async -> ProbeOutcome {
        let url = Self.url(action, port, podIP)
        let headers = ProbeHTTP.headers(action.httpHeaders, agent: "kube-probe/" + version)
        let deadline = Loop.main.now + .seconds(seconds)
        do throws(ProbeHTTP.Refusal) {
            let reply = try await ProbeHTTP.get(url, headers: headers, deadline: deadline)
            switch reply.status {
            case 200..<300: return .success
            case 300..<400:
                let body = String(decoding: reply.body, as: UTF8.self)
                return .warning("Probe terminated redirects, Response body: " + body)
            default: return .failure("HTTP probe failed with statuscode: \(reply.status)")
            }
        } catch {
            return error.isInBody ? .error(error.text) : .failure(error.text)
        }
    }

    private func connect(_ host: String, _ port: UInt16, _ seconds: Int) async -> ProbeOutcome {
        do throws(Failure) {
            let timeout = Duration.seconds(seconds)
            try await ByteStream.connect(host: host, port: port, timeout: timeout).close()
            return .success
        } catch {
            return .failure(GoTexts.dial(host, port, error))
        }
    }

    static func url(_ action: HTTPGetAction, _ port: UInt16, _ podIP: String) -> ProbeURL {
        ProbeURL(
            isSecure: action.scheme == .https,
            host: action.host.isEmpty ? podIP : action.host,
            port: port,
            path: action.path
        )
    }

    /// Expands `$(NAME)` from the variables as they stand in the manifest.
    ///
    /// One that takes its value from elsewhere counts as empty (kubelet:
    /// `ExpandContainerCommandOnlyStatic`).
    static func expand(_ command: [String], _ variables: [EnvVar]) -> [String] {
        command.map { text in
            VariableExpansion.expand(text) { name in
                variables.last { $0.name == name }?.value
            }
        }
    }
}
