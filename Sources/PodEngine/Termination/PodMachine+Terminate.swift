internal import Basics
internal import PodModel

/// Stopping the whole pod (semantics sections 7 and 8).
extension PodMachine {
    /// Leaves the syncing stage, or shortens a termination under way.
    ///
    /// The step under way is abandoned: nothing new is started, but the answers of steps that may
    /// leave something behind are awaited before the sandbox is stopped.
    mutating func beginTermination(_ cause: Termination.Cause, grace: Int) {
        guard stage == .syncing else { return shortenTermination(to: grace) }
        stage = .terminating
        termination = Termination(cause: cause, grace: grace, since: now.instant)
        isDirty = true
        stops = []
        starts = []
        interlude = nil
        isRestartingAll = false
        retryAt = nil
        failures = 0
        abandonStep()
        // Turns are only looked at once all are marked, so that the first does not run ahead.
        for index in records.indices where records[index].isRunning {
            stop(index, reason: .pod, grace: grace, ordered: plan.hasSidecars)
        }
        advanceKills()
    }

    private mutating func shortenTermination(to grace: Int) {
        guard stage == .terminating, let current = termination,
            now.instant + .seconds(grace) < current.since + .seconds(current.grace)
        else { return ignore("grace not shorter") }
        termination?.grace = grace
        termination?.since = now.instant
        isDirty = true
        for index in records.indices { shorten(index, to: grace) }
        advanceKills()
    }

    private mutating func abandonStep() {
        switch step {
        case .pull(let index):
            emit(.cancelPull(container: plan.containers[index].name, image: pullAsked))
        case .mountVolumes, .createSandbox, .stopSandbox, .create, .start:
            abandoned = step
            abandonedUntil = now.instant + Self.abandonedPatience
        case .postStart(let index):
            // The container is stopped like any other that runs.
            records[index].isUp = false
        case .stop, .tearDown, .resize, nil: break
        }
        endStep()
    }

    /// How long the answer of an abandoned step is awaited.
    static let abandonedPatience = Duration.seconds(60)

    /// A container that was being started when the pod began to terminate runs after all.
    mutating func stopLatecomer(_ index: Int) {
        let left = termination.map { current in
            max(1, current.grace - Int((now.instant - current.since).components.seconds))
        }
        stop(index, reason: .pod, grace: left ?? 1, ordered: plan.hasSidecars)
        advanceKills()
    }

    /// The steps after the containers: sandbox, dead runs, volumes.
    mutating func terminate() {
        guard stage == .terminating, step == nil, abandoned == nil,
            !records.contains(where: \.isRunning)
        else { return }
        publishEnd()
        guard mayTry else { return }
        if let sandbox {
            begin(step: .stopSandbox(sandbox.attempt), within: settings.stepDeadline)
            emit(.stopSandbox(attempt: sandbox.attempt))
            // Dead runs need no network: they are removed while it is taken down.
            return sweep()
        }
        sweep()
        begin(step: .tearDown, within: settings.stepDeadline)
        emit(.tearDown)
    }
    /// Has the dead runs removed, once.
    private mutating func sweep() {
        guard !hasSwept else { return }
        hasSwept = true
        for index in records.indices { removeRuns(index, withLogs: isDeleted) }
    }
}
