/// When ownership of a volume is changed to `fsGroup`.
public enum FSGroupChangePolicy: String, Sendable, Hashable, CaseIterable {
    /// Only if the volume's root does not fit.
    case onRootMismatch = "OnRootMismatch"
    /// At every mount.
    case always = "Always"
}
