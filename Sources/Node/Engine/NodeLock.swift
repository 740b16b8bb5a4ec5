internal import Basics
internal import NodeDrivers
internal import Reactor
internal import System

/// The lock of a state directory: one engine at a time.
struct NodeLock {
    private let descriptor: Int32

    /// How long a lock may outlive its engine: a program that was being started at its death holds the
    /// descriptor until it is executed.
    private static let patience = Duration.seconds(3)

    /// Takes the lock; the kernel gives it back when the process ends, however it ends.
    ///
    /// - Throws: `Failure` that names the process which holds it.
    @MainLoop init(_ layout: NodeLayout) async throws(Failure) {
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
        do {
            let deadline = Loop.main.now + Self.patience
            var held = try FileLock.take(layout.lock)
            while held == nil, !Self.hasLivingOwner(layout), Loop.main.now < deadline {
                try await Loop.main.sleep(for: .milliseconds(10))
                held = try FileLock.take(layout.lock)
            }
            guard let held else {
                let owner = (try? Files.text(layout.lock)) ?? ""
                let name = owner.isEmpty ? "another engine" : "the engine with process ID \(owner)"
                throw Failure(
                    .conflict,
                    "cannot start an engine on \(layout.root)",
                    cause: "\(name) uses it",
                    remedy: "talk to that engine, or choose another directory with --root"
                )
            }
            descriptor = held
        } catch let error as SystemError {
            throw Failure(
                "cannot lock \(layout.lock)",
                error,
                remedy: "the state directory must be writable"
            )
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.internalError, "cannot lock \(layout.lock)", cause: "\(error)")
        }
    }

    /// Whether the engine that wrote its number into the lock still exists.
    private static func hasLivingOwner(_ layout: NodeLayout) -> Bool {
        guard let text = try? Files.text(layout.lock), let pid = Int32(text) else { return false }
        return Files.exists("/proc/\(pid)")
    }

    /// Gives the lock back.
    func release() {
        Descriptors.close(descriptor)
    }
}
