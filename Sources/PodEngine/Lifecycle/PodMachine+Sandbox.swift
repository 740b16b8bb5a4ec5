internal import Basics

extension PodMachine {
    /// Between two tries of a step of the whole pod: 1, 2, 4, 8 and then 10 s.
    private mutating func scheduleRetry() {
        failures += 1
        retryAt = now.instant + .seconds(min(10, 1 << min(failures - 1, 4)))
    }

    private mutating func stepSucceeded() {
        failures = 0
        retryAt = nil
    }

    /// The answer to `mountVolumes`.
    mutating func volumesMounted(_ failure: StepFailure?) {
        if abandoned == .mountVolumes { return settleAbandoned() }
        guard step == .mountVolumes else { return ignore("volumesMounted not awaited") }
        endStep()
        guard let failure else {
            hasVolumes = true
            return stepSucceeded()
        }
        record(
            failure.reason.isEmpty ? "FailedMount" : failure.reason,
            failure.message,
            warning: true
        )
        scheduleRetry()
    }

    /// The answer to `createSandbox`.
    mutating func sandboxCreated(_ attempt: Int, _ result: Result<Sandbox, StepFailure>) {
        let wasAbandoned = abandoned == .createSandbox(attempt)
        guard wasAbandoned || step == .createSandbox(attempt) else {
            return ignore("sandboxCreated not awaited")
        }
        if wasAbandoned { settleAbandoned() } else { endStep() }
        switch result {
        case .success(let made):
            sandbox = made
            isSandboxLost = false
            sandboxAttempt = attempt + 1
            if !made.podIPs.isEmpty { podIPs = made.podIPs }
            stepSucceeded()
        case .failure(let failure):
            record(
                "FailedCreatePodSandBox",
                "Failed to create pod sandbox: " + failure.message,
                warning: true
            )
            scheduleRetry()
        }
    }

    /// The sandbox has vanished under the pod.
    mutating func sandboxLost(_ attempt: Int) {
        guard let sandbox, sandbox.attempt == attempt else {
            return ignore("sandboxLost of another sandbox")
        }
        isSandboxLost = true
        isDirty = true
    }

    /// The answer to `stopSandbox`.
    mutating func sandboxStopped(_ attempt: Int, _ failure: StepFailure?) {
        let wasAbandoned = abandoned == .stopSandbox(attempt)
        guard wasAbandoned || step == .stopSandbox(attempt) else {
            return ignore("sandboxStopped not awaited")
        }
        if wasAbandoned { settleAbandoned() } else { endStep() }
        guard let failure else {
            forgetSandbox()
            return stepSucceeded()
        }
        record("FailedKillPod", "error killing pod: " + failure.message, warning: true)
        scheduleRetry()
    }

    /// The answer to `tearDown`.
    mutating func tornDown(_ failure: StepFailure?) {
        guard step == .tearDown else { return ignore("tornDown not awaited") }
        endStep()
        guard let failure else {
            stage = .finished
            hasVolumes = false
            if isDeleted {
                for index in records.indices { removeRuns(index, withLogs: true) }
            }
            return emit(.finished)
        }
        record("FailedKillPod", "error cleaning up pod: " + failure.message, warning: true)
        scheduleRetry()
    }

    /// A step of the whole pod may be tried now.
    var mayTry: Bool {
        retryAt.map { now.instant >= $0 } ?? true
    }

    mutating func settleAbandoned() {
        abandoned = nil
        abandonedUntil = nil
        isDirty = true
    }

    private mutating func forgetSandbox() {
        sandbox = nil
        isSandboxLost = false
        if stage == .syncing {
            hasVolumes = false
            for index in records.indices { records[index].isDone = false }
        }
        isDirty = true
    }
}
