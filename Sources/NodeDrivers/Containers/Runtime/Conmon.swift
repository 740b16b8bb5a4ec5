import Basics
import Formats
import PodEngine
import Reactor
import System

/// How conmon is started for a container, and what it answers.
struct Conmon {
    var host: HostProfile
    var layout: NodeLayout
    var record: ContainerRecord

    /// The descriptor of the child on which conmon reports the container's process.
    private static let syncDescriptor: Int32 = 3

    /// The command; `report` is the writing end of the pipe on which conmon answers.
    func command(report: Int32) -> Command {
        let paths = BundlePaths(layout, id: record.id)
        var arguments = [
            "--bundle", paths.bundle, "--cid", record.id, "--cuuid", record.id,
            "--name", record.run.container, "--runtime", host.runtime,
            "--container-pidfile", paths.pid, "--conmon-pidfile", paths.conmonPid,
            // Not the run's own directory: where a disk is full, conmon would give up before it
            // tells the exit code.
            "--exit-dir", layout.exits, "--persist-dir", paths.bundle,
            "--log-path", "k8s-file:" + record.log, "--log-level", "error",
            "--full-attach", "--no-sync-log", "--runtime-arg=--root=" + layout.runtimeState,
        ]
        if record.hasTerminal { arguments.append("--terminal") }
        switch record.standardInput {
        case .closed: break
        case .once: arguments.append("--stdin")
        case .open: arguments += ["--stdin", "--leave-stdin-open"]
        }
        var command = Command(host.conmon, arguments)
        command.environment = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "_OCI_SYNCPIPE": String(Self.syncDescriptor),
        ]
        command.directory = paths.bundle
        command.output = .null
        command.errors = .capture(limit: 8192)
        command.descriptors = [(Self.syncDescriptor, report)]
        command.mountNamespace = host.mountNamespace
        return command
    }

    /// The answer: the container's process, or why there is none.
    enum Answer: Sendable, Hashable {
        case made(pid: Int32)
        case refused(String)
        /// The pipe ended before an answer: conmon or the runtime was killed.
        case nothing
    }

    /// Reads one line of JSON from the pipe.
    ///
    /// A runtime that is killed may leave a child that holds its error output open; conmon then waits
    /// for it for ever. So conmon is looked at every second while it is silent, and twice stuck is
    /// taken for no answer.
    @MainLoop func answer(
        from pipe: ByteStream,
        deadline: Instant
    ) async throws(Failure) -> Answer {
        var line: [UInt8] = []
        var stuck = 0
        while line.last != 0x0A, line.count < 1 << 16 {
            let slice = min(deadline, Loop.main.now + .seconds(1))
            do throws(Failure) {
                let more = try await pipe.read(deadline: slice)
                if more.isEmpty { break }
                line += more
            } catch {
                guard error.code == .timedOut, Loop.main.now < deadline else { throw error }
                stuck = isStuck ? stuck + 1 : 0
                if stuck == 2 { return .nothing }
            }
        }
        return Self.answer(parsing: line)
    }

    /// Whether the runtime has done its work, or is gone, so that conmon should have answered.
    private var isStuck: Bool {
        let paths = BundlePaths(layout, id: record.id)
        if Files.exists(paths.pid) { return true }
        guard let text = try? Files.text(paths.conmonPid, limit: 64),
            let pid = Int32(text.filter(\.isNumber))
        else { return false }
        return Self.children(of: pid)?.isEmpty == true || Self.isReading(pid)
    }

    /// The children of a conmon, also those of the runtime that it took over; `nil` if it is gone.
    static func children(of pid: Int32) -> [Int32]? {
        guard let text = try? Files.text("/proc/\(pid)/task/\(pid)/children", limit: 4096) else {
            return nil
        }
        return text.split(separator: " ").compactMap { Int32($0) }
    }

    /// Whether a conmon waits in read(2): for the last words of a runtime that has failed.
    ///
    /// A child of the runtime that conmon took over can keep them from ending. Everything else it waits
    /// for in poll(2).
    private static func isReading(_ pid: Int32) -> Bool {
        #if arch(x86_64)
        let read = "0 "
        #else
        let read = "63 "
        #endif
        let call = try? Files.text("/proc/\(pid)/syscall", limit: 256)
        return call?.hasPrefix(read) == true
    }

    /// Understands the line: `{"pid": 5}` or `{"pid": -1, "message": "..."}`.
    static func answer(parsing line: [UInt8]) -> Answer {
        guard !line.isEmpty, let json = try? JSON.parse(line), let pid = json["pid"]?.int else {
            return .nothing
        }
        if pid > 0, let pid = Int32(exactly: pid) { return .made(pid: pid) }
        return .refused(json["message"]?.string ?? "")
    }
}
