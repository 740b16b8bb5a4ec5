/// When an image is pulled.
public enum PullPolicy: String, Sendable, Hashable, CaseIterable {
    /// Before every start.
    case always = "Always"
    /// Only if it is not there.
    case ifNotPresent = "IfNotPresent"
    /// Never; it must be there.
    case never = "Never"
}
