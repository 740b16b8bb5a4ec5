import Glibc

extension Cgroups {
    /// The processes in a control group and below it; empty if it does not exist.
    public func processes(in path: String) -> [Int32] {
        var found: Set<Int32> = []
        for directory in trackingDirectories(path) { collect(directory, &found, depth: 0) }
        return found.sorted()
    }

    /// The hierarchies by which processes are followed: every process is in all of them, and one
    /// that holds the freezer, or the memory, is never left out by a runtime.
    private func trackingDirectories(_ path: String) -> [String] {
        for controller in ["freezer", "memory", "pids"] {
            if let directory = directory(path, of: controller), Files.exists(directory) {
                return [directory]
            }
        }
        return directories(path)
    }

    private func collect(_ directory: String, _ found: inout Set<Int32>, depth: Int) {
        guard let text = try? Files.text(directory + "/cgroup.procs") else { return }
        for line in text.split(separator: "\n") {
            if let pid = Int32(line), pid > 0 { found.insert(pid) }
        }
        guard depth < 32 else { return }
        for name in (try? Files.list(directory)) ?? []
        where !name.contains(".") && Files.isDirectory(directory + "/" + name) {
            collect(directory + "/" + name, &found, depth: depth + 1)
        }
    }

    /// Sends SIGKILL to every process in a control group and below it.
    ///
    /// On v2 the kernel does it in one step. On v1 the group is frozen meanwhile, so that nothing
    /// can fork away. The processes may still be dying when the call returns.
    /// - Returns: How many processes were found.
    @discardableResult
    public func kill(_ path: String) -> Int {
        if mode == .v2, let directory = directories(path).first,
            (try? Self.write("1", to: directory + "/cgroup.kill")) != nil
        {
            return processes(in: path).count
        }
        var pids = processes(in: path)
        if pids.isEmpty { return 0 }
        let freezer = directory(path, of: "freezer").map { $0 + "/freezer.state" }
        if let freezer, mode != .v2 { try? Self.write("FROZEN", to: freezer) }
        // A process forked between the listing and the freeze is caught by the next round.
        for _ in 0..<8 {
            for pid in pids { _ = Glibc.kill(pid, SIGKILL) }
            let now = processes(in: path)
            if Set(now).isSubset(of: pids) { break }
            pids = now
        }
        if let freezer, mode != .v2 { try? Self.write("THAWED", to: freezer) }
        return pids.count
    }

    /// How many processes of the control group the kernel has killed for lack of memory.
    public func outOfMemoryKills(_ path: String) -> Int {
        guard let directory = directory(path, of: "memory") else { return 0 }
        let file = mode == .v2 ? "/memory.events" : "/memory.oom_control"
        return field("oom_kill", in: directory + file) ?? 0
    }

    /// What the control group uses now; `nil` if it does not exist.
    public func usage(_ path: String) -> CgroupUsage? {
        guard exists(path) else { return nil }
        var usage = CgroupUsage()
        if mode == .v2, let directory = directories(path).first {
            usage.processorNanoseconds =
                (field("usage_usec", in: directory + "/cpu.stat") ?? 0) * 1000
            usage.memoryBytes = number(directory + "/memory.current") ?? 0
            let cache = field("inactive_file", in: directory + "/memory.stat") ?? 0
            usage.workingSetBytes = max(usage.memoryBytes - cache, 0)
            return usage
        }
        if let directory = directory(path, of: "cpuacct") {
            usage.processorNanoseconds = number(directory + "/cpuacct.usage") ?? 0
        }
        if let directory = directory(path, of: "memory") {
            usage.memoryBytes = number(directory + "/memory.usage_in_bytes") ?? 0
            let cache = field("total_inactive_file", in: directory + "/memory.stat") ?? 0
            usage.workingSetBytes = max(usage.memoryBytes - cache, 0)
        }
        return usage
    }

    private func number(_ file: String) -> Int? {
        guard let text = try? Files.text(file, limit: 4096) else { return nil }
        return text.split(separator: "\n").first.flatMap { Int($0) }
    }

    private func field(_ name: String, in file: String) -> Int? {
        guard let text = try? Files.text(file, limit: 1 << 16) else { return nil }
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == name { return Int(words[1]) }
        }
        return nil
    }
}
