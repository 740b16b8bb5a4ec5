public import Basics

/// What a `PodMachine` wants done.
///
/// Drivers carry it out and answer with the event named.
public enum PodAction: Sendable, Hashable {
    /// Make the pod's cgroup, directories and volumes. Answer: `volumesMounted`.
    case mountVolumes
    /// Make namespaces and network. Answer: `sandboxCreated`.
    case createSandbox(attempt: Int)
    /// Make the image available according to the container's pull policy; `image` is the reference of
    /// the spec at this moment. Answer: `imagePulled`, and before it `imagePullBegan` if a registry is
    /// asked.
    case pullImage(container: String, image: String)
    /// Nobody waits for that pull any more; it may be given up. No answer.
    case cancelPull(container: String, image: String)
    /// Resolve the environment and make the container from that image. Answer: `containerCreated`.
    case createContainer(ContainerRun, ImageIdentity)
    /// Start the made container. Answer: `containerStarted`.
    case startContainer(ContainerRun)
    /// Give running containers, and the pod, the resources of `allocatedPod`. Answer: `containersResized`.
    case resizeContainers([ContainerRun])
    /// Run a hook; not cancelled by the machine, but an answer after the container's end is ignored.
    /// Answer: `hookFinished`.
    case runHook(ContainerRun, Hook)
    /// Run a probe once. Answer: `probeFinished`.
    case runProbe(ContainerRun, ProbeKind)
    /// Send the container's stop signal (`stopSignal`, else the image's, else SIGTERM) to its PID 1.
    /// No answer; `containerExited` follows if it works.
    case sendStopSignal(ContainerRun)
    /// SIGKILL every process of the container. No answer; `containerExited` follows.
    case kill(ContainerRun)
    /// Forget a dead run: its bundle, root file system, cgroup; logs only if `withLogs`. No answer.
    case removeContainer(ContainerRun, withLogs: Bool)
    /// Take down the network and release the namespaces. Answer: `sandboxStopped`.
    case stopSandbox(attempt: Int)
    /// Unmount volumes and remove the pod's cgroup and directories. Answer: `tornDown`.
    case tearDown
    /// Record a Kubernetes event about the pod or one of its containers. No answer.
    case recordEvent(EventRecord)
    /// `PodMachine.status` or its snapshot changed: store both before doing anything else. Always the
    /// first action of its list, never answered.
    case persist
    /// The machine has reached its end; the object may be removed if it was deleted. No answer.
    case finished
}

/// A Kubernetes event to be recorded; equal ones are counted, not repeated.
public struct EventRecord: Sendable, Hashable {
    /// Whether the event is a warning (else it is normal).
    public var isWarning: Bool
    /// The reason, as Kubernetes spells it.
    public var reason: String
    /// The message.
    public var message: String
    /// The container's field path, such as `spec.containers{app}`; empty for the pod itself.
    public var fieldPath: String

    /// Makes an event record.
    public init(isWarning: Bool = false, reason: String, message: String, fieldPath: String = "") {
        self.isWarning = isWarning
        self.reason = reason
        self.message = message
        self.fieldPath = fieldPath
    }
}

/// What the runtime shows of a pod when the engine finds it again.
public struct PodObservation: Sendable {
    /// One run of a container, dead or alive.
    public struct Container: Sendable {
        /// Which run.
        public var run: ContainerRun
        /// The runtime's ID (`remora://...`).
        public var id: String
        /// The image it was made from.
        public var image: ImageIdentity
        /// Its state.
        public var state: State
    }

    /// The state of a container run.
    public enum State: Sendable, Hashable {
        /// Made, not started.
        case created
        /// Its process runs.
        case running(startedAt: Timestamp)
        /// Its process has ended.
        case exited(ContainerExit)
    }

    /// The sandbox, if its namespaces still exist.
    public var sandbox: Sandbox?
    /// All runs that the runtime still knows, in any order.
    public var containers: [Container]

    /// Makes an observation.
    public init(sandbox: Sandbox?, containers: [Container]) {
        self.sandbox = sandbox
        self.containers = containers
    }
}

extension PodObservation.Container {
    /// Makes the record of one run.
    public init(
        run: ContainerRun,
        id: String,
        imageIdentity: ImageIdentity,
        state: PodObservation.State
    ) {
        self.run = run
        self.id = id
        self.image = imageIdentity
        self.state = state
    }
}
