internal import Roles

extension Role {
    /// Every role.
    static let all: [Role] = [
        ProxyRole.role, LogsRole.role, VRLRole.role, WaitRole.role, ProbeRole.role,
        MigrateGuardRole.role, SleepRole.role, PauseRole.role,
    ]
    static let all: [Role] = [ProxyRole.role, LogsRole.role, VRLRole.role, ReloadRole.role]
    static let all: [Role] = [ProxyRole.role, LogsRole.role, VRLRole.role, ReloadRole.role, FetchRole.role]
        ProxyRole.role, LogsRole.role, VRLRole.role, ReloadRole.role, FetchRole.role,
        ProxyRole.role, LogsRole.role, VRLRole.role, ExplainRole.role, RunRole.role { all },
    ]
}
