public import Basics
import CLinux

/// A mount namespace that lives as long as this object: like the caller's, with one mount covered.
public final class PinnedMountNamespace: Sendable {
    /// The descriptor to enter it with (`setns`).
    public let descriptor: Int32

    /// Makes the namespace, on a thread of its own; the caller's mounts do not change.
    ///
    /// - Parameters:
    ///   - hidden: The mount point that shows a hierarchy of cgroup version 1 instead in it.
    ///   - parent: The mount above it, which becomes private in it.
    /// - Throws: `forbidden` without `CAP_SYS_ADMIN`.
    public init(hiding hidden: String, under parent: String) throws(Failure) {
        let result = unsafe remora_pin_mount_namespace(parent, hidden)
        if result < 0 {
            throw Failure(
                "cannot make a mount namespace without \(hidden)",
                SystemError(-result, "unshare"),
                remedy: "run Remora as root"
            )
        }
        descriptor = result
    }

    /// Takes ownership of the descriptor of a mount namespace.
    public init(adopting descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        Descriptors.close(descriptor)
    }
}
