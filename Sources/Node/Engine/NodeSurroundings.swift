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
    /// A root that is a mount already, a disk of its own for instance, is used as it is.
    ///
    /// - Returns: Whether the root was no mount before.
    /// - Throws: `Failure` if the kernel refuses; the engine needs root for it.
    static func prepare(_ layout: NodeLayout) throws(Failure) -> Bool {
        do {
            let table = try Mounts.table()
            var made = table[layout.runRoot] == nil ? [] : ownMounts(layout)
            if table[layout.runRoot] == nil {
                made.insert(layout.runRoot)
                if table.holding(layout.runRoot)?.type != "tmpfs" {
                    try Mounts.tmpfs(at: layout.runRoot, size: runRootLimit, mode: 0o711)
                }
            }
            let isNew = table[layout.root] == nil
            if isNew { made.insert(layout.root) }
            for path in [layout.root, layout.runRoot] { try Mounts.makeShared(path) }
            try Files.write(record(layout), made.sorted().joined(separator: "\n"), mode: 0o600)
            return isNew
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
    /// Mounts that were there before the first engine stay.
    ///
    /// - Throws: `SystemError` of `umount`.
    static func release(_ layout: NodeLayout) throws(SystemError) {
        let made = ownMounts(layout)
        try Files.remove(record(layout))
        // Lazily: the socket and the database are still open in this very process.
        for path in [layout.runRoot, layout.root] where made.contains(path) {
            _ = try Mounts.unmount(path, lazily: true)
        }
    }

    /// Undoes `prepare` for an engine that does not start after all, because of its run root.
    static func releaseRoot(_ layout: NodeLayout) {
        _ = try? Mounts.unmount(layout.root, lazily: true)
    }

    /// Where an engine notes which of the roots it made a mount, for those that come after it.
    ///
    /// In the run root, because a reboot takes both the mounts and the note.
    private static func record(_ layout: NodeLayout) -> String {
        layout.runRoot + "/mounts"
    }

    private static func ownMounts(_ layout: NodeLayout) -> Set<String> {
        let text = (try? Files.text(record(layout))) ?? ""
        return Set(text.split(separator: "\n").map(String.init))
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
