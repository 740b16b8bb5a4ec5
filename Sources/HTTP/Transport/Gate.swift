import Reactor

/// A one-time signal that tasks wait for.
@MainLoop final class Gate {
    private var isOpen = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Lets all tasks pass, now and later.
    func open() {
        isOpen = true
        let tasks = waiting
        waiting = []
        for task in tasks { task.resume() }
    }

    /// Waits until the gate is open or the task is cancelled.
    func pass() async {
        await withTaskCancellationHandler {
            if isOpen || Task.isCancelled { return }
            await withCheckedContinuation { waiting.append($0) }
        } onCancel: {
            Task { @MainLoop in self.open() }
        }
    }
}
