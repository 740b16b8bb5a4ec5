import Basics
import Reactor
import System

extension ContainerRuntime {
    /// Forgets a run: kills what is left of it, removes its control group, unmounts its root file
    /// system, removes its bundle and, if told, its logs.
    ///
    /// A run that nobody knows is no error. Whoever still waits for its end gets
    /// `ContainerStatusUnknown`. Takes up to ten seconds if processes do not die.
    public func remove(_ id: String, withLogs: Bool) async {
        guard let entry = entries[id] else { return }
        let paths = BundlePaths(layout, id: id)
        let record = entry.record
        // From here on a new engine takes the bundle for a torso and removes it itself.
        try? Files.remove(paths.record)
        if entry.exit == nil { host.cgroups.kill(record.cgroup) }
        if entry.pid != nil, entry.exit == nil, let conmon = number(in: paths.conmonPid),
            isConmon(conmon, of: id)
        {
            // Left alone, conmon writes the last lines of the log and the exit file, and goes.
            _ = try? await Loop.main.withDeadline(Self.deathLimit, "end of conmon") {
                await processExit(pid: conmon)
            }
            ended(id, entry)
        }
        await endStart(record, paths)
        try? Files.remove(paths.exitNotice)
        finish(entry, lost(startedAt: entry.startedAt))
        entries[id] = nil
        await removeBundle(id, log: withLogs ? record.log : nil)
    }

    /// Unmounts the root file system of a run and removes its directory and log files.
    func removeBundle(_ id: String, log: String?) async {
        try? Files.removeTree(layout.bundles + "/" + id)
        await releaseRootfs?(id)
        let directory = layout.container(id)
        _ = try? await Loop.main.offload {
            if let log { Self.removeLogs(log) }
            try Files.removeTree(directory)
        }
    }

    /// Removes a log with its rotated parts, and their directory if that was the last.
    private nonisolated static func removeLogs(_ log: String) {
        guard let slash = log.lastIndex(of: "/") else { return }
        let folder = String(log[..<slash])
        let name = String(log[log.index(after: slash)...])
        for other in (try? Files.list(folder)) ?? []
        where other == name || other.hasPrefix(name + ".") {
            try? Files.remove(folder + "/" + other)
        }
        try? Files.remove(folder)
    }
}
