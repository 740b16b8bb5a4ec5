/// What a restart rule does.
public enum RestartRuleAction: String, Sendable, Hashable, CaseIterable {
    /// The container is started again.
    case restart = "Restart"
    /// The whole pod starts over, its sandbox and volumes kept.
    case restartAllContainers = "RestartAllContainers"
}
