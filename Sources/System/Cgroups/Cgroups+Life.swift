public import Basics
import Glibc

extension Cgroups {
    /// Makes a control group and writes its limits; what exists is kept and written again.
    ///
    /// On v1 it is made where a limit needs it (processor and memory); the OCI runtime adds the
    /// rest below. On v2 the controllers are enabled on the way down as far as the machine allows.
    /// - Returns: One text per limit that this machine cannot enforce, for a warning event.
    /// - Throws: What kept the directory from being made, or a number from being written.
    public func create(_ path: String, limits: CgroupLimits) throws(Failure) -> [String] {
        do throws(SystemError) {
            if mode == .v2 { return try createUnified(path, limits) }
            return try createSplit(path, limits)
        } catch {
            throw Failure(
                "cannot set up control group \(path)",
                error,
                remedy: "see that /sys/fs/cgroup is mounted read-write and that Remora runs as root"
            )
        }
    }

    private func createSplit(
        _ path: String,
        _ limits: CgroupLimits
    ) throws(SystemError) -> [String] {
        var warnings: [String] = []
        if let cpu = directory(path, of: "cpu") {
            try Files.makeDirectories(cpu)
            if let shares = limits.cpuShares { try write(shares, cpu, "cpu.shares") }
            if let quota = limits.cpuQuota {
                try write(limits.cpuPeriod, cpu, "cpu.cfs_period_us")
                try write(quota, cpu, "cpu.cfs_quota_us")
            }
        } else if limits.cpuQuota != nil {
            warnings.append(missing("cpu"))
        }
        if let memory = directory(path, of: "memory") {
            try Files.makeDirectories(memory)
            if let bytes = limits.memoryBytes {
                try write(bytes, memory, "memory.limit_in_bytes")
            }
        } else if limits.memoryBytes != nil {
            warnings.append(missing("memory"))
        }
        if let count = limits.processes {
            if let pids = directory(path, of: "pids") {
                try Files.makeDirectories(pids)
                try write(count, pids, "pids.max")
            } else {
                warnings.append(missing("pids"))
            }
        }
        return warnings
    }

    private func createUnified(
        _ path: String,
        _ limits: CgroupLimits
    ) throws(SystemError) -> [String] {
        guard let mount = hierarchies.first?.mountPoint else { return [] }
        try Files.makeDirectories(mount + path)
        var parent = mount
        for part in path.split(separator: "/") {
            enableControllers(in: parent)
            parent += "/" + part
        }
        let cgroup = mount + path
        var warnings: [String] = []
        if Files.exists(cgroup + "/cpu.weight") {
            if let weight = limits.cpuWeight { try write(weight, cgroup, "cpu.weight") }
            if let quota = limits.cpuQuota {
                try Self.write("\(quota) \(limits.cpuPeriod)", to: cgroup + "/cpu.max")
            }
        } else if limits.cpuQuota != nil {
            warnings.append(missing("cpu"))
        }
        if let bytes = limits.memoryBytes {
            if Files.exists(cgroup + "/memory.max") {
                try write(bytes, cgroup, "memory.max")
            } else {
                warnings.append(missing("memory"))
            }
        }
        if let count = limits.processes {
            if Files.exists(cgroup + "/pids.max") {
                try write(count, cgroup, "pids.max")
            } else {
                warnings.append(missing("pids"))
            }
        }
        return warnings
    }

    /// Passes the controllers that exist on to the children of a v2 group; refusals are tolerated,
    /// because a limit that then cannot be written is reported anyway.
    private func enableControllers(in directory: String) {
        let present = (try? Files.text(directory + "/cgroup.controllers")) ?? ""
        let enabled = (try? Files.text(directory + "/cgroup.subtree_control")) ?? ""
        let have = Set(enabled.split { $0 == " " || $0 == "\n" })
        for controller in present.split(whereSeparator: { $0 == " " || $0 == "\n" })
        where !have.contains(controller) {
            try? Self.write("+" + controller, to: directory + "/cgroup.subtree_control")
        }
    }

    private func write(
        _ number: some FixedWidthInteger,
        _ directory: String,
        _ file: String
    ) throws(SystemError) {
        try Self.write(String(number), to: directory + "/" + file)
    }

    private func missing(_ controller: String) -> String {
        "this machine has no \(controller) controller: \(controller) limits are not enforced"
    }

    /// Removes a control group with its children in every hierarchy; nothing there is no error.
    ///
    /// - Throws: `EBUSY` while processes are in it.
    public func remove(_ path: String) throws(SystemError) {
        precondition(path.count > 1, "the root control group is not ours")
        var failure: SystemError?
        for directory in directories(path) {
            do throws(SystemError) {
                try removeTree(directory, depth: 0)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    private func removeTree(_ directory: String, depth: Int) throws(SystemError) {
        if unsafe rmdir(directory) == 0 || errno == ENOENT { return }
        let number = errno
        guard number == EBUSY || number == ENOTEMPTY, depth < 32 else {
            throw SystemError(number, "rmdir", directory)
        }
        for name in (try? Files.list(directory)) ?? []
        where Files.isDirectory(directory + "/" + name) {
            try removeTree(directory + "/" + name, depth: depth + 1)
        }
        if unsafe rmdir(directory) != 0, errno != ENOENT {
            throw SystemError(errno, "rmdir", directory)
        }
    }

    /// Whether the control group exists in any hierarchy.
    public func exists(_ path: String) -> Bool {
        directories(path).contains { Files.exists($0) }
    }

    /// The names of a control group's children, over all hierarchies.
    public func children(of path: String) -> Set<String> {
        var names: Set<String> = []
        for directory in directories(path) {
            for name in (try? Files.list(directory)) ?? []
            where !name.contains(".") && Files.isDirectory(directory + "/" + name) {
                names.insert(name)
            }
        }
        return names
    }
}
