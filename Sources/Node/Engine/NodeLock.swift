internal import Basics
internal import NodeDrivers
internal import System

/// The lock of a state directory: one engine at a time.
struct NodeLock {
    private let descriptor: Int32

    /// Takes the lock; the kernel gives it back when the process ends, however it ends.
    ///
    /// - Throws: `Failure` that names the process which holds it.
    init(_ layout: NodeLayout) throws(Failure) {
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
            guard let held = try FileLock.take(layout.lock) else {
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

    /// Gives the lock back.
    func release() {
        Descriptors.close(descriptor)
    }
}
