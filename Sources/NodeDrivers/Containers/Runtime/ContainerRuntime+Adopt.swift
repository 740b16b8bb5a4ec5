import Basics
import Formats
import PodEngine
import Reactor
import System

extension ContainerRuntime {
    /// Everything of this engine that is on disk, each run in a state that can be acted on; called when
    /// the engine starts, and harmless later.
    ///
    /// A run that was made and never started is gone with a reboot, because its bundle is; one that was
    /// being started when the last engine died is set back to `created`: nothing of it
    /// had executed. One that has lost its conmon is killed and has ended as
    /// `ContainerStatusUnknown`/137, as has one that a reboot swept away. Bundles without record, and
    /// control groups and runtime states without bundle, are removed.
    public func list() async -> [StoredContainer] {
        var found: [StoredContainer] = []
        var strays: [String: [Int32]]?
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
            guard await adopt(id, entry, paths, strays: &strays) else {
                entries[id] = nil
                await removeBundle(id, log: nil)
                continue
            }
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

    /// Finds out the state of a run; `false` if nothing can be done with it any more.
    private func adopt(
        _ id: String,
        _ entry: Entry,
        _ paths: BundlePaths,
        strays: inout [String: [Int32]]?
    ) async -> Bool {
        entry.startedAt = (try? Files.text(paths.started, limit: 64))
            .flatMap { Int64($0) }
            .map { Timestamp(nanoseconds: $0) }
        if let message = try? Files.text(paths.failure, limit: 65536) {
            entry.exit = startFailure(message, paths)
        } else if ended(id, entry) {
            return true
        } else if entry.startedAt == nil || Files.exists(paths.startGate) {
            // Not started yet, or its program had not been let go.
            let conmons = strays ?? findConmons()
            strays = conmons
            for pid in conmons[id] ?? [] { await end(conmon: pid, of: id) }
            await endStart(entry.record, paths)
            for path in paths.remainsOfStart { try? Files.remove(path) }
            entry.startedAt = nil
            return Files.exists(paths.configuration)
        } else if let conmon = number(in: paths.conmonPid), isConmon(conmon, of: id),
            let pid = number(in: paths.pid)
        {
            // Its program may be ending just now, which only conmon knows: the run goes on until
            // conmon has written the exit, or is gone.
            entry.pid = pid
            watchConmon(id, pid: conmon)
        } else if !ended(id, entry) {
            host.cgroups.kill(entry.record.cgroup)
            entry.exit = lost(startedAt: entry.startedAt)
        }
        return true
    }

    /// The conmons on this machine by the run that they watch, also those that had not yet told their
    /// number when the engine died.
    private func findConmons() -> [String: [Int32]] {
        var found: [String: [Int32]] = [:]
        for name in (try? Files.list("/proc")) ?? [] {
            guard let pid = Int32(name),
                let line = try? Files.text("/proc/\(pid)/cmdline", limit: 1 << 16)
            else { continue }
            let words = line.split(separator: "\0")
            guard let place = words.firstIndex(of: "--cid"), place + 1 < words.count else {
                continue
            }
            found[String(words[place + 1]), default: []].append(pid)
        }
        return found
    }

    private func end(conmon pid: Int32, of id: String) async {
        kill(pid, expecting: id)
        _ = try? await Loop.main.withDeadline(Self.deathLimit, "end of conmon") {
            await processExit(pid: pid)
        }
    }

    /// Removes what belongs to runs that are not on disk any more.
    private func removeOrphans() async {
        for id in (try? Files.list(layout.runtimeState)) ?? [] where entries[id] == nil {
            try? Files.removeTree(layout.runtimeState + "/" + id)
        }
        for id in (try? Files.list(layout.bundles)) ?? [] where entries[id] == nil {
            try? Files.removeTree(layout.bundles + "/" + id)
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
