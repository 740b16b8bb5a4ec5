package import Basics
package import PodModel

/// Cheap looks into the machine for the simulator, which checks it after every event.
extension PodMachine {
    /// The phase that the status shows.
    package var shownPhaseNow: PodPhase { phase }

    /// Whether the pod is being stopped for good.
    package var isTerminating: Bool { stage == .terminating }

    /// Whether a blocking step is outstanding, or the answer of an abandoned one is awaited.
    package var isBusy: Bool { step != nil || abandoned != nil }

    /// Until when the shared grace of the pod's stop lasts, if it is being stopped.
    package var graceEnd: Instant? {
        termination.map { $0.since + .seconds($0.grace) }
    }

    /// The flags and the restart count of a container, by its position: inits, mains, ephemeral ones.
    package func flags(_ index: Int) -> (started: Bool, ready: Bool, restarts: Int) {
        (records[index].isStarted, records[index].isReady, max(0, records[index].attempt))
    }

    /// How many containers the machine knows of.
    package var containerCount: Int { records.count }

    /// Whether everything that can run runs and has started, and nothing is under way.
    package var isAtRest: Bool {
        stage == .syncing && step == nil && interlude == nil && !isSandboxLost && !isResizing
            && records.indices.allSatisfy { index in
                let record = records[index]
                return switch plan.containers[index].kind {
                case .initial: record.isDone
                case .ephemeral: record.kill == nil && !shouldRun(index)
                case .sidecar, .main:
                    record.kill == nil
                        && (record.isStarted || (record.state == .exited && !shouldRun(index)))
                }
            }
    }

    /// How often all containers were torn down to run again, counted by this very machine.
    package var fullRestarts: Int { restartsOfAll }

    /// Whether a container is being stopped, by its position.
    package func isStopping(_ index: Int) -> Bool { records[index].kill != nil }
}
