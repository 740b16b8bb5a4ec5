public import Basics
import Formats
public import PodEngine
public import Reactor
public import System

/// Real containers, each one an OCI bundle on disk that outlives the engine.
///
/// A container is run by an OCI runtime (`crun`) and watched by a `conmon` of its own, which holds its
/// output, its log and its exit code.
///
/// A run is `create`d (bundle and configuration), `start`ed (conmon, runtime, first process), ends
/// (`exit(of:)`), and is `remove`d. What cannot be run is an error of `start`, as in containerd, so a
/// missing program is a start error. One caller at a time acts on one run; different runs are
/// independent. Everything but the watches is on disk, so a new engine finds all of it by `list`.
@MainLoop public final class ContainerRuntime {
    /// The paths.
    public let layout: NodeLayout
    /// The machine.
    public let host: HostProfile
    /// Unmounts the root file system of a run; set by whoever mounts them.
    public var releaseRootfs: (@MainLoop (String) async -> Void)?

    /// How long the runtime may take to make or start a container.
    static let startLimit = Duration.seconds(120)
    /// How long killed processes may take to disappear.
    static let deathLimit = Duration.seconds(10)

    /// What the engine knows of a run beyond its record.
    final class Entry {
        var record: ContainerRecord
        /// The container's first process, while it runs.
        var pid: Int32?
        var startedAt: Timestamp?
        var exit: ContainerExit?
        var waiters: [CheckedContinuation<ContainerExit, Never>] = []
        var observers: [@MainLoop (ContainerExit) -> Void] = []
        /// Waits for the end of conmon.
        var watch: ProcessWatch?
        /// How its process was described to the runtime, once a program was run beside it.
        var process: JSON?
        /// What clients that have attached to it share.
        var hub: AttachHub?

        init(_ record: ContainerRecord) { self.record = record }
    }

    var entries: [String: Entry] = [:]
    private var isQuickening = false
    private let exits: DirectoryWatch
    private var exitTask: Task<Void, Never>?

    /// Makes the directories and begins to watch for exits.
    ///
    /// - Throws: `forbidden` or `exhausted` if a directory cannot be made; `exhausted` at the limits
    ///   of inotify.
    public init(layout: NodeLayout, host: HostProfile) async throws(Failure) {
        self.layout = layout
        self.host = host
        do throws(SystemError) {
            for directory in [layout.containers, layout.podLogs] {
                try Files.makeDirectories(directory, mode: 0o755)
            }
            for directory in [
                layout.exits, layout.runtimeState, layout.sockets, layout.bundles,
            ] {
                try Files.makeDirectories(directory, mode: 0o700)
            }
            // The pod's users, as whom the runtime mounts, must pass.
            try Files.makeDirectories(layout.mappedMounts, mode: 0o711)
            for id in try Files.list(layout.mappedMounts) { try MappedMounts(layout, id).release() }
            // Of programs that an engine was running when it was killed.
            for name in try Files.list(layout.sockets) {
                try Files.remove(layout.sockets + "/" + name)
            }
        } catch {
            throw Failure("cannot prepare the directories for containers", error)
        }
        let watch = try DirectoryWatch([layout.exits], mask: .arrivals)
        exits = watch
        exitTask = Task { @MainLoop [weak self] in
            while let changes = try? await watch.next() {
                guard let self else { return }
                for change in changes { self.noticed(change) }
            }
        }
    }

    isolated deinit {
        exitTask?.cancel()
        exits.close()
        for entry in entries.values { entry.watch?.cancel() }
    }

    /// The end of a run; returns as soon as it is known, at once if it is already.
    ///
    /// Comes from conmon's exit file. If conmon itself was killed, the run's processes are killed,
    /// because nobody reads their output any more, and the answer is `ContainerStatusUnknown`/137; so
    /// it is for a run that nobody knows. Any number of tasks may wait.
    public func exit(of id: String) async -> ContainerExit {
        guard let entry = entries[id] else { return lost(startedAt: nil) }
        if let exit = entry.exit { return exit }
        return await withCheckedContinuation { entry.waiters.append($0) }
    }

    /// Calls back once with the end of a run, as `exit(of:)` gives it, on a later turn of the loop.
    ///
    /// For those who wait as long as the container lives: a task is a lot of memory for that.
    public func whenEnded(_ id: String, _ body: @escaping @MainLoop (ContainerExit) -> Void) {
        guard let entry = entries[id], entry.exit == nil else {
            let exit = entries[id]?.exit ?? lost(startedAt: nil)
            Task { @MainLoop in body(exit) }
            return
        }
        entry.observers.append(body)
    }

    /// Tells that a container will be started within milliseconds: what the kernel needs time for
    /// begins on a worker thread.
    public func announceStart() {
        guard !isQuickening else { return }
        isQuickening = true
        let cgroups = host.cgroups
        Task { @MainLoop [weak self] in
            _ = try? await Loop.main.offload { cgroups.quicken() }
            self?.isQuickening = false
        }
    }

    /// The first process of a run, while it runs.
    public func processID(of id: String) -> Int32? {
        guard let entry = entries[id], entry.exit == nil else { return nil }
        return entry.pid
    }

    /// What is recorded of a run.
    public func record(of id: String) -> ContainerRecord? { entries[id]?.record }

    /// What a run's processes have used; `nil` if there is no such run.
    public func usage(_ id: String) -> CgroupUsage? {
        entries[id].flatMap { host.cgroups.usage($0.record.cgroup) }
    }

    /// Sends a signal to the first process of a run; one that has ended is left alone.
    ///
    /// - Throws: `invalid` for a number that is no signal.
    public func signal(_ id: String, _ number: Int32) throws(Failure) {
        guard let entry = entries[id], let pid = entry.pid, entry.exit == nil else { return }
        do throws(SystemError) {
            // The descriptor pins the process; only then is it certain whose number it is.
            let process = try Processes.watch(pid)
            guard belongs(pid, to: entry.record) else { return }
            try Processes.signal(process.number, number)
        } catch {
            if error.isNoProcess { return }
            throw Failure("cannot send signal \(number) to container \(id)", error)
        }
    }

    /// Sends SIGKILL to all processes of a run.
    public func killAll(_ id: String) {
        guard let entry = entries[id] else { return }
        host.cgroups.kill(entry.record.cgroup)
    }

    /// Whether a process is in the control group of a run: numbers are used again, groups are not.
    func belongs(_ pid: Int32, to record: ContainerRecord) -> Bool {
        guard let text = try? Files.text("/proc/\(pid)/cgroup", limit: 1 << 16) else {
            return false
        }
        return text.split(separator: "\n").contains { line in
            line.hasSuffix(":" + record.cgroup) || line.contains(":" + record.cgroup + "/")
        }
    }
}

// MARK: - Ends

extension ContainerRuntime {
    private func noticed(_ change: DirectoryWatch.Change) {
        if change.path.isEmpty {
            // Changes were lost: look at all that could have ended.
            for (id, entry) in entries where entry.exit == nil { ended(id, entry) }
        } else if let entry = entries[change.name], entry.exit == nil {
            ended(change.name, entry)
        }
    }

    /// Takes over the exit file of a run if there is one.
    @discardableResult
    func ended(_ id: String, _ entry: Entry) -> Bool {
        let paths = BundlePaths(layout, id: id)
        guard let exit = readExit(paths, entry.record, startedAt: entry.startedAt) else {
            return false
        }
        // Where processes are shared, the end of the first one does not end the others.
        if entry.record.sharesProcesses { host.cgroups.kill(entry.record.cgroup) }
        keep(exit, paths)
        finish(entry, exit)
        return true
    }

    /// Writes what conmon told, in memory, to where it survives a reboot.
    ///
    /// Where the disk is full there is no such file: only a reboot before the end of the pod misses it.
    private func keep(_ exit: ContainerExit, _ paths: BundlePaths) {
        guard Files.exists(paths.exitNotice), !Files.exists(paths.exit) else { return }
        if exit.reason == "OOMKilled" { try? Files.write(paths.outOfMemory, "", mode: 0o600) }
        try? Files.write(paths.exit, String(exit.code), mode: 0o600)
    }

    func finish(_ entry: Entry, _ exit: ContainerExit) {
        guard entry.exit == nil else { return }
        entry.exit = exit
        entry.pid = nil
        entry.watch?.cancel()
        entry.watch = nil
        let waiters = entry.waiters
        entry.waiters = []
        for waiter in waiters { waiter.resume(returning: exit) }
        let observers = entry.observers
        entry.observers = []
        if observers.isEmpty { return }
        Task { @MainLoop in
            for observer in observers { observer(exit) }
        }
    }

    /// Begins to wait for the end of conmon, which without an exit file means that it was killed.
    func watchConmon(_ id: String, pid: Int32?) {
        guard let entry = entries[id] else { return }
        entry.watch = pid.flatMap { pid in
            ProcessWatch(pid: pid) { [weak self] in self?.conmonEnded(id) }
        }
        if entry.watch == nil { Task { @MainLoop [weak self] in self?.conmonEnded(id) } }
    }

    private func conmonEnded(_ id: String) {
        guard let entry = entries[id], entry.exit == nil, !ended(id, entry) else { return }
        host.cgroups.kill(entry.record.cgroup)
        finish(entry, lost(startedAt: entry.startedAt))
    }

    /// The end of a run that nobody saw.
    func lost(startedAt: Timestamp?) -> ContainerExit {
        ContainerExit(
            code: 137,
            reason: "ContainerStatusUnknown",
            message: "The container could not be located when the pod was terminated",
            startedAt: startedAt,
            finishedAt: Loop.main.moment.wall
        )
    }

    func readExit(
        _ paths: BundlePaths,
        _ record: ContainerRecord,
        startedAt: Timestamp?
    ) -> ContainerExit? {
        for path in [paths.exitNotice, paths.exit] {
            guard let text = try? Files.text(path, limit: 64),
                let code = Int(text.filter { $0.isNumber || $0 == "-" })
            else { continue }
            let killed =
                Files.exists(paths.outOfMemory) || Files.exists(paths.bundle + "/oom")
                || host.cgroups.outOfMemoryKills(record.cgroup) > 0
            let message = TerminationMessage.read(
                file: paths.lastWords,
                limit: record.messageLimit,
                log: record.fallsBackToLog && code != 0 ? record.log : nil
            )
            return ContainerExit(
                code: code < 0 ? 255 : code,
                reason: killed ? "OOMKilled" : code == 0 ? "Completed" : "Error",
                message: message,
                startedAt: startedAt,
                finishedAt: (try? Files.stat(path))?.modified ?? Loop.main.moment.wall
            )
        }
        return nil
    }
}
