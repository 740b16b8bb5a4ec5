/// The users and groups of a user namespace, as the node numbers them.
///
/// The namespace's users 0 to 65535 are the node's `first` to `first + 65535`, and so are its groups.
public struct UserRange: Sendable, Hashable {
    /// How many users and groups a range has; the kubelet's `userNamespaces.idsPerPod`.
    public static let count: UInt32 = 65536

    /// The node's number of the range's user 0.
    public let first: UInt32

    /// Names a range by its first number.
    public init(first: UInt32) {
        self.first = first
    }

    /// Whether a number of the namespace stands for a user of the node.
    public static func holds(_ id: Int) -> Bool { id >= 0 && id < Int(count) }
}
