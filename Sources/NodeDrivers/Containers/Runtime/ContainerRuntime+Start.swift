import Basics
import Formats
public import PodEngine
import Reactor
import System

extension ContainerRuntime {
    /// Starts a made run: conmon, the runtime, and at last the container's program.
    ///
    /// - Throws: `RunContainerError` with the kubelet's text if it cannot be run; nothing of it is left
    ///   running, and its end is `StartError`/128 with the same message.
    public func start(_ id: String) async throws(StepFailure) {
        guard let entry = entries[id], entry.exit == nil, entry.pid == nil else {
            throw StepFailure(
                reason: "RunContainerError",
                message: "container \(id) is not there to be started"
            )
        }
        let paths = BundlePaths(layout, id: id)
        let deadline = Loop.main.now + Self.startLimit
        do throws(Failure) {
            let pid = try await withMappedMounts(of: entry.record) { () async throws(Failure) in
                try await launch(entry.record, paths, deadline)
            }
            entry.pid = pid
            // Taken before: a short program may end while the runtime still reports its start.
            let now = Loop.main.moment.wall
            entry.startedAt = now
            try await open(entry.record, paths, now, deadline)
        } catch {
            let message = error.description
            entry.startedAt = nil
            await endStart(entry.record, paths)
            for path in paths.remainsOfStart { try? Files.remove(path) }
            try? Files.write(paths.failure, message, mode: 0o600)
            finish(entry, startFailure(message, paths))
            throw StepFailure(reason: "RunContainerError", message: message)
        }
        // It may have ended before it was known to run.
        if !ended(id, entry) {
            watchConmon(id, pid: number(in: paths.conmonPid))
        }
    }

    /// Starts a child and closes the descriptor that was meant for it.
    func start(_ command: Command, closing descriptor: Int32) throws(Failure) -> ChildProcess {
        defer { Descriptors.close(descriptor) }
        return try ChildProcess.start(command)
    }

    /// The end of a run whose start failed.
    func startFailure(_ message: String, _ paths: BundlePaths) -> ContainerExit {
        let time = (try? Files.stat(paths.failure))?.modified ?? Loop.main.moment.wall
        return ContainerExit(
            code: 128,
            reason: "StartError",
            message: message,
            startedAt: nil,
            finishedAt: time
        )
    }

    /// Starts conmon, which has the runtime make the container; the answer is its first process.
    private func launch(
        _ record: ContainerRecord,
        _ paths: BundlePaths,
        _ deadline: Instant
    ) async throws(Failure) -> Int32 {
        let (pipe, writing) = try ByteStream.readingPipe()
        let conmon = Conmon(host: host, layout: layout, record: record)
        let child = try start(conmon.command(report: writing), closing: writing)
        let answer: Conmon.Answer
        do throws(Failure) {
            answer = try await conmon.answer(from: pipe, deadline: deadline)
            _ = try await child.exitStatus(deadline: deadline)
        } catch {
            child.signal(9)
            throw Failure(.timedOut, "context deadline exceeded: the OCI runtime does not answer")
        }
        switch answer {
        case .made(let pid): return pid
        case .refused(let text):
            throw Failure(.invalid, RuntimeMessage.readable(text, program: program(of: paths)))
        case .nothing:
            let errors = String(decoding: child.errors, as: UTF8.self)
            let cause = errors.isEmpty ? "it was killed" : RuntimeMessage.stripped(errors)
            throw Failure(.unavailable, "the OCI runtime ended without an answer: \(cause)")
        }
    }

    /// Lets the made container execute its program.
    private func open(
        _ record: ContainerRecord,
        _ paths: BundlePaths,
        _ now: Timestamp,
        _ deadline: Instant
    ) async throws(Failure) {
        do throws(SystemError) {
            try Files.write(paths.started, String(now.nanoseconds), mode: 0o600)
            if let score = record.oomScore, let pid = number(in: paths.pid) {
                try Files.write("/proc/\(pid)/oom_score_adj", String(score))
            }
        } catch {
            throw Failure(.exhausted, "cannot record the start: \(error)")
        }
        let command = runtimeCommand(["start", record.id])
        let completed = try await ChildProcess.run(command, deadline: deadline - Loop.main.now)
        if completed.status.isSuccess { return }
        let text = completed.errorText
        throw Failure(
            .unavailable,
            text.isEmpty
                ? "the OCI runtime could not start the container: \(completed.status)"
                : RuntimeMessage.readable(text, program: program(of: paths))
        )
    }

    /// A call of the OCI runtime, in the mount namespace where it belongs.
    func runtimeCommand(_ arguments: [String]) -> Command {
        var command = Command(host.runtime, ["--root=" + layout.runtimeState] + arguments)
        command.environment = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        ]
        command.output = .capture(limit: 65536)
        command.errors = .capture(limit: 65536)
        command.mountNamespace = host.mountNamespace
        return command
    }

    private func program(of paths: BundlePaths) -> String {
        guard let bytes = try? Files.read(paths.configuration),
            let json = try? JSON.parse(bytes)
        else { return "" }
        return json["process"]?["args"]?[0]?.string ?? ""
    }

    /// The number in a file, such as a process number.
    func number(in path: String) -> Int32? {
        guard let text = try? Files.text(path, limit: 64) else { return nil }
        return Int32(text.filter(\.isNumber))
    }

    /// Ends whatever has been started for a run, and removes its control group and runtime state.
    func endStart(_ record: ContainerRecord, _ paths: BundlePaths) async {
        if let conmon = number(in: paths.conmonPid), isConmon(conmon, of: record.id) {
            endWithChildren(conmon, of: record.id)
        }
        host.cgroups.kill(record.cgroup)
        if let pid = number(in: paths.pid), belongs(pid, to: record) {
            _ = try? await Loop.main.withDeadline(Self.deathLimit, "end of container") {
                await processExit(pid: pid)
            }
        }
        _ = await removeCgroup(record.cgroup)
        try? Files.removeTree(paths.runtimeState)
    }

    /// Removes a control group as soon as its dying processes are gone.
    func removeCgroup(_ path: String) async -> Bool {
        var pause = Duration.milliseconds(1)
        let deadline = Loop.main.now + Self.deathLimit
        while true {
            do throws(SystemError) {
                try host.cgroups.remove(path)
                return true
            } catch {
                guard Loop.main.now < deadline else { return false }
                host.cgroups.kill(path)
                // The kernel has no event for the end of a v1 group's last process.
                guard (try? await Loop.main.sleep(for: pause)) != nil else { return false }
                pause = min(pause * 2, .milliseconds(100))
            }
        }
    }

    /// Whether a process is the conmon of that run.
    func isConmon(_ pid: Int32, of id: String) -> Bool {
        guard let line = try? Files.text("/proc/\(pid)/cmdline", limit: 1 << 16) else {
            return false
        }
        return line.contains("\0--cid\0" + id + "\0")
    }

    /// Kills a conmon and what it took over from a killed runtime, which may be in no control group yet.
    private func endWithChildren(_ conmon: Int32, of id: String) {
        let children = (Conmon.children(of: conmon) ?? []).map { pid in
            (pid: pid, process: (try? Processes.watch(pid))?.release())
        }
        // One that is its child still has not passed its number on.
        let known = Conmon.children(of: conmon) ?? []
        kill(conmon, expecting: id)
        for (pid, process) in children {
            guard let process else { continue }
            if known.contains(pid) { try? Processes.signal(process, 9) }
            Descriptors.close(process)
        }
    }

    /// Kills a conmon, and nothing else that may have got its number.
    func kill(_ pid: Int32, expecting id: String) {
        guard let process = try? Processes.watch(pid), isConmon(pid, of: id) else { return }
        try? Processes.signal(process.number, 9)
    }
}
