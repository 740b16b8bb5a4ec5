import Basics
import HTTP
import Reactor
import Synchronization
import System
import TestKit

@testable import Roles

/// A reloader at work in this process, beside the volume that it watches.
@MainLoop final class ReloadPod {
    /// A volume as the kubelet writes it.
    final class Volume {
        let path: String
        private var version = 0

        init(_ path: String) throws {
            self.path = path
            try Files.makeDirectories(path)
        }

        /// Swaps all files at once.
        func write(_ files: [String: String]) throws {
            version += 1
            let name = "..2026_\(version)"
            try Files.makeDirectories(path + "/" + name)
            for (file, text) in files {
                try Files.write("\(path)/\(name)/\(file)", text)
                if !Files.exists("\(path)/\(file)") {
                    try? Files.symlink("\(path)/\(file)", to: "..data/\(file)")
                }
            }
            let old = try? Files.readLink(path + "/..data")
            try? Files.remove(path + "/..data_tmp")
            try Files.symlink(path + "/..data_tmp", to: name)
            try Files.rename(path + "/..data_tmp", to: path + "/..data")
            if let old { try Files.removeTree(path + "/" + old) }
        }
    }

    let folder: TemporaryDirectory
    let work: ReloadWork
    private let lines: Lines
    private var running: Task<Result<Int32, Failure>, Never>?

    /// What the journal says.
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    init(
        in folder: TemporaryDirectory,
        environment: [String: String] = [:],
        _ change: (inout ReloadSettings) throws -> Void
    ) throws {
        self.folder = folder
        let lines = Lines()
        self.lines = lines
        var settings = ReloadSettings()
        try change(&settings)
        try settings.complete()
        let journal = Journal(
            level: .debug,
            isJSON: false,
            time: { "" },
            write: { line in lines.all.withLock { $0.append(line) } }
        )
        work = ReloadWork(
            settings,
            WorkSurroundings(
                journal: journal,
                environment: environment,
                metrics: CompanionMetrics()
            )
        )
    }

    func start() {
        let work = work
        running = Task { @MainLoop in
            do throws(Failure) {
                return .success(try await work.run())
            } catch {
                return .failure(error)
            }
        }
    }

    /// Ends it; the result is its exit code.
    func end(within grace: Duration = .seconds(5)) async throws -> Int32 {
        work.end(by: Loop.main.now + grace)
        return try await code()
    }

    func code() async throws -> Int32 {
        guard let running else { return -1 }
        return try await running.value.get()
    }

    var journal: [String] { lines.all.withLock { $0 } }

    func says(_ text: String) -> Bool { journal.contains { $0.contains(text) } }

    /// The value of a metric by the beginning of its line.
    func metric(_ start: String) -> Double? {
        for line in work.metrics.split(separator: "\n") where line.hasPrefix(start) {
            return line.split(separator: " ").last.flatMap { Double($0) }
        }
        return nil
    }
}
