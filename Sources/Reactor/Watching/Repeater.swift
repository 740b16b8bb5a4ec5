internal import Basics

/// Runs a step again and again on the loop, with the pause that each step asks for.
@MainLoop public final class Repeater {
    private var task: Task<Void, Never>?

    /// Makes a repeater that does nothing yet.
    public init() {}

    isolated deinit {
        task?.cancel()
    }

    /// Begins with a first step; one that was begun before ends.
    ///
    /// Each step returns the pause until the next, or `nil` to end. A step that is under way when the
    /// repeater ends sees itself cancelled.
    public func start(_ step: @escaping () async -> Duration?) {
        task?.cancel()
        task = Task { @MainLoop in
            while !Task.isCancelled {
                guard let pause = await step() else { return }
                do throws(Failure) {
                    try await Loop.main.sleep(for: pause)
                } catch {
                    return
                }
            }
        }
    }

    /// Takes no further step.
    public func stop() {
        task?.cancel()
        task = nil
    }
}
