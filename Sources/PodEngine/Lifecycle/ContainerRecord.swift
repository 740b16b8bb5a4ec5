internal import Basics
internal import PodModel

/// All that the machine knows of one container of its pod.
struct ContainerRecord: Sendable {
    /// What the newest run is doing.
    enum State: String, Sendable, Hashable {
        /// There is none (yet, or no more after all containers were restarted).
        case absent
        /// Made, not known to run.
        case created
        case running
        case exited
    }

    /// A run that has ended.
    struct Ended: Sendable, Hashable {
        var attempt: Int
        var id: String
        var exit: ContainerExit
        var at: Instant
    }

    var state: State = .absent
    /// The newest run that was made; -1 before the first.
    var attempt = -1
    /// The sandbox that the newest run lives in.
    var sandbox = -1
    /// The runtime's ID of the newest run.
    var id = ""
    var image: ImageIdentity?
    /// The reference of the spec that the newest run was made for.
    var imageAsked = ""
    var user = ""
    var startedAt: Timestamp?
    var startedInstant = Instant.zero
    /// Whether the start has been answered, `postStart` included.
    var isUp = false
    /// How the newest run ended, if it has.
    var ended: Ended?
    /// The run before.
    var previous: Ended?
    /// Runs that the runtime still keeps, oldest first.
    var kept: [Int] = []

    /// The resources that were granted; those of the spec, unless the node cannot give these.
    var allocated = ResourceRequirements()
    /// The resources that the newest run has.
    var applied = ResourceRequirements()

    /// Startup probe passed, or none and up.
    var isStarted = false
    var isReady = false
    /// The last start error; what a waiting container shows.
    var error: StepFailure?
    /// A failed start is not tried again before this.
    var retryAt: Instant?
    /// Until when the back-off last shown holds the start back.
    var heldUntil: Instant?
    /// A regular init container that has finished well in this sandbox.
    var isDone = false
    /// It was killed to be run again, whatever its policy and exit code say.
    var mustRestart = false
    /// It ran at least once since the pod began.
    var hasRun = false
    var crash: CrashBackoff?
    var kill: Kill?
    var probes: [ProbeMachine] = []

    var run: Int { attempt }

    /// Whether its process lives, as far as is known.
    var isRunning: Bool { state == .running }

    func probe(_ kind: ProbeKind) -> ProbeMachine? {
        probes.first { $0.kind == kind }
    }
}
