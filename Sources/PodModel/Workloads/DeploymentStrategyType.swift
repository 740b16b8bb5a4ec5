/// The ways of rolling over.
public enum DeploymentStrategyType: String, Sendable, Hashable, CaseIterable {
    /// All old pods go before the first new one comes.
    case recreate = "Recreate"
    /// Old pods are replaced step by step.
    case rollingUpdate = "RollingUpdate"
}
