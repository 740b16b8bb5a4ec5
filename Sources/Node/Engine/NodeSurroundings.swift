internal import Basics
internal import Formats
internal import NodeDrivers
internal import System

/// What an engine finds and prepares on its machine.
enum NodeSurroundings {
    /// The most that the run root may hold, in bytes; a container takes some 20 KiB of it.
    private static let runRootLimit: Int64 = 256 << 20

    /// Makes the roots shared mounts, so that mounts propagate to where containers are made.
    ///
    /// A run root on disk gets a file system in memory: dozens of small files per pod come and go
    /// there, nothing of it outlives a reboot, and a disk would take most of a pod's time for them.
    ///
    /// - Returns: Whether the root was no mount before.
    /// - Throws: `Failure` if the kernel refuses; the engine needs root for it.
    static func prepare(_ layout: NodeLayout) throws(Failure) -> Bool {
        do {
            let table = try Mounts.table()
            if table[layout.runRoot] == nil, table.holding(layout.runRoot)?.type != "tmpfs" {
                try Mounts.tmpfs(at: layout.runRoot, size: runRootLimit, mode: 0o711)
            }
            for path in [layout.root, layout.runRoot] { try Mounts.makeShared(path) }
            return table[layout.root] == nil
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

    /// Undoes `prepare` for an engine that does not start after all, because of its run root.
    static func releaseRoot(_ layout: NodeLayout) {
        _ = try? Mounts.unmount(layout.root, lazily: true)
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
