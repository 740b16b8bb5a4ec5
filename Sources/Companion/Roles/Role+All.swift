internal import Roles

extension Role {
    /// Every role.
    static let all: [Role] = [
        ProxyRole.role, LogsRole.role, MetricsRole.role, ReloadRole.role, WaitRole.role,
        FetchRole.role, MigrateGuardRole.role, ProbeRole.role, RunRole.role { all },
        ExplainRole.role, SleepRole.role, PauseRole.role, VRLRole.role,
    ]
}
