internal import Basics
internal import PodModel

/// Taking over a pod from an earlier engine: the ledger says what was meant, the runtime what is.
extension PodMachine {
    /// The first event of a restored machine.
    mutating func adopt(_ observation: PodObservation) {
        guard awaitsAdoption || !hasHandled else { return ignore("adopted twice") }
        awaitsAdoption = false
        isDirty = true
        let interrupted = step
        let given = abandoned
        endStep()
        settleAbandoned()
        removeStrangers(observation)
        adoptSandbox(observation.sandbox, interrupted ?? given)
        for index in records.indices {
            let name = plan.containers[index].name
            adopt(
                index,
                observation.containers.filter { $0.run.container == name }
                    .sorted { $0.run.attempt < $1.run.attempt },
                wasStarting: interrupted == .start(index) || given == .start(index)
            )
        }
        for index in records.indices where records[index].isRunning { resume(index, interrupted) }
        if stage == .terminating {
            hasSwept = false
            for index in records.indices where records[index].isRunning {
                if records[index].kill == nil { stopLatecomer(index) }
            }
        }
        if pod.metadata.deletionTimestamp != nil, !isDeleted {
            isDeleted = true
            let grace = pod.metadata.deletionGracePeriodSeconds ?? plan.grace
            if stage == .finished { return emit(.finished) }
            beginTermination(.deleted, grace: max(1, grace))
        }
    }

    /// After a boot the monotonic clock starts again: what the ledger has of it is brought forward.
    mutating func rebase(to moment: Moment) {
        let passed = startTime.map { max(Duration.zero, moment.wall - $0) } ?? .zero
        startInstant = moment.instant + (.zero - passed)
        book.restore(
            zero: moment.instant + (.zero - max(passed, .milliseconds(book.length)))
        )
        termination?.since = moment.instant
        for index in records.indices {
            records[index].ended?.at = moment.instant
            records[index].previous?.at = moment.instant
            records[index].startedInstant = moment.instant
            records[index].kill?.since = moment.instant
            records[index].kill?.until = moment.instant
        }
        now = moment
    }

    private mutating func adoptSandbox(_ seen: Sandbox?, _ interrupted: Step?) {
        if let seen, seen.attempt >= sandboxAttempt || sandbox?.attempt == seen.attempt {
            sandbox = seen
            sandboxAttempt = max(sandboxAttempt, seen.attempt + 1)
            if !seen.podIPs.isEmpty { podIPs = seen.podIPs }
            return
        }
        if sandbox != nil {
            isSandboxLost = true
        } else if stage == .terminating, case .createSandbox(let attempt)? = interrupted {
            // It may be half made: have it taken down.
            sandbox = Sandbox(attempt: attempt, podIPs: [])
        }
    }

    /// Containers that are not of this pod, by their names.
    private mutating func removeStrangers(_ observation: PodObservation) {
        for seen in observation.containers where plan.index(of: seen.run.container) == nil {
            discard(seen)
        }
    }

    private mutating func discard(_ seen: PodObservation.Container) {
        if case .running = seen.state { emit(.kill(seen.run)) }
        emit(.removeContainer(seen.run, withLogs: isDeleted))
    }

    // MARK: One container

    private mutating func adopt(
        _ index: Int,
        _ seen: [PodObservation.Container],
        wasStarting: Bool
    ) {
        let known = records[index].attempt
        records[index].kept = seen.map(\.run.attempt)
        for old in seen where old.run.attempt < known {
            if case .exited = old.state, old.run.attempt == known - 1, stage == .syncing {
                continue
            }
            records[index].kept.removeAll { $0 == old.run.attempt }
            discard(old)
        }
        if let newest = seen.last, newest.run.attempt > known {
            for middle in seen.dropLast() where middle.run.attempt >= known {
                records[index].kept.removeAll { $0 == middle.run.attempt }
                discard(middle)
            }
            return adopt(index, unknown: newest)
        }
        adopt(index, known: seen.last { $0.run.attempt == known }, wasStarting: wasStarting)
        if settings.mutation == .forgetsFinishedInits, records[index].isDone {
            records[index].isDone = false
            records[index].state = .absent
        }
        if settings.mutation == .forgetsRunning, records[index].isRunning {
            records[index].state = .absent
        }
    }

    /// A run that the ledger does not know yet: its creation was under way.
    private mutating func adopt(_ index: Int, unknown seen: PodObservation.Container) {
        if case .running = seen.state {
        } else if stage != .syncing || sandbox == nil || isSandboxLost {
            records[index].attempt = seen.run.attempt
            records[index].kept.removeAll { $0 == seen.run.attempt }
            return discard(seen)
        }
        if stage == .finished { return discard(seen) }
        let kept = records[index].kept
        pulling = seen.image
        if pullAsked.isEmpty { pullAsked = plan.containers[index].image }
        become(created: CreatedContainer(id: seen.id), index, seen.run)
        records[index].kept = kept.filter { $0 >= seen.run.attempt - 1 }
        adopt(index, known: seen, wasStarting: true)
    }

    private mutating func adopt(
        _ index: Int,
        known seen: PodObservation.Container?,
        wasStarting: Bool
    ) {
        switch (records[index].state, seen?.state) {
        case (.created, .running(let startedAt)):
            records[index].state = .running
            records[index].startedAt = startedAt
            records[index].startedInstant = now.instant
            records[index].hasRun = true
            if index == restartTrigger { restartTrigger = nil }
            record("Started", "Container started", of: index)
            book.mark(.started, index, records[index].attempt, now.instant)
        case (.created, .created) where stage != .syncing:
            guard let seen else { return }
            records[index].state = .absent
            records[index].kept.removeAll { $0 == seen.run.attempt }
            discard(seen)
        case (.running, .exited(let exit)), (.created, .exited(let exit)):
            if records[index].state == .created { records[index].hasRun = true }
            end(index, exit)
        case (.created, nil) where !wasStarting:
            // It never ran, and is gone: as if it had not been made.
            records[index].state = .absent
        case (.running, nil), (.created, nil):
            end(index, Self.vanished(records[index].startedAt, now.wall))
        case (.exited, .running), (.absent, .running):
            guard let seen else { return }
            discard(seen)
            records[index].kept.removeAll { $0 == seen.run.attempt }
        case (.absent, .created), (.absent, .exited):
            guard let seen else { return }
            discard(seen)
            records[index].kept.removeAll { $0 == seen.run.attempt }
        case (.created, .created), (.running, .running), (.running, .created), (.exited, _),
            (.absent, nil):
            break
        }
    }

    private static func vanished(_ startedAt: Timestamp?, _ wall: Timestamp) -> ContainerExit {
        ContainerExit(
            code: 137,
            reason: "ContainerStatusUnknown",
            message: "The container could not be located when the engine came back",
            startedAt: startedAt,
            finishedAt: wall
        )
    }

    /// A container that runs on: it is probed again, and a stop under way goes on.
    private mutating func resume(_ index: Int, _ interrupted: Step?) {
        let record = records[index]
        if record.isUp {
            if record.isStarted {
                addProbes(index, ready: record.isReady)
            } else if let startup = plan.containers[index].startup {
                records[index].probes = [
                    ProbeMachine(kind: .startup, plan: startup, started: record.startedInstant)
                ]
            }
        }
        guard let kill = record.kill else { return }
        for position in records[index].probes.indices
        where records[index].probes[position].kind != .readiness {
            records[index].probes[position].hold()
        }
        if stage == .syncing, kill.reason != .pod { begin(step: .stop(index), within: nil) }
        switch kill.stage {
        case .preStop: if kill.until > now.instant { emit(.runHook(run(index), .preStop)) }
        case .signalled:
            // The signal may have been lost with the engine: once more, and never without the floor.
            emit(.sendStopSignal(run(index)))
            records[index].kill?.until = max(kill.until, now.instant + .seconds(Kill.floor))
        case .killed:
            records[index].kill?.stage = .signalled
            records[index].kill?.until = now.instant
        case .turn: break
        }
        if settings.mutation == .forgetsGrace {
            records[index].kill?.grace = plan.grace
            records[index].kill?.since = now.instant
            records[index].kill?.until = now.instant + .seconds(plan.grace)
        }
    }
}
