import Basics
import Synchronization

extension Loop {
    /// Runs a call that blocks on one of four worker threads and returns with its result.
    ///
    /// Work that has not begun when the task is cancelled is skipped; what has begun is waited for.
    /// - Throws: What `body` throws; `Failure` with code `cancelled`.
    public nonisolated func offload<T: Sendable>(
        _ body: @escaping @Sendable () throws -> T
    ) async throws -> T {
        let isCancelled = Flag()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                workers.submit {
                    if isCancelled.isRaised {
                        continuation.resume(throwing: Failure(.cancelled, "the work was cancelled"))
                    } else {
                        continuation.resume(with: Result { try body() })
                    }
                }
            }
        } onCancel: {
            isCancelled.raise()
        }
    }

    /// Runs `body` and cancels it when the time is over.
    ///
    /// The call returns when `body` has; a body that ends well just in time has succeeded. The failure
    /// tells what was being done: `pull image "web"`.
    /// - Throws: `Failure` with code `timedOut`, or what `body` throws.
    @MainLoop public func withDeadline<T: Sendable>(
        _ limit: Duration,
        _ what: String,
        _ body: @escaping @MainLoop @Sendable () async throws -> T
    ) async throws -> T {
        let task = Task { @MainLoop in try await body() }
        var isLate = false
        let timer = call(at: now + limit) { outcome in
            guard case .timedOut = outcome else { return }
            isLate = true
            task.cancel()
        }
        defer { waits.finish(timer, .cancelled) }
        do {
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch {
            guard isLate else { throw error }
            throw Failure(
                .timedOut,
                "cannot \(what)",
                cause: "not done within \(limit.inSeconds) s"
            )
        }
    }
}

/// A mark that any thread sets and any thread reads.
final class Flag: Sendable {
    private let value = Atomic<Bool>(false)

    var isRaised: Bool { value.load(ordering: .acquiring) }

    func raise() {
        value.store(true, ordering: .releasing)
    }
}
