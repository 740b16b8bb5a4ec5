import Basics
import Formats
import Reactor
import System

/// When a log is rotated and how much of it is kept: the kubelet's defaults.
public struct LogRotationPolicy: Sendable, Hashable {
    /// The size in bytes past which the live file is rotated.
    public var sizeLimit: Int64
    /// How many files are kept in all, the live one included; 2 at least.
    public var files: Int

    /// Makes a policy: 10 MiB and 5 files.
    public init(sizeLimit: Int64 = 10 << 20, files: Int = 5) {
        self.sizeLimit = sizeLimit
        self.files = max(files, 2)
    }
}

extension ContainerRuntime {
    /// Rotates the logs that have grown past the limit; the engine calls it every ten seconds.
    ///
    /// Costs one `stat` per running container. A log whose conmon does not answer is left as it is.
    /// - Returns: How many were rotated.
    @discardableResult
    public func rotateLogs(_ policy: LogRotationPolicy = LogRotationPolicy()) async -> Int {
        var count = 0
        for (id, entry) in entries where entry.exit == nil && entry.pid != nil {
            let log = entry.record.log
            guard let size = try? Files.stat(log).size, size > policy.sizeLimit else { continue }
            if await rotate(id, log, policy) { count += 1 }
        }
        return count
    }

    private func rotate(_ id: String, _ log: String, _ policy: LogRotationPolicy) async -> Bool {
        guard let slash = log.lastIndex(of: "/") else { return false }
        let folder = String(log[..<slash])
        let name = String(log[log.index(after: slash)...])
        await tidy(folder, name, keeping: policy.files - 2)
        let stamp = Loop.main.moment.wall.rfc3339.filter { $0 != "-" && $0 != ":" && $0 != "Z" }
        let rotated = log + "." + stamp.replacing("T", with: "-")
        guard (try? Files.rename(log, to: rotated)) != nil else { return false }
        if reopenLog(id) { return true }
        try? Files.rename(rotated, to: log)
        return false
    }

    /// Has conmon open its log file again, after it was renamed.
    ///
    /// - Returns: Whether conmon was told.
    @discardableResult
    public func reopenLog(_ id: String) -> Bool {
        let paths = BundlePaths(layout, id: id)
        // Message type 2 of conmon's control pipe; the two numbers are of no meaning for it.
        return (try? Fifo.write("2 0 0\n", to: paths.control)) != nil
    }

    /// Removes the oldest rotated files, and compresses those that stay.
    private func tidy(_ folder: String, _ name: String, keeping count: Int) async {
        let rotated = ((try? Files.list(folder)) ?? [])
            .filter { $0.hasPrefix(name + ".") && !$0.hasSuffix(".tmp") }
            .sorted()
        for old in rotated.dropLast(max(count, 0)) { try? Files.remove(folder + "/" + old) }
        for kept in rotated.suffix(max(count, 0)) where !kept.hasSuffix(".gz") {
            let gzip = Command("gzip", ["--force", "--quiet", folder + "/" + kept])
            _ = try? await ChildProcess.run(gzip, deadline: .seconds(60))
        }
    }
}
