package import Basics
internal import Formats
package import PodEngine
package import PodModel

/// A simulated node with one pod on it: a runtime, a clock and an engine that may die at any event.
///
/// Everything that happens is decided by the scripts and the dice, so the same seed gives the same
/// history. The world keeps its own books of what really runs and checks the machine against them.
package struct World: Sendable {
    /// How often and how the drivers fail, in percent of the operations.
    package struct Faults: Sendable {
        package var mount = 0
        package var sandbox = 0
        package var pull = 0
        package var create = 0
        package var start = 0
        package var stopSandbox = 0
        package var tearDown = 0
        /// Answers that never come, whether or not the operation was done.
        package var silence = 0
        /// SIGKILLs that have no effect.
        package var kill = 0
        package var resize = 0

        package init() {}
        package static let none = Faults()
    }

    package internal(set) var machine: PodMachine
    package internal(set) var trace = Trace()
    package internal(set) var events: [EventRecord] = []
    package internal(set) var clock = Instant(nanoseconds: 1_000_000_000_000)
    package var wallOffset = Duration.seconds(1_700_000_000)
    package var pod: Pod
    package var settings: EngineSettings
    package var script: @Sendable (String, Int) -> Behaviour
    package var faults = Faults.none
    package var dice: Dice
    /// How long the operations of the drivers take at most.
    package var latency = Duration.milliseconds(2)
    package var pullTime = Duration.milliseconds(5)
    /// Images that cannot be had.
    package var badImages: Set<String> = []
    /// How many creations and starts of a container still fail.
    package var createFailures: [String: Int] = [:]
    package var startFailures: [String: Int] = [:]
    package var keepsTrace = true
    /// Prints every event and action.
    package var isVerbose = false
    /// Probes that cannot be carried out can be from now on.
    package var isCalm = false

    var agenda = Agenda()
    var runs: [SimulatedRun] = []
    var sandbox: Sandbox?
    var hasVolumes = false
    var epoch = 0
    var tickets = 0
    /// The last state that was stored.
    var stored: PodMachine?
    package internal(set) var isUp = true
    package internal(set) var finishes = 0
    package var books: Books
    package internal(set) var phases: [PodPhase] = []
    package internal(set) var handled = 0

    package init(
        _ pod: Pod,
        settings: EngineSettings = .standard,
        seed: UInt64 = 1,
        script: @escaping @Sendable (String, Int) -> Behaviour
    ) {
        self.pod = pod
        self.settings = settings
        self.script = script
        dice = Dice(seed: seed)
        machine = PodMachine(pod: pod, settings: settings)
        books = Books(pod, settings)
    }

    /// Changes the settings before the pod's life begins.
    package mutating func useSettings(_ changed: EngineSettings) {
        settings = changed
        machine = PodMachine(pod: pod, settings: changed)
    }

    package var moment: Moment {
        Moment(
            instant: clock,
            wall: Timestamp(nanoseconds: clock.nanoseconds) + wallOffset
        )
    }

    package var status: PodStatus { machine.status }

    // MARK: Time

    /// Begins the pod's life.
    package mutating func begin() { deliver(.woken) }

    /// Lets time pass until `isDone` says so or the limit has passed; true if it said so.
    @discardableResult
    package mutating func run(
        for limit: Duration,
        until isDone: (borrowing World) -> Bool = { _ in false }
    ) -> Bool {
        let end = clock + limit
        var idle = 0
        while !isDone(self) {
            guard books.violations.isEmpty else { return false }
            let wake = isUp ? machine.nextWake : nil
            let next = [agenda.first, wake].compactMap(\.self).min()
            guard let next, next <= end else {
                clock = max(clock, end)
                return isDone(self)
            }
            idle = next <= clock ? idle + 1 : 0
            if idle > 10_000 {
                books.blame("the machine wakes without end", clock)
                return false
            }
            clock = max(clock, next)
            if let first = agenda.first, first <= clock, let entry = agenda.pop() {
                happen(entry.what)
            } else {
                deliver(.woken)
            }
        }
        return true
    }

    /// Runs until the pod has come to its end.
    @discardableResult
    package mutating func runToEnd(within limit: Duration = .seconds(3600)) -> Bool {
        run(for: limit) { $0.machine.isFinished }
    }

    // MARK: The engine

    /// Hands an event to the machine and carries out what it asks for.
    package mutating func deliver(_ event: PodEvent) {
        guard isUp else { return }
        handled += 1
        if isVerbose { print(clock.nanoseconds / 1_000_000, event) }
        let actions = machine.handle(event, at: moment)
        if actions.first == .persist { stored = machine }
        books.follow(machine)
        if let crash = books.crash, handled >= crash.at {
            books.crash = nil
            let kept = actions.count > 1 ? crash.performed % actions.count : actions.count
            for action in actions.prefix(kept) { perform(action) }
            return engineDies()
        }
        for action in actions { perform(action) }
        books.check(machine, at: clock)
        if keepsTrace, phases.last != machine.shownPhaseNow { phases.append(machine.shownPhaseNow) }
    }

    /// The engine is killed: what it was waiting for is lost, what the runtime was doing may be done.
    package mutating func engineDies() {
        guard isUp else { return }
        isUp = false
        epoch += 1
        books.engineDied(machine)
        for entry in agenda.all.sorted(by: { $0.at < $1.at }) {
            if case .effect(let effect, _) = entry.what, dice.chance(50) { take(effect) }
        }
        agenda.removeAll { what in
            switch what {
            case .effect, .answer: true
            case .ends, .intervene: false
            }
        }
    }

    /// The engine starts again from what was stored last.
    package mutating func engineStarts() {
        guard !isUp else { return }
        isUp = true
        guard let stored else {
            machine = PodMachine(pod: pod, settings: settings)
            return deliver(.adopted(observation))
        }
        let ledger = stored.snapshot
        do {
            let same = try PodMachine(pod: stored.pod, snapshot: ledger, settings: settings)
            if same.snapshot != ledger { books.blame("the ledger does not round-trip", clock) }
            // Ephemeral containers may have been added since.
            machine = try PodMachine(pod: pod, snapshot: ledger, settings: settings)
        } catch {
            return books.blame("the ledger cannot be read: \(error)", clock)
        }
        books.engineStarted(stored, runs, at: clock)
        deliver(.adopted(observation))
        books.engineAdopted(machine, at: clock)
    }

    /// What the runtime shows.
    var observation: PodObservation {
        PodObservation(
            sandbox: sandbox,
            containers: runs.map { run in
                PodObservation.Container(
                    run: run.run,
                    id: run.id,
                    imageIdentity: run.image,
                    state: run.state
                )
            }
        )
    }

    /// The node loses power: every process and the sandbox are gone, dead containers stay on disk.
    package mutating func reboot() {
        if isUp { engineDies() }
        sandbox = nil
        hasVolumes = false
        for index in runs.indices where runs[index].isRunning {
            end(index, code: 255, reason: "Error")
        }
        runs.removeAll { $0.state == .created }
        clock = clock + .seconds(30)
    }

    /// The runtime has collected all dead containers while the engine was away.
    package mutating func forgetDead() {
        runs.removeAll { !$0.isRunning }
    }

    /// The node's store is gone while the engine was away.
    package mutating func loseLedger() { stored = nil }

    /// The sandbox vanishes; its containers die with it.
    package mutating func loseSandbox(exitsFirst: Bool = false) {
        guard let lost = sandbox else { return }
        sandbox = nil
        if !exitsFirst { deliver(.sandboxLost(attempt: lost.attempt)) }
        let dying = runs.filter(\.isRunning).map(\.run)
        for run in dying {
            guard let index = runs.firstIndex(where: { $0.run == run }) else { continue }
            end(index, code: 137, reason: "Error")
            report(index)
        }
        if exitsFirst { deliver(.sandboxLost(attempt: lost.attempt)) }
    }

    /// The object is deleted.
    package mutating func delete(grace: Int? = nil) {
        let grace = grace ?? pod.spec.terminationGracePeriodSeconds
        pod.metadata.deletionTimestamp = pod.metadata.deletionTimestamp ?? moment.wall
        if let before = pod.metadata.deletionGracePeriodSeconds {
            pod.metadata.deletionGracePeriodSeconds = min(before, grace)
        } else {
            pod.metadata.deletionGracePeriodSeconds = grace
        }
        books.deleted(grace: grace, at: clock)
        deliver(.deletionRequested(grace: grace))
    }

    /// The spec is changed.
    package mutating func change(_ edit: (inout Pod) -> Void) {
        edit(&pod)
        deliver(.specChanged(pod))
    }

    /// A container is to have other resources.
    package mutating func resize(_ name: String, cpu: String) {
        let wanted = Make.resources(cpu: cpu)
        change { pod in
            pod.metadata.generation += 1
            for index in pod.spec.initContainers.indices
            where pod.spec.initContainers[index].name == name {
                pod.spec.initContainers[index].resources = wanted
            }
            for index in pod.spec.containers.indices where pod.spec.containers[index].name == name {
                pod.spec.containers[index].resources = wanted
            }
        }
    }

    /// The resources that a running container has; nil if it does not run.
    package func resources(of name: String) -> ResourceRequirements? {
        runs.first { $0.run.container == name && $0.isRunning }?.resources
    }

    /// An ephemeral container is added to the pod.
    package mutating func addEphemeral(_ name: String) {
        books.added(name)
        change { pod in
            pod.metadata.generation += 1
            let container = Make.container(name)
            pod.spec.ephemeralContainers.append(EphemeralContainer(container: container))
        }
    }

    /// Something from outside happens later.
    package mutating func later(_ delay: Duration, _ number: Int) {
        agenda.add(.intervene(number), at: clock + delay)
    }

    /// The runs that the runtime still keeps.
    package var leftovers: [ContainerRun] { runs.map(\.run) }

    /// Numbers of the interventions whose time has come, for the schedule to carry out.
    package internal(set) var due: [Int] = []

    package mutating func takeDue() -> Int? { due.isEmpty ? nil : due.removeFirst() }
}

/// A container as the simulated runtime has it.
struct SimulatedRun: Sendable {
    var run: ContainerRun
    var id: String
    var image: ImageIdentity
    var state: PodObservation.State
    var began = Instant.zero
    var ticket = 0
    var behaviour = Behaviour()
    var killsLost = 0
    /// What its control group says.
    var resources = ResourceRequirements()

    var isRunning: Bool {
        if case .running = state { true } else { false }
    }
}
