internal import Basics
internal import PodEngine
internal import PodModel

/// The drivers and the runtime of the simulated node.
extension World {
    mutating func perform(_ action: PodAction) {
        if isVerbose, action != .persist {
            print("   ", clock.nanoseconds / 1_000_000, "->", action)
        }
        books.note(action, machine, runs, at: clock)
        switch action {
        case .mountVolumes: act(.mount(failure(faults.mount, "FailedMount")))
        case .createSandbox(let attempt):
            act(.createSandbox(attempt, failure(faults.sandbox, "FailedCreatePodSandBox")))
        case .stopSandbox(let attempt):
            act(.stopSandbox(attempt, failure(faults.stopSandbox, "KillPodSandboxError")))
        case .tearDown: act(.tearDown(failure(faults.tearDown, "FailedUnmount")))
        case .pullImage(let container, let image): pull(container, image)
        case .createContainer(let run, let image):
            let isBad = countDown(&createFailures, run.container)
            let fault = isBad ? 100 : faults.create
            act(.create(run, image, failure(fault, "CreateContainerError")))
        case .startContainer(let run):
            let isBad = countDown(&startFailures, run.container)
            act(.start(run, failure(isBad ? 100 : faults.start, "RunContainerError")))
        case .resizeContainers(let runs):
            let granted = runs.map(granted)
            act(.resize(runs, granted, failure(faults.resize, "ResizeError")))
        case .runHook(let run, let hook): runHook(run, hook)
        case .runProbe(let run, let kind): probe(run, kind)
        case .sendStopSignal(let run): signal(run)
        case .kill(let run): kill(run)
        case .removeContainer(let run, _): remove(run)
        case .recordEvent(let event): if keepsTrace { events.append(event) }
        case .finished: finishes += 1
        case .persist, .cancelPull: break
        }
    }

    private func granted(_ run: ContainerRun) -> ResourceRequirements {
        machine.allocatedPod.container(named: run.container)?.resources ?? ResourceRequirements()
    }

    private mutating func act(_ effect: Effect) {
        agenda.add(.effect(effect, epoch: epoch), at: clock + lag(latency))
    }

    private mutating func answer(_ event: PodEvent, after delay: Duration) {
        agenda.add(.answer(event, epoch: epoch), at: clock + delay)
    }

    /// With a latency above 10 ms the operations take a random part of it.
    private mutating func lag(_ limit: Duration) -> Duration {
        limit > .milliseconds(10) ? dice.time(upTo: limit) : limit
    }

    private mutating func failure(_ percent: Int, _ reason: String) -> StepFailure? {
        guard percent > 0, dice.chance(percent) else { return nil }
        return StepFailure(reason: reason, message: "simulated failure")
    }

    private func countDown(_ counters: inout [String: Int], _ name: String) -> Bool {
        guard let left = counters[name], left > 0 else { return false }
        counters[name] = left - 1
        return true
    }

    private mutating func pull(_ container: String, _ image: String) {
        if keepsTrace { trace.add(.pulling, container, 0, clock) }
        let fails = badImages.contains(image) || failure(faults.pull, "") != nil
        let result: Result<ImageIdentity, StepFailure> =
            fails
            ? .failure(StepFailure(reason: "ErrImagePull", message: "manifest unknown"))
            : .success(
                ImageIdentity(
                    reference: image,
                    id: "sha256:" + image,
                    message: "Container image \"\(image)\" already present on machine",
                    wasPulled: false
                )
            )
        answer(.imagePulled(container: container, image: image, result), after: lag(pullTime))
    }

    // MARK: What happens

    mutating func happen(_ what: Happening) {
        switch what {
        case .answer(let event, let asked):
            guard asked == epoch else { return }
            books.answered(event)
            deliver(event)
        case .effect(let effect, let asked):
            guard asked == epoch else { return }
            let isSilent = faults.silence > 0 && dice.chance(faults.silence)
            if isSilent, dice.chance(50) { return }
            let event = take(effect)
            if !isSilent { deliver(event) }
        case .ends(let run, let code, let ticket):
            guard let index = runs.firstIndex(where: { $0.run == run }),
                runs[index].ticket == ticket, runs[index].isRunning
            else { return }
            end(index, code: code, reason: code == 0 ? "Completed" : "Error")
            report(index)
        case .intervene(let number): due.append(number)
        }
    }

    /// Carries out an operation of the runtime and gives its answer.
    @discardableResult
    mutating func take(_ effect: Effect) -> PodEvent {
        switch effect {
        case .mount(let failure):
            hasVolumes = hasVolumes || failure == nil
            return .volumesMounted(failure)
        case .createSandbox(let attempt, let failure):
            if let failure { return .sandboxCreated(attempt: attempt, .failure(failure)) }
            let made = Sandbox(attempt: attempt, podIPs: ["10.88.0.\(attempt + 2)"])
            sandbox = made
            books.newSandbox(attempt)
            return .sandboxCreated(attempt: attempt, .success(made))
        case .stopSandbox(let attempt, let failure):
            if failure == nil, sandbox?.attempt == attempt { sandbox = nil }
            return .sandboxStopped(attempt: attempt, failure)
        case .create(let run, let image, let failure): return create(run, image, failure)
        case .start(let run, let failure): return start(run, failure)
        case .tearDown(let failure):
            if failure == nil { hasVolumes = false }
            return .tornDown(failure)
        case .resize(let resized, let granted, let failure):
            for (run, resources) in zip(resized, granted) where failure == nil {
                guard let index = runs.firstIndex(where: { $0.run == run && $0.isRunning }) else {
                    continue
                }
                runs[index].resources = resources
            }
            return .containersResized(resized, failure)
        }
    }

    private mutating func create(
        _ run: ContainerRun,
        _ image: ImageIdentity,
        _ failure: StepFailure?
    ) -> PodEvent {
        if let failure { return .containerCreated(run, .failure(failure)) }
        if runs.contains(where: { $0.run == run }) {
            books.blame("\(run) is made twice", clock)
        }
        let id = "\(run.container)-\(run.attempt)"
        var made = SimulatedRun(run: run, id: id, image: image, state: .created)
        made.resources = granted(run)
        runs.append(made)
        return .containerCreated(run, .success(CreatedContainer(id: id)))
    }

    private mutating func start(_ run: ContainerRun, _ failure: StepFailure?) -> PodEvent {
        guard let index = runs.firstIndex(where: { $0.run == run }) else {
            return .containerStarted(
                run,
                failure ?? StepFailure(reason: "RunContainerError", message: "no such container")
            )
        }
        if let failure {
            runs[index].state = .exited(
                ContainerExit(
                    code: 128,
                    reason: "StartError",
                    startedAt: nil,
                    finishedAt: moment.wall
                )
            )
            return .containerStarted(run, failure)
        }
        books.started(run, runs, at: clock)
        let behaviour = script(run.container, run.attempt)
        tickets += 1
        runs[index].behaviour = behaviour
        runs[index].state = .running(startedAt: moment.wall)
        runs[index].began = clock
        runs[index].ticket = tickets
        if keepsTrace {
            trace.add(.starting, run.container, run.attempt, clock)
            trace.add(.started, run.container, run.attempt, clock)
        }
        if let lasts = behaviour.lasts {
            agenda.add(
                .ends(run, code: behaviour.exitCode, ticket: tickets),
                at: clock + lasts
            )
        }
        return .containerStarted(run, nil)
    }

    mutating func end(_ index: Int, code: Int, reason: String) {
        guard case .running(let startedAt) = runs[index].state else { return }
        let run = runs[index].run
        runs[index].state = .exited(
            ContainerExit(
                code: code,
                reason: reason,
                startedAt: startedAt,
                finishedAt: moment.wall
            )
        )
        if keepsTrace { trace.add(.exiting, run.container, run.attempt, clock, code: code) }
        books.ended(run, code: code, at: clock)
    }

    /// Tells the engine, if there is one, of an exit.
    mutating func report(_ index: Int) {
        guard case .exited(let exit) = runs[index].state else { return }
        deliver(.containerExited(runs[index].run, exit))
    }

    // MARK: Hooks, probes, signals

    private func find(_ run: ContainerRun) -> SimulatedRun? {
        runs.first { $0.run == run }
    }

    private mutating func runHook(_ run: ContainerRun, _ hook: Hook) {
        guard let found = find(run), found.isRunning else {
            return answer(.hookFinished(run, hook, .failed("not running")), after: latency)
        }
        if keepsTrace {
            trace.add(hook == .postStart ? .postStart : .preStop, run.container, run.attempt, clock)
        }
        let script = hook == .postStart ? found.behaviour.postStart : found.behaviour.preStop
        guard let takes = script.takes else { return }
        let outcome: HookOutcome = script.fails ? .failed("exit status 1") : .succeeded
        answer(.hookFinished(run, hook, outcome), after: takes)
    }

    private mutating func probe(_ run: ContainerRun, _ kind: ProbeKind) {
        guard let found = find(run), found.isRunning else {
            return answer(.probeFinished(run, kind, .error("not running")), after: latency)
        }
        if keepsTrace {
            let line: Trace.Kind =
                switch kind {
                case .startup: .startup
                case .liveness: .liveness
                case .readiness: .readiness
                }
            trace.add(line, run.container, run.attempt, clock)
        }
        var outcome = found.behaviour.probe(kind)
            .outcome(after: clock - found.began, dice: dice.below(100))
        if isCalm, case .error = outcome { outcome = .success }
        answer(.probeFinished(run, kind, outcome), after: lag(latency))
    }

    private mutating func signal(_ run: ContainerRun) {
        if keepsTrace { trace.add(.signalled, run.container, run.attempt, clock) }
        guard let found = find(run), found.isRunning, let stop = found.behaviour.stopTime else {
            return
        }
        let code = found.behaviour.stopCode
        agenda.add(.ends(run, code: code, ticket: found.ticket), at: clock + stop)
    }

    private mutating func kill(_ run: ContainerRun) {
        if keepsTrace { trace.add(.killed, run.container, run.attempt, clock) }
        guard let found = find(run), found.isRunning else { return }
        if faults.kill > 0, dice.chance(faults.kill) { return }
        let at = clock + found.behaviour.killTime
        agenda.add(.ends(run, code: 137, ticket: found.ticket), at: at)
    }

    private mutating func remove(_ run: ContainerRun) {
        guard let index = runs.firstIndex(where: { $0.run == run }) else { return }
        // The driver kills what still runs of it, as after a start that nobody answered.
        end(index, code: 137, reason: "Error")
        runs.remove(at: index)
    }
}
