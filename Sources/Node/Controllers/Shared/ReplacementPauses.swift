internal import Basics
internal import ObjectStore
internal import Reactor

/// Keeps owners from replacing pods that fail again and again without any pause.
///
/// A pod that the node rejects fails in no time, and so would the next. The first failure costs a
/// second, each further one twice the pause before, a minute at most. Not kept over a restart.
@MainLoop final class ReplacementPauses {
    private var pauses: [String: Backoff] = [:]
    /// The failed pods that were noted, so that each counts once.
    private var noted: [String: Set<String>] = [:]

    private static let policy = Backoff.Policy(
        initial: .seconds(1),
        cap: .seconds(60),
        resetAfter: .seconds(600)
    )

    /// Notes the pods of an owner, and tells how long it has to wait before it makes another.
    ///
    /// - Returns: nil if it need not wait.
    func wait(for owner: String, pods: [PodFacts], at now: Instant) -> Duration? {
        let failed = Set(pods.filter { $0.phase == "Failed" }.map(\.uid))
        let new = failed.subtracting(noted[owner] ?? [])
        noted[owner] = failed.isEmpty ? nil : failed
        if !new.isEmpty {
            var pause = pauses[owner] ?? Backoff(Self.policy)
            _ = pause.next(at: now)
            pauses[owner] = pause
        }
        guard let rest = pauses[owner]?.remaining(at: now), rest > .zero else { return nil }
        return rest
    }

    func forget(_ owner: String) {
        pauses[owner] = nil
        noted[owner] = nil
    }
}
