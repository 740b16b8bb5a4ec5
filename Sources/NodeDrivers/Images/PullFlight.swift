internal import Basics
internal import PodEngine
internal import Reactor

/// One pull under way, and everybody who waits for it.
///
/// It is cancelled when the last of them has gone.
@MainLoop final class PullFlight {
    /// What makes two pulls the same: the reference and the logins that may be used.
    struct Key: Hashable, Sendable {
        var reference: ImageReference
        var credentials: [RegistryCredential]
    }

    typealias Outcome = Result<ImageRecord, SkopeoFailure>

    /// Whether nobody waits any more, so that a newcomer must begin anew.
    private(set) var isAbandoned = false
    private var task: Task<Void, Never>?
    private var outcome: Outcome?
    private var waiters: [Int: CheckedContinuation<Outcome, Never>] = [:]
    private var listeners: [Int: (String) -> Void] = [:]
    private var counter = 0

    /// Begins; `ended` is called before the waiters learn of the outcome.
    func start(
        ended: @escaping @MainLoop () -> Void,
        _ body: @escaping @MainLoop (_ progress: @escaping (String) -> Void) async -> Outcome
    ) {
        task = Task { @MainLoop [self] in
            let outcome = await body { [self] line in
                for listener in listeners.values { listener(line) }
            }
            self.outcome = outcome
            ended()
            for waiter in waiters.values { waiter.resume(returning: outcome) }
            waiters = [:]
        }
    }

    /// Waits for the outcome; a waiter that is cancelled gets `cancelled` at once.
    func wait(_ progress: ((String) -> Void)?) async -> Outcome {
        if let outcome { return outcome }
        counter += 1
        let number = counter
        listeners[number] = progress
        defer { listeners[number] = nil }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(returning: Self.cancelled)
                    abandonIfEmpty()
                } else {
                    waiters[number] = continuation
                }
            }
        } onCancel: {
            Task { @MainLoop in leave(number) }
        }
    }

    private func leave(_ number: Int) {
        guard let waiter = waiters.removeValue(forKey: number) else { return }
        waiter.resume(returning: Self.cancelled)
        abandonIfEmpty()
    }

    private func abandonIfEmpty() {
        guard waiters.isEmpty else { return }
        isAbandoned = true
        task?.cancel()
    }

    private static let cancelled: Outcome = .failure(
        SkopeoFailure(.cancelled, "the pull was cancelled")
    )
}
