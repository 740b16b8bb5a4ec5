/// How a pod is treated when memory is short.
public enum QOSClass: String, Sendable, Hashable, CaseIterable {
    /// Limits equal requests everywhere; last to go.
    case guaranteed = "Guaranteed"
    /// Something is requested or limited.
    case burstable = "Burstable"
    /// Nothing is requested; first to go.
    case bestEffort = "BestEffort"
}
