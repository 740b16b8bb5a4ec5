extension Cgroups {
    /// Begins the wait that the kernel makes before a process can be moved into a control group.
    ///
    /// A move after a pause waits for a grace period of RCU, 5 to 15 ms; those that follow within some
    /// 10 ms do not (`cgroup_threadgroup_rwsem` in `kernel/cgroup/cgroup.c`). So who will move a process
    /// soon may ask for it now: the calling process is moved to where it is already, which changes
    /// nothing. Blocks for as long as the kernel waits; a refusal costs only the time gained.
    public func quicken() {
        guard let path = ownProcesses else { return }
        try? Self.write("0", to: path)
    }

    /// The file with the processes of the calling process's own control group, in the first hierarchy.
    var ownProcesses: String? {
        guard let hierarchy = hierarchies.first,
            let text = try? Files.text("/proc/self/cgroup", limit: 1 << 16)
        else { return nil }
        let wanted = mode == .v2 ? "" : hierarchy.controllers.joined(separator: ",")
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, parts[1] == wanted, parts[2].hasPrefix("/") else { continue }
            return hierarchy.mountPoint + parts[2] + "/cgroup.procs"
        }
        return nil
    }
}
