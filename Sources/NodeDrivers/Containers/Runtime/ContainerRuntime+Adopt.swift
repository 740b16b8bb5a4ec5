import Basics
import Formats
import PodEngine
import Reactor
import System

extension ContainerRuntime {
    /// Everything of this engine that is on disk, each run in a state that can be acted on; called when
    /// the engine starts, and harmless later.
    ///
    /// A run that was being started when the last engine died is set back to `created`: nothing of it
    /// had executed. One that has lost its conmon is killed and has ended as
    /// `ContainerStatusUnknown`/137, as has one that a reboot swept away. Bundles without record, and
    /// control groups and runtime states without bundle, are removed.
    public func list() async -> [StoredContainer] {
        var found: [StoredContainer] = []
        for id in (try? Files.list(layout.containers)) ?? [] {
            if let entry = entries[id] {
                found.append(StoredContainer(record: entry.record, state: state(of: entry)))
                continue
            }
            let paths = BundlePaths(layout, id: id)
            guard let record = readRecord(paths, id: id) else {
                await removeBundle(id, log: nil)
                continue
            }
            let entry = Entry(record)
            entries[id] = entry
            await adopt(id, entry, paths)
            found.append(StoredContainer(record: record, state: state(of: entry)))
        }
        await removeOrphans()
        return found
    }

    private func readRecord(_ paths: BundlePaths, id: String) -> ContainerRecord? {
        guard let bytes = try? Files.read(paths.record), let json = try? JSON.parse(bytes),
            let record = ContainerRecord(json: json), record.id == id
        else { return nil }
        return record
    }

    private func state(of entry: Entry) -> PodObservation.State {
        if let exit = entry.exit { return .exited(exit) }
        if entry.pid != nil {
            return .running(startedAt: entry.startedAt ?? entry.record.createdAt)
        }
        return .created
    }

    private func adopt(_ id: String, _ entry: Entry, _ paths: BundlePaths) async {
        entry.startedAt = (try? Files.text(paths.started, limit: 64))
            .flatMap { Int64($0) }
            .map { Timestamp(nanoseconds: $0) }
        if let message = try? Files.text(paths.failure, limit: 65536) {
            entry.exit = startFailure(message, paths)
        } else if ended(id, entry) {
            return
        } else if let pid = number(in: paths.pid), belongs(pid, to: entry.record),
            entry.startedAt != nil, !Files.exists(paths.startGate)
        {
            entry.pid = pid
            let conmon = number(in: paths.conmonPid)
            // Without a number to wait for, the watch finds at once that conmon is gone.
            let alive = conmon.map { isConmon($0, of: id) } ?? false
            watchConmon(id, pid: alive ? conmon : nil)
        } else if entry.startedAt == nil || Files.exists(paths.startGate) {
            // Not started yet, or its program had not been let go.
            await endStrayConmons(of: id)
            await clearStart(entry.record, paths)
            entry.startedAt = nil
        } else {
            host.cgroups.kill(entry.record.cgroup)
            entry.exit = lost(startedAt: entry.startedAt)
        }
    }

    /// Ends conmons of a run that had not yet told their number when the engine died.
    private func endStrayConmons(of id: String) async {
        for name in (try? Files.list("/proc")) ?? [] {
            guard let pid = Int32(name), isConmon(pid, of: id) else { continue }
            kill(pid, expecting: id)
            _ = try? await Loop.main.withDeadline(Self.deathLimit, "end of conmon") {
                await processExit(pid: pid)
            }
        }
    }

    /// Removes what belongs to runs that are not on disk any more.
    private func removeOrphans() async {
        for id in (try? Files.list(layout.runtimeState)) ?? [] where entries[id] == nil {
            try? Files.removeTree(layout.runtimeState + "/" + id)
        }
        for id in (try? Files.list(layout.exits)) ?? [] where entries[id] == nil {
            try? Files.remove(layout.exits + "/" + id)
        }
        let known = Set(entries.values.map(\.record.cgroup))
        for pod in podCgroups() {
            for child in host.cgroups.children(of: pod) where !known.contains(pod + "/" + child) {
                host.cgroups.kill(pod + "/" + child)
                _ = await removeCgroup(pod + "/" + child)
            }
        }
    }

    /// The control groups of this engine's pods, in all three tiers.
    private func podCgroups() -> [String] {
        ["", "/burstable", "/besteffort"].flatMap { tier in
            host.cgroups.children(of: layout.cgroup + tier)
                .filter { $0.hasPrefix("pod") }
                .map { layout.cgroup + tier + "/" + $0 }
        }
    }
}
