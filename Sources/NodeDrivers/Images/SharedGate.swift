internal import Reactor

/// Lets many makers in together, and a sweeper only alone.
@MainLoop final class SharedGate {
    private var inside = 0
    private var isSweeping = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Runs a body that makes things; it waits for a sweep to end first.
    func making<Value, Problem: Error>(
        _ body: () async throws(Problem) -> Value
    ) async throws(Problem) -> Value {
        while isSweeping { await withCheckedContinuation { waiting.append($0) } }
        inside += 1
        defer { inside -= 1 }
        return try await body()
    }

    /// Runs a body that removes what nothing names, unless somebody is making something.
    ///
    /// Returns nil without running it then: what is left over is swept another time.
    func sweeping<Value, Problem: Error>(
        _ body: () async throws(Problem) -> Value
    ) async throws(Problem) -> Value? {
        if inside > 0 || isSweeping { return nil }
        isSweeping = true
        defer {
            isSweeping = false
            let resumed = waiting
            waiting = []
            for continuation in resumed { continuation.resume() }
        }
        return try await body()
    }
}
