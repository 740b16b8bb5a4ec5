/// What happens when a container exits.
public enum RestartPolicy: String, Sendable, Hashable, CaseIterable {
    /// It is started again.
    case always = "Always"
    /// It is started again unless it exited with 0.
    case onFailure = "OnFailure"
    /// It stays as it is.
    case never = "Never"
}
