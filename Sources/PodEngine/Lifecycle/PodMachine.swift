public import Basics
public import PodModel

/// The life of one pod as a pure state machine: events go in, actions come out.
///
/// It reproduces the kubelet's serial pod worker (semantics sections 1 to 12): a *pass* decides what
/// is to be done and does it as a chain of blocking steps - volumes, sandbox, then each container
/// strictly in order: back-off, pull, create, start, postStart. While a step is outstanding nothing
/// else is decided about the pod, save that a termination abandons the step. Where the kubelet polls
/// its runtime each second, the machine reacts to events at once.
///
/// No clock, randomness, descriptor or thread: the same events at the same moments give the same
/// actions. Late, duplicate and impossible events are dropped and counted in `ignoredEvents`.
public struct PodMachine: Sendable {
    /// The pod as last handed in.
    public internal(set) var pod: Pod
    var plan: PodPlan
    let settings: EngineSettings
    var stage = Stage.syncing
    var records: [ContainerRecord]

    var step: Step?
    /// When an unanswered step counts as failed.
    var stepUntil: Instant?
    /// A step that a termination has abandoned and whose answer must still be awaited.
    var abandoned: Step?
    var abandonedUntil: Instant?
    /// What the pass under way still has to stop and to start.
    var stops: [Condemned] = []
    var starts: [PlannedStart] = []

    var sandbox: Sandbox?
    var isSandboxLost = false
    /// The number of the next sandbox.
    var sandboxAttempt = 0
    /// The last known addresses; they stay in the status when the sandbox has gone.
    var podIPs: [String] = []
    var hasVolumes = false
    /// A failed pod-level step is not tried again before this.
    var retryAt: Instant?
    var failures = 0
    var pulling: ImageIdentity?
    /// The image reference being pulled, and whether the event `Pulling` has been recorded.
    var pullAsked = ""
    var isPullAnnounced = false
    var imageBackoffs: [String: ImageBackoff] = [:]
    /// Why the node cannot give what the spec asks for, if it cannot.
    var resizeRefusal: String?
    /// Why the last resize failed, and when it is tried again.
    var resizeFailure: StepFailure?
    var resizeRetryAt: Instant?

    var termination: Termination?
    var interlude: Interlude?
    /// Forced by eviction or deadline, with reason and message.
    var verdict: Verdict?
    /// The terminal phase once published.
    var finalPhase: PodPhase?
    /// What `status.phase` said last while it was not terminal.
    var shownPhase = PodPhase.pending
    var isDeleted = false
    /// The inits have been through once.
    var hasInitialised = false
    /// The dead runs were removed.
    var hasSwept = false
    /// A container whose exit asked for all containers to run again, until it has been started.
    var restartTrigger: Int?
    var isRestartingAll = false
    var restartsOfAll = 0

    var now = Moment(instant: .zero, wall: Timestamp(nanoseconds: 0))
    var hasBegun = false
    /// An event was handled by this very machine, not only by the one that wrote the ledger.
    var hasHandled = false
    /// It was restored from a ledger and has not been told yet what the runtime shows.
    var awaitsAdoption = false
    var startTime: Timestamp?
    var startInstant = Instant.zero
    var conditions: [TrackedCondition] = []
    var book: TimelineBook

    var actions: [PodAction] = []
    var isDirty = false
    /// Events that were dropped, by reason.
    public internal(set) var ignoredEvents: [String: Int] = [:]

    /// A machine for a pod that has never run.
    ///
    /// Its first event is `woken`.
    public init(pod: Pod, settings: EngineSettings = .standard) {
        self.pod = pod
        self.settings = settings
        plan = PodPlan(pod)
        records = plan.containers.map { container in
            var record = ContainerRecord()
            record.allocated = container.resources
            return record
        }
        book = TimelineBook(names: plan.containers.map(\.name), limit: settings.timelineRuns)
    }

    /// Takes one event and says what is to be done about it.
    ///
    /// A moment that lies before that of the last event counts as that one. The result begins with
    /// `persist` if the status or the ledger has changed.
    public mutating func handle(_ event: PodEvent, at moment: Moment) -> [PodAction] {
        if awaitsAdoption, moment.instant < now.instant { rebase(to: moment) }
        now = Moment(instant: max(now.instant, moment.instant), wall: moment.wall)
        if awaitsAdoption, !event.isAdoption {
            ignore("event before adoption")
            return []
        }
        begin()
        // Before the event, or a start that is answered at that very moment would run its hook.
        if !event.isAdoption { checkDeadline() }
        apply(event)
        hasHandled = true
        progress()
        trackConditions()
        trackWaits()
        var result = actions
        if isDirty { result.insert(.persist, at: 0) }
        actions = []
        isDirty = false
        return result
    }

    /// Whether nothing is left to be done: the containers, the sandbox and the volumes are gone.
    public var isFinished: Bool { stage == .finished }

    private mutating func begin() {
        guard !hasBegun else { return }
        hasBegun = true
        isDirty = true
        if startTime == nil {
            startTime = now.wall
            startInstant = now.instant
        }
        book.begin(now.instant)
        if pod.metadata.deletionTimestamp != nil {
            isDeleted = true
            beginTermination(
                .deleted,
                grace: max(1, pod.metadata.deletionGracePeriodSeconds ?? plan.grace)
            )
        }
    }

    /// Does everything that has become possible.
    mutating func progress() {
        expireSteps()
        checkDeadline()
        advanceKills()
        switch stage {
        case .syncing: sync()
        case .terminating: terminate()
        case .finished: break
        }
        runProbes()
    }

    // MARK: Details

    mutating func emit(_ action: PodAction) {
        actions.append(action)
    }

    mutating func ignore(_ reason: String) {
        ignoredEvents[reason, default: 0] += 1
    }

    mutating func record(
        _ reason: String,
        _ message: String,
        of container: Int? = nil,
        warning: Bool = false
    ) {
        emit(
            .recordEvent(
                EventRecord(
                    isWarning: warning,
                    reason: reason,
                    message: message,
                    fieldPath: container.map { plan.containers[$0].fieldPath } ?? ""
                )
            )
        )
    }

    func run(_ index: Int) -> ContainerRun {
        ContainerRun(plan.containers[index].name, attempt: records[index].attempt)
    }

    /// The run that the next creation of that container makes.
    func nextRun(_ index: Int) -> ContainerRun {
        let next = settings.mutation == .reusesAttempts ? 0 : records[index].attempt + 1
        return ContainerRun(plan.containers[index].name, attempt: next)
    }

    mutating func begin(step next: Step, within limit: Duration?) {
        step = next
        stepUntil = limit.map { now.instant + $0 }
        isDirty = true
    }

    mutating func endStep() {
        step = nil
        stepUntil = nil
        isDirty = true
    }
}

/// A container that a pass has condemned to be stopped on its own.
struct Condemned: Sendable, Hashable {
    var index: Int
    var reason: Kill.Reason
    var restarts: Bool
}

/// A container that a pass is to start.
struct PlannedStart: Sendable, Hashable {
    var index: Int
    /// It was stopped in this very pass, so that its back-off is judged by the run before.
    var afterStop = false
}

/// A forced end of the pod.
struct Verdict: Sendable, Hashable {
    var reason: String
    var message: String
}
