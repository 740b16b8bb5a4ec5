internal import Basics
internal import Formats
package import PodEngine
internal import PodModel

/// One random life of one random pod, from its seed.
///
/// Three acts: *trouble* - faults, crashes of the engine, a lost sandbox, changed images, jumps of
/// the wall clock at random moments; *calm* - nothing fails any more, and the pod must come to rest
/// within 30 minutes; *end* - it is deleted, at a random moment of either act, and must be gone.
package struct Schedule {
    package let seed: UInt64
    package private(set) var world: World
    private var dice: Dice
    private var isDown = false

    /// What a schedule has shown.
    package struct Outcome: Sendable {
        package var seed: UInt64
        package var violations: [String]
        package var events: Int

        /// What to tell about a schedule that broke a rule: what, and how to see it again.
        package var report: String {
            "seed \(seed): \(violations.first ?? "")\n"
                + "  again: REMORA_SEED=\(seed) swift test --disable-xctest --filter SimulationTests"
        }
    }

    /// The pod as YAML-readable JSON, for a report.
    package var podText: String { world.pod.json.text() }

    package init(seed: UInt64, mutation: Mutation? = nil, keepsTrace: Bool = false) {
        self.seed = seed
        dice = Dice(seed: seed)
        let random = RandomPod(&dice)
        var settings = EngineSettings(hostIPs: ["192.0.2.1"])
        settings.allocatable = Make.resources(cpu: "32").limits
        settings.mutation = mutation
        world = World(random.pod, settings: settings, seed: dice.next(), script: random.script)
        world.keepsTrace = keepsTrace
        world.isVerbose = keepsTrace
        world.latency = dice.pick([.milliseconds(1), .milliseconds(50), .seconds(3)])
        world.pullTime = dice.pick([.zero, .milliseconds(200), .seconds(6)])
        if dice.chance(15) {
            world.faults.silence = 10
            settings.stepDeadline = .seconds(20)
            settings.pullDeadline = .seconds(20)
            world.useSettings(settings)
        }
        if dice.chance(40) {
            world.faults.mount = dice.pick([0, 0, 30])
            world.faults.sandbox = dice.pick([0, 0, 30])
            world.faults.pull = dice.pick([0, 0, 30])
            world.faults.create = dice.pick([0, 0, 20])
            world.faults.start = dice.pick([0, 0, 20])
            world.faults.stopSandbox = dice.pick([0, 0, 20])
            world.faults.tearDown = dice.pick([0, 0, 20])
            world.faults.kill = dice.pick([0, 0, 30])
            world.faults.resize = dice.pick([0, 0, 30])
        }
    }

    /// Plays the schedule and says what went wrong, if anything did.
    package mutating func play() -> Outcome {
        world.begin()
        let deletesInTrouble = dice.chance(50)
        trouble(deletes: deletesInTrouble)
        calmDown()
        if !deletesInTrouble { comeToRest() }
        end()
        return Outcome(
            seed: seed,
            violations: world.books.violations,
            events: world.handled
        )
    }

    private var isOver: Bool { world.machine.isFinished || !world.books.violations.isEmpty }

    // MARK: Acts

    private mutating func trouble(deletes: Bool) {
        var times = (0..<dice.below(6)).map { _ in dice.time(upTo: .seconds(90)) }.sorted()
        if deletes, times.isEmpty { times = [dice.time(upTo: .seconds(60))] }
        let begin = world.clock
        for (number, time) in times.enumerated() {
            let at = begin + time
            if at > world.clock { world.run(for: at - world.clock) }
            guard world.books.violations.isEmpty else { return }
            if deletes, number == times.count / 2 {
                world.delete(grace: dice.pick([nil, 0, 1, 3, 20, 60]))
                if dice.chance(30) {
                    world.run(for: dice.time(upTo: .seconds(4)))
                    world.delete(grace: dice.pick([0, 1, 2, 5]))
                }
                if dice.chance(40) {
                    world.run(for: dice.time(upTo: .seconds(6)))
                    restartEngine()
                }
            } else {
                disturb()
            }
        }
    }

    private mutating func disturb() {
        switch dice.below(17) {
        case 0...4: restartEngine()
        case 5:
            // The engine dies in the middle of one of the next events.
            let crash = Books.Crash(
                at: world.handled + 1 + dice.below(12),
                performed: dice.below(8)
            )
            world.books.crash = crash
            world.run(for: .seconds(20)) { !$0.isUp }
            world.books.crash = nil
            if !world.isUp {
                world.run(for: dice.time(upTo: .seconds(3)))
                world.engineStarts()
            }
        case 6: world.loseSandbox(exitsFirst: dice.chance(50))
        case 7:
            world.reboot()
            world.run(for: dice.time(upTo: .seconds(3)))
            world.engineStarts()
        case 8: changeImage()
        case 9: world.wallOffset += dice.pick([.seconds(-86_400), .seconds(3600), .seconds(-5)])
        case 10: world.deliver(.dependenciesChanged)
        case 11...13: addEphemeral()
        case 14, 15: resize()
        default: impossibleEvent()
        }
    }

    private mutating func restartEngine() {
        world.engineDies()
        world.run(for: dice.pick([.zero, .milliseconds(40), .seconds(1), .seconds(30)]))
        world.engineStarts()
    }

    private mutating func resize() {
        let inits = world.pod.spec.initContainers.filter(\.isSidecar)
        let names = (inits + world.pod.spec.containers).map(\.name)
        // The last is more than the node has.
        let cpu = dice.pick(["500m", "1", "2", "99"])
        let isAway = dice.chance(20)
        if isAway { world.engineDies() }
        world.resize(dice.pick(names), cpu: cpu)
        if isAway { world.engineStarts() }
    }

    private mutating func addEphemeral() {
        let count = world.pod.spec.ephemeralContainers.count
        guard count < RandomPod.ephemeralsMaximum else { return }
        // The API takes it while the engine is down, too.
        let isAway = dice.chance(20)
        if isAway { world.engineDies() }
        world.addEphemeral("e\(count)")
        if isAway { world.engineStarts() }
    }

    private mutating func changeImage() {
        let count = world.pod.spec.containers.count + world.pod.spec.initContainers.count
        let index = dice.below(count)
        let version = "img:\(2 + dice.below(3))"
        world.change { pod in
            pod.metadata.generation += 1
            if index < pod.spec.initContainers.count {
                pod.spec.initContainers[index].image = version
            } else {
                pod.spec.containers[index - pod.spec.initContainers.count].image = version
            }
        }
        world.books.imageChanged(index)
    }

    /// Late, duplicate and invented events must do nothing.
    private mutating func impossibleEvent() {
        let name = world.pod.spec.containers[0].name
        let run = ContainerRun(name, attempt: 90 + dice.below(3))
        let exit = ContainerExit(
            code: 0,
            reason: "Completed",
            startedAt: nil,
            finishedAt: world.moment.wall
        )
        let events: [PodEvent] = [
            .containerExited(run, exit),
            .containerStarted(run, nil),
            .hookFinished(run, .postStart, .succeeded),
            .probeFinished(run, .liveness, .failure("late")),
            .sandboxLost(attempt: 77),
            .sandboxStopped(attempt: 77, nil),
            .volumesMounted(nil),
            .tornDown(nil),
            .imagePulled(
                container: name,
                image: "other",
                .failure(StepFailure(reason: "ErrImagePull", message: ""))
            ),
            .containerExited(ContainerRun("stranger", attempt: 0), exit),
        ]
        let index = dice.below(events.count)
        // An answer that is awaited would be a lie, not a late answer.
        if world.machine.isBusy, index >= 6 { return }
        world.deliver(events[index])
    }

    private mutating func calmDown() {
        world.faults = .none
        world.isCalm = true
        world.books.crash = nil
        if !world.isUp { world.engineStarts() }
    }

    /// With nothing failing any more the pod either ends or runs with all its mains.
    private mutating func comeToRest() {
        guard !isOver else { return }
        world.run(for: .seconds(1800)) { $0.machine.isFinished || $0.machine.isAtRest }
        guard !isOver else { return }
        let status = world.machine.status
        if status.phase != .running || world.machine.isTerminating {
            world.books.blame("does not come to rest: \(status.phase)", world.clock)
        }
        checkResources()
    }

    /// Who runs has what was granted: what the spec says, unless the node has not so much.
    private mutating func checkResources() {
        let conditions = world.machine.status.conditions.map(\.type)
        if conditions.contains("PodResizeInProgress") {
            world.books.blame("the resize goes on for ever", world.clock)
        }
        let isRefused = conditions.contains("PodResizePending")
        let pod = isRefused ? world.machine.allocatedPod : world.pod
        let asked = world.pod.spec.containers + world.pod.spec.initContainers
        let isTooMuch = asked.contains { $0.resources == Make.resources(cpu: "99") }
        if isRefused != isTooMuch {
            world.books.blame("refused is \(isRefused), too much \(isTooMuch)", world.clock)
        }
        for container in pod.spec.initContainers.filter(\.isSidecar) + pod.spec.containers {
            guard let has = world.resources(of: container.name), has != container.resources else {
                continue
            }
            world.books.blame("\(container.name) has not the resources of its spec", world.clock)
        }
    }

    private mutating func end() {
        guard world.books.violations.isEmpty else { return }
        if !world.machine.isFinished || !world.pod.isDeleted {
            world.delete(grace: dice.pick([nil, 0, 5]))
        }
        world.runToEnd(within: .seconds(600))
        guard world.books.violations.isEmpty else { return }
        if !world.machine.isFinished { world.books.blame("the pod does not end", world.clock) }
        if !world.machine.shownPhaseNow.isFinal {
            world.books.blame("ends in \(world.machine.shownPhaseNow)", world.clock)
        }
        for run in world.leftovers { world.books.blame("\(run) is left at the end", world.clock) }
        world.books.checkTimeline(world.machine.timeline, at: world.clock)
    }
}

extension Pod {
    var isDeleted: Bool { metadata.deletionTimestamp != nil }
}

extension PodPhase {
    var isFinal: Bool { self == .succeeded || self == .failed }
}
