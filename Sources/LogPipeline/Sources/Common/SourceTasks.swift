import Basics
import Reactor

/// The tasks of a source: its listener's and its connections'.
///
/// They are cancelled when the source is to finish, and `wait` returns when the last has ended.
@MainLoop final class SourceTasks {
    private var tasks: [Int: Task<Void, Never>] = [:]
    private var nextID = 0
    private var waiting: CheckedContinuation<Void, Never>?
    /// Whether the source was told to finish.
    private(set) var isFinishing = false
    /// When it must have.
    private(set) var deadline: Instant?

    /// How many there are.
    var count: Int { tasks.count }

    /// Begins a task.
    func add(_ body: @escaping @MainLoop () async -> Void) {
        let id = nextID
        nextID += 1
        let task = Task { @MainLoop in
            await body()
            self.end(id)
        }
        tasks[id] = task
        if isFinishing { task.cancel() }
    }

    /// Begins a task that is not told to come to its end: it does what is left to be done.
    func addLast(_ body: @escaping @MainLoop () async -> Void) {
        let id = nextID
        nextID += 1
        tasks[id] = Task { @MainLoop in
            await body()
            self.end(id)
        }
    }

    /// Tells all to come to their end.
    func finish(by deadline: Instant) {
        isFinishing = true
        self.deadline = deadline
        for task in tasks.values { task.cancel() }
    }

    /// Makes a source ready to run again.
    func reset() {
        for task in tasks.values { task.cancel() }
    }

    /// Waits until there is none.
    func wait() async {
        guard !tasks.isEmpty else { return }
        await withCheckedContinuation { waiting = $0 }
    }

    private func end(_ id: Int) {
        tasks[id] = nil
        guard tasks.isEmpty, let waiting else { return }
        self.waiting = nil
        waiting.resume()
    }
}
