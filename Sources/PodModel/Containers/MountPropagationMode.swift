/// Whether later mounts are seen across a volume mount.
public enum MountPropagationMode: String, Sendable, Hashable, CaseIterable {
    /// No.
    case none = "None"
    /// Mounts of the node appear in the container.
    case hostToContainer = "HostToContainer"
    /// In both directions; privileged containers only.
    case bidirectional = "Bidirectional"
}
