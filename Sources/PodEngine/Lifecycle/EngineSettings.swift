internal import Basics
public import Formats

/// The numbers of the node that a `PodMachine` decides by; the defaults are the kubelet's.
public struct EngineSettings: Sendable {
    /// The node's addresses, the primary first: `status.hostIP` and `status.hostIPs`.
    public var hostIPs: [String]
    /// The longest wait between two runs of a container that keeps ending.
    public var crashLoopMaximum: Duration
    /// The first wait of a container that keeps ending; never more than `crashLoopMaximum`.
    public var crashLoopInitial: Duration
    /// How many runs of each container the timeline remembers; older ones are counted only.
    public var timelineRuns: Int
    /// How long a step of a driver may take before it counts as failed.
    public var stepDeadline: Duration
    /// How long a pull may take before it counts as failed.
    public var pullDeadline: Duration
    /// What the node has for all pods together; a resource that is not named has no end.
    public var allocatable: [String: Quantity]
    /// What is deliberately wrong with the machine; only tests set it.
    package var mutation: Mutation?

    /// Makes settings with the kubelet's numbers.
    public init(
        hostIPs: [String] = [],
        crashLoopMaximum: Duration = .seconds(300),
        crashLoopInitial: Duration = .seconds(10),
        timelineRuns: Int = 16,
        stepDeadline: Duration = .seconds(240),
        pullDeadline: Duration = .seconds(3600),
        allocatable: [String: Quantity] = [:]
    ) {
        self.hostIPs = hostIPs
        self.crashLoopMaximum = crashLoopMaximum
        self.crashLoopInitial = crashLoopInitial
        self.timelineRuns = max(1, timelineRuns)
        self.stepDeadline = stepDeadline
        self.pullDeadline = pullDeadline
        self.allocatable = allocatable
    }

    /// What `remora` runs with unless told otherwise.
    public static let standard = Self()
}

/// A deliberate error in the machine, for the tests that show that the simulator finds it.
package enum Mutation: String, Sendable, CaseIterable {
    /// Sidecars stop first to last.
    case sidecarsStopForward
    /// Sidecars do not wait for the mains to stop.
    case sidecarsStopWithMains
    /// A sidecar that was made counts as started.
    case sidecarCountsBeforeStarted
    /// A main is started while an init container is still to run.
    case mainsIgnoreInits
    /// A container that ends is started again while the pod terminates.
    case restartsWhileTerminating
    /// The stop signal is followed by SIGKILL at once when the grace is used up.
    case noGraceFloor
    /// SIGKILL comes in half the grace.
    case killsEarly
    /// A terminal phase may be left.
    case phaseIsNotSticky
    /// A finished init container runs again after an engine restart.
    case forgetsFinishedInits
    /// A running container is started a second time after an engine restart.
    case forgetsRunning
    /// The grace starts anew after an engine restart.
    case forgetsGrace
    /// A container that was made after the pod had begun to terminate is left behind.
    case leavesLateContainers
    /// The number of a run is used again.
    case reusesAttempts
    /// Nothing is done when a container does not die of SIGKILL.
    case neverKillsAgain
    /// Containers restart without back-off.
    case noBackoff
    /// The resources of running containers are left as they are.
    case forgetsResize
    /// Every change of resources restarts the container.
    case restartsForResize
    /// An ephemeral container that has ended is run again.
    case restartsEphemerals
}
