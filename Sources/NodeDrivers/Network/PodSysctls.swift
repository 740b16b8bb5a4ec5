public import PodEngine
public import PodModel

/// Which kernel parameters a pod may set, as the kubelet decides.
public enum PodSysctls {
    /// The parameters that cannot harm other pods (`pkg/kubelet/sysctl/safe_sysctls.go`).
    static let safe: Set<String> = [
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range", "net.ipv4.ip_unprivileged_port_start",
        "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
        "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
    ]

    /// Why a pod may not run because of its kernel parameters; nil if it may.
    ///
    /// `allowed` names more parameters, or groups of them: `kernel.msg*`.
    public static func refusal(of pod: Pod, allowed: [String] = []) -> StepFailure? {
        for sysctl in pod.spec.securityContext.sysctls {
            let name = normalised(sysctl.name)
            let isAllowed =
                safe.contains(name)
                || allowed.contains {
                    $0.hasSuffix("*") ? name.hasPrefix($0.dropLast()) : name == $0
                }
            if !isAllowed {
                return forbidden("forbidden sysctl: \"\(name)\" not allowlisted")
            }
            if name.hasPrefix("net."), pod.spec.hostNetwork {
                return forbidden("forbidden sysctl: \"\(name)\" not allowed with host net enabled")
            }
            if !name.hasPrefix("net."), pod.spec.hostIPC {
                return forbidden("forbidden sysctl: \"\(name)\" not allowed with host ipc enabled")
            }
        }
        return nil
    }

    /// The dotted spelling; as with sysctl(8) the first separator tells which one is meant.
    static func normalised(_ name: String) -> String {
        guard let first = name.first(where: { $0 == "." || $0 == "/" }), first == "/" else {
            return name
        }
        return String(name.map { $0 == "/" ? "." : $0 == "." ? "/" : $0 })
    }

    private static func forbidden(_ message: String) -> StepFailure {
        StepFailure(reason: "SysctlForbidden", message: message)
    }
}
