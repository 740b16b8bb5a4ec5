internal import Basics
internal import PodModel

/// Starting one container: back-off, pull, create, start, postStart (semantics section 1.6).
extension PodMachine {
    /// Whether nothing holds the start of that container back; says in its status what does.
    mutating func mayStart(_ index: Int, afterStop: Bool) -> Bool {
        let record = records[index]
        if let retry = record.retryAt, now.instant < retry { return false }
        if let end = crashHold(index, afterStop: afterStop), now.instant < end {
            if hold(index, until: end, as: crashError(index)) {
                self.record(
                    "BackOff",
                    "Back-off restarting failed container \(plan.containers[index].name) "
                        + "in pod \(plan.fullName)",
                    of: index,
                    warning: true
                )
            }
            return false
        }
        let image = plan.containers[index].image
        if let backoff = imageBackoffs[image], now.instant < backoff.until {
            let text = "Back-off pulling image \"\(image)\""
            let error = StepFailure(
                reason: "ImagePullBackOff",
                message: "\(text): \(backoff.failure.reason): \(backoff.failure.message)"
            )
            if hold(index, until: backoff.until, as: error) {
                self.record("BackOff", text, of: index)
                self.record("Failed", "Error: ImagePullBackOff", of: index, warning: true)
            }
            return false
        }
        return true
    }

    /// The end of the crash-loop back-off that applies to the next start, if any.
    ///
    /// A container that this pass has stopped is judged by the run before, as the kubelet judges it by
    /// the state it saw when the pass began.
    private func crashHold(_ index: Int, afterStop: Bool) -> Instant? {
        guard settings.mutation != .noBackoff, let crash = records[index].crash,
            let end = crashBase(index, afterStop: afterStop)
        else { return nil }
        return crash.until(end: end)
    }

    /// When the run ended that the back-off of the next start counts from.
    private func crashBase(_ index: Int, afterStop: Bool) -> Instant? {
        let record = records[index]
        if record.state == .absent { return index == restartTrigger ? record.ended?.at : nil }
        return (afterStop ? record.previous : record.ended)?.at
    }

    private func crashError(_ index: Int) -> StepFailure {
        let delay = records[index].crash?.delay.components.seconds ?? 0
        return StepFailure(
            reason: "CrashLoopBackOff",
            message: "back-off \(ShortDuration.text(seconds: delay)) restarting failed "
                + "container=\(plan.containers[index].name) pod=\(plan.fullName)"
        )
    }

    /// Notes what holds a start back; false if it was noted before.
    private mutating func hold(
        _ index: Int,
        until end: Instant,
        as error: StepFailure
    ) -> Bool {
        guard records[index].heldUntil != end || records[index].error?.reason != error.reason else {
            return false
        }
        records[index].heldUntil = end
        records[index].error = error
        isDirty = true
        return true
    }

    /// Begins the start of one container, unless something holds it back after all.
    mutating func begin(_ start: PlannedStart) {
        let index = start.index
        guard !records[index].isRunning, mayStart(index, afterStop: start.afterStop) else { return }
        if records[index].state == .created, isPresent(index) { return startMade(index) }
        if let end = crashBase(index, afterStop: start.afterStop) {
            if records[index].crash == nil {
                records[index].crash = CrashBackoff(
                    now: now.instant,
                    initial: settings.crashLoopInitial,
                    maximum: settings.crashLoopMaximum
                )
            } else {
                records[index].crash?.advance(end: end, now: now.instant)
            }
        }
        records[index].heldUntil = nil
        pullAsked = plan.containers[index].image
        isPullAnnounced = false
        begin(step: .pull(index), within: settings.pullDeadline)
        emit(.pullImage(container: plan.containers[index].name, image: pullAsked))
    }

    // MARK: Pull

    /// A registry is being asked.
    mutating func pullBegan(_ name: String, _ image: String) {
        guard let index = plan.index(of: name), step == .pull(index), image == pullAsked else {
            return ignore("imagePullBegan not awaited")
        }
        announcePull(index)
    }

    private mutating func announcePull(_ index: Int) {
        guard !isPullAnnounced else { return }
        isPullAnnounced = true
        record("Pulling", "Pulling image \"\(pullAsked)\"", of: index)
    }

    /// The answer to `pullImage`.
    mutating func pulled(
        _ name: String,
        _ image: String,
        _ result: Result<ImageIdentity, StepFailure>
    ) {
        guard let index = plan.index(of: name), step == .pull(index), image == pullAsked else {
            return ignore("imagePulled not awaited")
        }
        switch result {
        case .failure(let failure): pullFailed(index, failure)
        case .success(let identity):
            imageBackoffs[image] = nil
            if identity.wasPulled { announcePull(index) }
            record(identity.standIn == nil ? "Pulled" : "StandIn", identity.message, of: index)
            guard image == plan.containers[index].image else {
                // The image was changed meanwhile: what counts is the spec of now.
                endStep()
                starts.insert(PlannedStart(index: index, afterStop: true), at: 0)
                return
            }
            pulling = identity
            book.mark(.pulled, index, records[index].attempt + 1, now.instant)
            begin(step: .create(index), within: settings.stepDeadline)
            emit(.createContainer(nextRun(index), identity))
        }
    }

    /// A pull has failed: the image is in back-off if a registry was asked, else tried again later.
    mutating func pullFailed(_ index: Int, _ failure: StepFailure) {
        endStep()
        let asked = ["ErrImagePull", "RegistryUnavailable", "SignatureValidationFailed"]
        if asked.contains(failure.reason) {
            announcePull(index)
            if imageBackoffs[pullAsked] == nil {
                imageBackoffs[pullAsked] = ImageBackoff(failure, now: now.instant)
            } else {
                imageBackoffs[pullAsked]?.advance(failure, now: now.instant)
            }
            records[index].retryAt = now.instant + Self.relist
        } else {
            records[index].retryAt = now.instant + Self.syncRetry
        }
        records[index].error = failure
        switch failure.reason {
        case "ErrImageNeverPull":
            record("ErrImageNeverPull", failure.message, of: index, warning: true)
        case "ImageInspectError", "InvalidImageName":
            record("InspectFailed", failure.message, of: index, warning: true)
        default:
            record(
                "Failed",
                "Failed to pull image \"\(pullAsked)\": \(failure.message)",
                of: index,
                warning: true
            )
        }
        record("Failed", "Error: \(failure.reason)", of: index, warning: true)
    }

    /// After a failed sync the kubelet tries again in 10 s.
    static let syncRetry = Duration.seconds(10)
    /// The kubelet looks again at what has just failed when its runtime list shows a change: 1 s.
    static let relist = Duration.seconds(1)

    // MARK: Create and start

    /// The answer to `createContainer`.
    mutating func created(_ run: ContainerRun, _ result: Result<CreatedContainer, StepFailure>) {
        guard let index = plan.index(of: run.container), run == nextRun(index) else {
            return sweep(result, run)
        }
        if abandoned == .create(index) {
            settleAbandoned()
            if case .success = result { records[index].attempt = run.attempt }
            return sweep(result, run)
        }
        guard step == .create(index) else { return sweep(result, run) }
        switch result {
        case .failure(let failure): createFailed(index, failure)
        case .success(let made):
            become(created: made, index, run)
            record("Created", "Container created", of: index)
            startMade(index)
        }
    }

    /// A container that nobody waits for any more is removed at once.
    private mutating func sweep(
        _ result: Result<CreatedContainer, StepFailure>,
        _ run: ContainerRun
    ) {
        ignore("containerCreated not awaited")
        guard case .success = result, settings.mutation != .leavesLateContainers else { return }
        if let index = plan.index(of: run.container), records[index].kept.contains(run.attempt) {
            return
        }
        emit(.removeContainer(run, withLogs: isDeleted))
    }

    mutating func become(created made: CreatedContainer, _ index: Int, _ run: ContainerRun) {
        if let ended = records[index].ended { records[index].previous = ended }
        for old in records[index].kept where old < run.attempt - 1 {
            let run = ContainerRun(plan.containers[index].name, attempt: old)
            emit(.removeContainer(run, withLogs: true))
        }
        records[index].kept.removeAll { $0 < run.attempt - 1 }
        records[index].kept.append(run.attempt)
        records[index].ended = nil
        records[index].state = .created
        records[index].attempt = run.attempt
        records[index].sandbox = sandbox?.attempt ?? -1
        records[index].id = made.id
        records[index].user = made.user
        records[index].image = pulling
        records[index].imageAsked = pullAsked
        apply(resourcesOf: index)
        records[index].startedAt = nil
        records[index].isUp = false
        records[index].isStarted = false
        records[index].isReady = false
        book.mark(.created, index, run.attempt, now.instant)
        isDirty = true
    }

    mutating func createFailed(_ index: Int, _ failure: StepFailure) {
        endStep()
        records[index].error = failure
        records[index].retryAt = now.instant + Self.syncRetry
        record("Failed", "Error: \(failure.message)", of: index, warning: true)
    }

    /// Starts a container that is made.
    private mutating func startMade(_ index: Int) {
        begin(step: .start(index), within: settings.stepDeadline)
        emit(.startContainer(run(index)))
    }

    /// The answer to `startContainer`.
    mutating func startAnswered(_ run: ContainerRun, _ failure: StepFailure?) {
        guard let index = plan.index(of: run.container), run == self.run(index),
            step == .start(index) || abandoned == .start(index)
        else { return ignore("containerStarted not awaited") }
        let wasAbandoned = abandoned == .start(index)
        if wasAbandoned { settleAbandoned() } else { endStep() }
        if let failure { return startFailed(index, failure) }
        record("Started", "Container started", of: index)
        book.mark(.started, index, run.attempt, now.instant)
        records[index].hasRun = true
        if index == restartTrigger { restartTrigger = nil }
        guard records[index].state == .created else {
            // Its end was reported first.
            records[index].error = nil
            return
        }
        records[index].state = .running
        records[index].startedAt = now.wall
        records[index].startedInstant = now.instant
        if wasAbandoned { return stopLatecomer(index) }
        bringUp(index)
    }

    /// Whether a container runs whose `postStart` has not ended (adopted in the middle of its start).
    func isOwedPostStart(_ index: Int) -> Bool {
        records[index].isRunning && !records[index].isUp && records[index].kill == nil
    }

    /// Runs `postStart`, if there is one, and then counts the container as up.
    mutating func bringUp(_ index: Int) {
        guard plan.containers[index].hasPostStart else { return becomeUp(index) }
        begin(step: .postStart(index), within: nil)
        emit(.runHook(run(index), .postStart))
    }

    /// The container could not be started: a run of it existed all the same and has ended with 128.
    mutating func startFailed(_ index: Int, _ failure: StepFailure) {
        if step == .start(index) { endStep() }
        record("Failed", "Error: \(failure.message)", of: index, warning: true)
        if records[index].state == .created {
            end(
                index,
                ContainerExit(
                    code: 128,
                    reason: "StartError",
                    message: failure.message,
                    startedAt: nil,
                    finishedAt: now.wall
                )
            )
        }
        records[index].error = StepFailure(
            reason: failure.reason.isEmpty ? "RunContainerError" : failure.reason,
            message: failure.message
        )
        records[index].retryAt = now.instant + Self.relist
    }

    /// The container runs and its hook, if any, has succeeded: from here on it is probed.
    mutating func becomeUp(_ index: Int) {
        records[index].isUp = true
        records[index].error = nil
        records[index].retryAt = nil
        beginProbes(index)
        isDirty = true
    }

    // MARK: Hooks

    /// The answer to `runHook`.
    mutating func hookFinished(_ run: ContainerRun, _ hook: Hook, _ outcome: HookOutcome) {
        guard let index = plan.index(of: run.container), run == self.run(index),
            records[index].isRunning
        else { return ignore("hookFinished of a run that is over") }
        switch hook {
        case .postStart:
            guard step == .postStart(index) else { return ignore("postStart not awaited") }
            endStep()
            book.mark(.postStartDone, index, run.attempt, now.instant)
            guard case .failed(let message) = outcome else { return becomeUp(index) }
            postStartFailed(index, message)
        case .preStop:
            guard records[index].kill?.stage == .preStop else {
                return ignore("preStop not awaited")
            }
            if case .failed = outcome {
                record("FailedPreStopHook", "PreStopHook failed", of: index, warning: true)
            }
            finishPreStop(index)
        }
    }

    private mutating func postStartFailed(_ index: Int, _ message: String) {
        record("FailedPostStartHook", "PostStartHook failed", of: index, warning: true)
        records[index].error = StepFailure(reason: "PostStartHookError", message: message)
        begin(step: .stop(index), within: nil)
        stop(index, reason: .postStartFailed, grace: plan.grace, ordered: false)
    }
}
