internal import Basics
internal import NodeDrivers
internal import Reactor
internal import System

/// The lock of a directory of an engine: one engine at a time.
struct NodeLock {
    private let descriptor: Int32

    /// How long a lock may outlive its engine: a program that was being started at its death holds the
    /// descriptor until it is executed.
    private static let patience = Duration.seconds(3)

    /// Makes the directories of an engine and takes the lock of its root.
    ///
    /// - Throws: `Failure` that names the process which holds it.
    @MainLoop static func root(_ layout: NodeLayout) async throws(Failure) -> Self {
        do {
            try Files.makeDirectories(layout.root, mode: 0o711)
            try Files.makeDirectories(layout.runRoot, mode: 0o711)
        } catch {
            throw Failure(
                "cannot use \(layout.root) and \(layout.runRoot)",
                error,
                remedy: "choose directories that can be written with --root and --run-root"
            )
        }
        return try await Self(layout.lock, of: layout.root, option: "--root")
    }

    /// Takes the lock of the run root, once it is what it will be for the engine's life.
    ///
    /// The namespaces and sockets of all pods lie there: an engine of another root would remove them as
    /// strangers.
    ///
    /// - Throws: `Failure` that names the process which holds it.
    @MainLoop static func runRoot(_ layout: NodeLayout) async throws(Failure) -> Self {
        try await Self(layout.runRoot + "/lock", of: layout.runRoot, option: "--run-root")
    }

    /// Takes a lock; the kernel gives it back when the process ends, however it ends.
    @MainLoop private init(
        _ path: String,
        of directory: String,
        option: String
    ) async throws(Failure) {
        do {
            let deadline = Loop.main.now + Self.patience
            var held = try FileLock.take(path)
            while held == nil, !Self.hasLivingOwner(path), Loop.main.now < deadline {
                try await Loop.main.sleep(for: .milliseconds(10))
                held = try FileLock.take(path)
            }
            guard let held else {
                let owner = (try? Files.text(path)) ?? ""
                let name = owner.isEmpty ? "another engine" : "the engine with process ID \(owner)"
                throw Failure(
                    .conflict,
                    "cannot start an engine on \(directory)",
                    cause: "\(name) uses it",
                    remedy: "talk to that engine, or choose another directory with \(option)"
                )
            }
            descriptor = held
        } catch let error as SystemError {
            throw Failure(
                "cannot lock \(path)",
                error,
                remedy: "\(directory) must be writable"
            )
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.internalError, "cannot lock \(path)", cause: "\(error)")
        }
    }

    /// Whether the engine that wrote its number into the lock still exists.
    private static func hasLivingOwner(_ path: String) -> Bool {
        guard let text = try? Files.text(path), let pid = Int32(text) else { return false }
        return Files.exists("/proc/\(pid)")
    }

    /// Gives the lock back.
    func release() {
        Descriptors.close(descriptor)
    }
}
