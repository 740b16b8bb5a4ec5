internal import Reactor

/// Lets a number of tasks work at a time, the others in the order in which they came.
@MainLoop final class Turnstile {
    private let limit: Int
    private var inside = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(limit: Int) {
        precondition(limit > 0, "nobody could pass")
        self.limit = limit
    }

    /// Runs a body when it is its turn.
    func pass<Value, Problem: Error>(
        _ body: () async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        if inside < limit {
            inside += 1
        } else {
            // The one that leaves hands its place over.
            await withCheckedContinuation { waiting.append($0) }
        }
        defer {
            if waiting.isEmpty { inside -= 1 } else { waiting.removeFirst().resume() }
        }
        return try await body()
    }
}
