internal import Basics
internal import PodModel

/// What becomes of a container that has ended, by its own rules and policy and the pod's.
enum RestartDecision: Sendable, Hashable {
    case stays
    case restarts
    /// A rule asks for all containers of the pod to be run again.
    case restartsAll

    /// The decision for an exit (semantics section 5).
    ///
    /// A sidecar always restarts. A regular init container that has finished well stays, whatever the
    /// policy; one that was killed for memory has failed even with code 0.
    static func after(
        _ exit: ContainerExit,
        of plan: ContainerPlan,
        policy: RestartPolicy
    ) -> Self {
        if let rule = plan.rules.first(where: { $0.matches(exit.code) }) {
            if rule.action == .restartAllContainers { return .restartsAll }
            return plan.kind == .initial && !exit.isInitFailure ? .stays : .restarts
        }
        switch plan.kind {
        case .ephemeral: return .stays
        case .sidecar: return .restarts
        case .initial where !exit.isInitFailure: return .stays
        case .initial: return (plan.policy ?? policy) == .never ? .stays : .restarts
        case .main: break
        }
        switch plan.policy ?? policy {
        case .always: return .restarts
        case .onFailure: return exit.code == 0 ? .stays : .restarts
        case .never: return .stays
        }
    }

    /// The decision for a container that a probe has condemned: rules are not consulted, because
    /// there is no exit code yet.
    static func afterProbe(of plan: ContainerPlan, policy: RestartPolicy) -> Self {
        plan.kind == .sidecar || (plan.policy ?? policy) != .never ? .restarts : .stays
    }
}

extension ContainerExit {
    /// Whether a regular init container with this exit has failed.
    var isInitFailure: Bool { code != 0 || reason == "OOMKilled" }
}

extension ContainerRestartRule {
    /// Whether the rule applies to an exit code.
    func matches(_ code: Int) -> Bool {
        guard let exitCodes else { return false }
        switch exitCodes.operator {
        case "In": return exitCodes.values.contains(code)
        case "NotIn": return !exitCodes.values.contains(code)
        default: return false
        }
    }
}
