/// Whether mounts below a read-only mount are read-only.
public enum RecursiveReadOnlyMode: String, Sendable, Hashable, CaseIterable {
    /// They may be written.
    case disabled = "Disabled"
    /// They are read-only where the kernel can do it.
    case ifPossible = "IfPossible"
    /// They are read-only, or the container does not start.
    case enabled = "Enabled"
}
