/// One mount that a container wants beyond the ones every container has.
///
/// The source is a path of the node, already resolved safely (no symlink in it is followed again).
public struct ContainerMount: Sendable, Hashable {
    /// How mounts made below it travel between the node and the container.
    public enum Propagation: String, Sendable, Hashable, CaseIterable {
        /// Not at all (`None`).
        case isolated = "rprivate"
        /// From the node to the container (`HostToContainer`).
        case hostToContainer = "rslave"
        /// Both ways (`Bidirectional`); for privileged containers.
        case bidirectional = "rshared"
    }

    /// The file or directory on the node.
    public var source: String
    /// Where it appears in the container; absolute.
    public var destination: String
    /// Whether the container may only read it.
    public var isReadOnly: Bool
    /// Whether mounts below it are read-only as well.
    public var isRecursivelyReadOnly: Bool
    /// How mounts below it travel.
    public var propagation: Propagation
    /// Whether programs in it may not be executed, as in the volumes of images.
    public var forbidsExecution: Bool

    /// Describes a bind mount.
    public init(
        source: String,
        destination: String,
        isReadOnly: Bool = false,
        isRecursivelyReadOnly: Bool = false,
        propagation: Propagation = .isolated,
        forbidsExecution: Bool = false
    ) {
        self.source = source
        self.destination = destination
        self.isReadOnly = isReadOnly
        self.isRecursivelyReadOnly = isRecursivelyReadOnly
        self.propagation = propagation
        self.forbidsExecution = forbidsExecution
    }
}
