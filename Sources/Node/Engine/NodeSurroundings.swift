internal import Basics
internal import Formats
internal import NodeDrivers
internal import System

/// What an engine finds and prepares on its machine.
enum NodeSurroundings {
    /// Makes the roots shared mounts, so that mounts propagate to where containers are made.
    ///
    /// - Throws: `Failure` if the kernel refuses; the engine needs root for it.
    static func prepare(_ layout: NodeLayout) throws(Failure) {
        do {
            for path in [layout.root, layout.runRoot] { try Mounts.makeShared(path) }
        } catch {
            throw Failure(
                "cannot prepare \(layout.root) and \(layout.runRoot)",
                error,
                remedy: "the engine must run as root"
            )
        }
    }

    /// Undoes `prepare` when nothing is mounted below the roots any more.
    ///
    /// - Throws: `SystemError` of `umount`.
    static func release(_ layout: NodeLayout) throws(SystemError) {
        // Lazily: the socket and the database are still open in this very process.
        for path in [layout.runRoot, layout.root] { _ = try Mounts.unmount(path, lazily: true) }
    }

    /// The node as pods see it: its name, addresses and allocatable resources.
    static func facts(
        _ host: HostProfile,
        _ layout: NodeLayout,
        addresses: [String]
    ) -> NodeFacts {
        NodeFacts(
            name: Host.hostname.lowercased(),
            addresses: addresses,
            allocatable: [
                "cpu": Quantity(Host.cpuCount),
                "memory": Quantity(Int(clamping: host.memoryBytes)),
                "ephemeral-storage": Quantity(Host.capacity(of: layout.root)),
            ]
        )
    }
}
