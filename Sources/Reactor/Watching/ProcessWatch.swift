import System

/// Calls back once when a process of any parent has ended, unless it is cancelled or dropped before.
///
/// A task in `processExit` does the same and costs about 8 KiB, this a tenth of it.
@MainLoop public final class ProcessWatch {
    private var descriptor: Int32

    /// Watches a process; nil if there is none, or no way to watch it.
    public init?(pid: Int32, _ body: @escaping () -> Void) {
        do throws(SystemError) {
            descriptor = try Processes.watch(pid).release()
        } catch {
            return nil
        }
        do throws(SystemError) {
            _ = try Loop.main.call(when: descriptor, .reading) { [weak self] outcome in
                guard case .ready = outcome, let self else { return }
                self.cancel()
                body()
            }
        } catch {
            cancel()
            return nil
        }
    }

    isolated deinit {
        cancel()
    }

    /// Forgets the process; one that has ended is left alone.
    public func cancel() {
        guard descriptor >= 0 else { return }
        let number = descriptor
        descriptor = -1
        Loop.main.waits.abandon(number)
        Descriptors.close(number)
    }
}
