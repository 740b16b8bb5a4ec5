/// Where a pod is in its life.
public enum PodPhase: String, Sendable, Hashable, CaseIterable {
    /// Accepted; not every container has started yet.
    case pending = "Pending"
    /// At least one container runs or is being restarted.
    case running = "Running"
    /// All containers have exited with 0 and stay so.
    case succeeded = "Succeeded"
    /// All containers have ended, at least one badly, and stay so.
    case failed = "Failed"
    /// Never set; kept for reading.
    case unknown = "Unknown"
}
