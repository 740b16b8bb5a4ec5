internal import Basics
internal import PodModel

extension PodMachine {
    /// Takes in what happened; what follows from it is left to `progress`.
    mutating func apply(_ event: PodEvent) {
        switch event {
        case .specChanged(let pod): changeSpec(pod)
        case .deletionRequested(let grace): requestDeletion(grace: grace)
        case .evicted(let reason, let message, let grace): evict(reason, message, grace: grace)
        case .adopted(let observation): adopt(observation)
        case .dependenciesChanged: retryNow()
        case .woken: break
        case .volumesMounted(let failure): volumesMounted(failure)
        case .sandboxCreated(let attempt, let result): sandboxCreated(attempt, result)
        case .sandboxLost(let attempt): sandboxLost(attempt)
        case .sandboxStopped(let attempt, let failure): sandboxStopped(attempt, failure)
        case .tornDown(let failure): tornDown(failure)
        default: applyToContainer(event)
        }
    }

    private mutating func applyToContainer(_ event: PodEvent) {
        switch event {
        case .imagePullBegan(let name, let image): pullBegan(name, image)
        case .imagePulled(let name, let image, let result): pulled(name, image, result)
        case .containerCreated(let run, let result): created(run, result)
        case .containerStarted(let run, let failure): startAnswered(run, failure)
        case .containerExited(let run, let exit): exited(run, exit)
        case .containersResized(let runs, let failure): resized(runs, failure)
        case .hookFinished(let run, let hook, let outcome): hookFinished(run, hook, outcome)
        case .probeFinished(let run, let kind, let outcome): probeFinished(run, kind, outcome)
        default: ignore("unknown event")
        }
    }

    private mutating func changeSpec(_ changed: Pod) {
        let next = PodPlan(changed)
        guard plan.isExtended(by: next) else {
            return ignore("spec change adds or removes containers")
        }
        let old = plan
        pod = changed
        plan = next
        isDirty = true
        for added in next.containers.dropFirst(records.count) {
            records.append(ContainerRecord())
            records[records.count - 1].allocated = added.resources
            book.add(added.name)
        }
        for index in old.containers.indices
        where old.containers[index].image != next.containers[index].image {
            records[index].crash = nil
            records[index].heldUntil = nil
            records[index].retryAt = nil
        }
        retryNow()
        if pod.metadata.deletionTimestamp != nil, !isDeleted {
            requestDeletion(grace: pod.metadata.deletionGracePeriodSeconds ?? plan.grace)
        }
    }

    /// Forgets the waits that follow a failed step; back-offs stay.
    private mutating func retryNow() {
        retryAt = nil
        for index in records.indices { records[index].retryAt = nil }
    }

    private mutating func requestDeletion(grace: Int) {
        isDirty = isDirty || !isDeleted
        isDeleted = true
        guard stage != .finished else {
            for index in records.indices { removeRuns(index, withLogs: true) }
            return emit(.finished)
        }
        beginTermination(.deleted, grace: max(1, grace))
    }

    private mutating func evict(_ reason: String, _ message: String, grace: Int?) {
        guard stage == .syncing else { return ignore("evicted while terminating") }
        if reason == "Evicted" { record("Evicted", message, warning: true) }
        verdict = Verdict(reason: reason, message: message)
        beginTermination(.evicted, grace: max(1, grace ?? plan.grace))
    }

    /// Ends the pod when it has been active for longer than it may (semantics section 24).
    mutating func checkDeadline() {
        guard stage == .syncing, let end = deadline, now.instant >= end else { return }
        let text = "Pod was active on the node longer than the specified deadline"
        record("DeadlineExceeded", text)
        verdict = Verdict(reason: "DeadlineExceeded", message: text)
        beginTermination(.evicted, grace: max(1, plan.grace))
    }

    var deadline: Instant? {
        plan.activeDeadline.map { startInstant + .seconds(max(0, $0)) }
    }

    // MARK: Steps that are never answered

    /// Treats a step whose answer is overdue as failed; a later answer is dropped.
    mutating func expireSteps() {
        if let end = abandonedUntil, now.instant >= end { giveUpAbandoned() }
        guard let end = stepUntil, now.instant >= end, let step else { return }
        let late = StepFailure(
            reason: "",
            message: "no answer within the time allowed for this step"
        )
        switch step {
        case .mountVolumes: volumesMounted(late)
        case .createSandbox(let attempt): sandboxCreated(attempt, .failure(late))
        case .stopSandbox(let attempt): sandboxStopped(attempt, late)
        case .tearDown: tornDown(late)
        case .resize: resizeFailed(late)
        case .pull(let index):
            emit(.cancelPull(container: plan.containers[index].name, image: pullAsked))
            pullFailed(index, StepFailure(reason: "ErrImagePull", message: late.message))
        case .create(let index):
            discardUnanswered(index, reason: "CreateContainerError", late.message)
        case .start(let index):
            discardUnanswered(index, reason: "RunContainerError", late.message)
        case .postStart, .stop: stepUntil = nil
        }
    }

    /// The runtime does not say whether the container exists: it is swept away and its number skipped.
    private mutating func discardUnanswered(_ index: Int, reason: String, _ message: String) {
        let isStart = step == .start(index)
        let lost = isStart ? run(index) : nextRun(index)
        emit(.kill(lost))
        emit(.removeContainer(lost, withLogs: false))
        if isStart {
            startFailed(index, StepFailure(reason: reason, message: message))
            records[index].kept.removeAll { $0 == lost.attempt }
        } else {
            records[index].attempt = lost.attempt
            createFailed(index, StepFailure(reason: reason, message: message))
        }
    }

    private mutating func giveUpAbandoned() {
        if let index = abandoned?.container {
            let isStart = abandoned == .start(index)
            let lost = isStart ? run(index) : nextRun(index)
            emit(.kill(lost))
            emit(.removeContainer(lost, withLogs: false))
            records[index].kept.removeAll { $0 == lost.attempt }
            if isStart { records[index].state = .absent }
        }
        record("FailedKillPod", "a step of the pod's start was not answered", warning: true)
        abandoned = nil
        abandonedUntil = nil
        isDirty = true
    }
}
