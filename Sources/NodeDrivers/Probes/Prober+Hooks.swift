import Basics
import HTTP
public import PodEngine
public import PodModel
import Reactor

extension Prober {
    /// Whose hook is run, for its messages.
    public struct HookOwner: Sendable {
        /// The container.
        public var container: Container
        /// The pod as the kubelet writes it: `name_namespace(uid)`.
        public var pod: String
        /// The pod's primary address.
        public var podIP: String

        /// Makes the record.
        public init(container: Container, pod: String, podIP: String) {
            self.container = container
            self.pod = pod
            self.podIP = podIP
        }
    }

    /// Runs a hook to its end; it has no time limit of its own, so cancel the task to stop it.
    ///
    /// Any HTTP response is a success. The message of a failure names the hook and the error, never
    /// what the hook wrote. (kubelet: `pkg/kubelet/lifecycle`)
    /// - Parameters:
    ///   - handler: What to do.
    ///   - owner: Whose hook it is.
    ///   - exec: Runs a command in the container.
    ///   - record: Takes the event of a request that fell back from HTTPS to HTTP.
    /// - Returns: The outcome.
    public func runHook(
        _ handler: LifecycleHandler,
        of owner: HookOwner,
        exec: Exec,
        record: @MainLoop (EventRecord) -> Void
    ) async -> HookOutcome {
        switch handler {
        case .exec(let action):
            guard let error = await failure(of: action, exec) else { return .succeeded }
            let command = "[" + action.command.joined(separator: " ") + "]"
            return .failed(message("Exec", command, owner, error))
        case .httpGet(let action):
            guard let error = await failure(of: action, owner, record) else { return .succeeded }
            return .failed(message("HTTP", action.path, owner, error))
        case .sleep(let seconds):
            if seconds <= 0 { return .succeeded }
            if (try? await Loop.main.sleep(for: .seconds(seconds))) != nil { return .succeeded }
            let error = "container terminated before sleep hook finished"
            return .failed(message("Sleep", "\(seconds)", owner, error))
        case .tcpSocket:
            // Validation refuses it; the kubelet has no such case either.
            return .failed("Cannot run handler: invalid handler: tcpSocket")
        }
    }

    private func failure(of action: ExecAction, _ exec: Exec) async -> String? {
        do {
            let result = try await exec(action.command, nil, Self.outputLimit)
            if result.exitCode == 0 { return nil }
            let command = action.command.joined(separator: " ")
            return "command '\(command)' exited with \(result.exitCode)"
        } catch {
            return "\(error)"
        }
    }

    private func failure(
        of action: HTTPGetAction,
        _ owner: HookOwner,
        _ record: @MainLoop (EventRecord) -> Void
    ) async -> String? {
        let port: UInt16
        do throws(ContainerPorts.Unresolved) {
            port = try ContainerPorts.resolve(action.port, in: owner.container)
        } catch {
            return error.description
        }
        var url = Self.url(action, port, owner.podIP)
        var headers = ProbeHTTP.headers(action.httpHeaders, agent: "kube-lifecycle/" + version)
        guard let refusal = await refusal(url, headers) else { return nil }
        guard refusal.isPlainServer else { return refusal.text }
        url.isSecure = false
        // What was meant for an encrypted connection is not sent in the clear.
        headers["Authorization"] = nil
        guard await self.refusal(url, headers) == nil else { return refusal.text }
        record(
            EventRecord(
                isWarning: true,
                reason: "LifecycleHTTPFallback",
                message: "request to HTTPS lifecycle hook \(url.authority) got HTTP response, "
                    + "retry with HTTP succeeded"
            )
        )
        return nil
    }

    private func refusal(_ url: ProbeURL, _ headers: HTTPHeaders) async -> ProbeHTTP.Refusal? {
        // The kubelet sets no limit; a day is longer than any grace period that ends it.
        let deadline = Loop.main.now + .seconds(86_400)
        do throws(ProbeHTTP.Refusal) {
            _ = try await ProbeHTTP.get(
                url,
                headers: headers,
                deadline: deadline,
                readsBody: false
            )
            return nil
        } catch {
            return error
        }
    }

    private func message(
        _ kind: String,
        _ what: String,
        _ owner: HookOwner,
        _ error: String
    ) -> String {
        "\(kind) lifecycle hook (\(what)) for Container \(GoQuoting.quote(owner.container.name)) "
            + "in Pod \(GoQuoting.quote(owner.pod)) failed - error: \(error)"
    }
}
