public import Basics
public import PodModel

/// What happened to a pod: the only way anything reaches its `PodMachine`.
///
/// Every action that takes time is answered by exactly one event that echoes its operands, so that a
/// late answer to an abandoned action is recognised and dropped.
public enum PodEvent: Sendable {
    /// The object changed: metadata, or one of the fields that may change in a running pod.
    case specChanged(Pod)
    /// The pod shall go; `grace` in seconds. A later, shorter grace shortens a running termination.
    case deletionRequested(grace: Int)
    /// First event after an engine restart: what the runtime shows of an earlier life of the pod.
    case adopted(PodObservation)
    /// Answer to `mountVolumes`; `nil` is success.
    case volumesMounted(StepFailure?)
    /// Answer to `createSandbox`.
    case sandboxCreated(attempt: Int, Result<Sandbox, StepFailure>)
    /// The sandbox has disappeared under the pod (as after a reboot of the node).
    case sandboxLost(attempt: Int)
    /// A registry is being asked for the image of a `pullImage` that is still unanswered (optional; it
    /// lets the event `Pulling` appear before the pull has ended).
    case imagePullBegan(container: String, image: String)
    /// Answer to `pullImage`; the success carries the resolved image.
    case imagePulled(container: String, image: String, Result<ImageIdentity, StepFailure>)
    /// Answer to `createContainer`; the success carries the runtime's container ID.
    case containerCreated(ContainerRun, Result<CreatedContainer, StepFailure>)
    /// Answer to `startContainer`; `nil` is success.
    case containerStarted(ContainerRun, StepFailure?)
    /// A container's process has ended, asked for or not.
    case containerExited(ContainerRun, ContainerExit)
    /// Answer to `resizeContainers`; `nil` is success.
    case containersResized([ContainerRun], StepFailure?)
    /// Answer to `runHook`.
    case hookFinished(ContainerRun, Hook, HookOutcome)
    /// Answer to `runProbe`.
    case probeFinished(ContainerRun, ProbeKind, ProbeOutcome)
    /// Answer to `stopSandbox`; `nil` is success.
    case sandboxStopped(attempt: Int, StepFailure?)
    /// Answer to `tearDown`; `nil` is success.
    case tornDown(StepFailure?)
    /// An object that the pod refers to (ConfigMap, Secret, claim) has appeared or changed: steps that
    /// failed are tried again at once, back-offs excepted.
    case dependenciesChanged
    /// The instant named by `PodMachine.nextWake` has come.
    case woken
    /// The node removes the pod for a reason of its own (deadline and pressure included).
    case evicted(reason: String, message: String, grace: Int?)
}

extension PodEvent {
    /// Whether it is the first event of a machine restored from a ledger.
    var isAdoption: Bool {
        if case .adopted = self { true } else { false }
    }
}

/// One run of one container: its name and which run it is (0 is the first; equals `restartCount`).
public struct ContainerRun: Sendable, Hashable {
    /// The container's name, unique over init and regular containers.
    public var container: String
    /// How many runs went before.
    public var attempt: Int

    /// Names a run.
    public init(_ container: String, attempt: Int) {
        self.container = container
        self.attempt = attempt
    }
}

/// Why a step failed: the reason shown in a container's or pod's status, and the message beside it.
public struct StepFailure: Error, Sendable, Hashable {
    /// The Kubernetes reason: `ErrImagePull`, `CreateContainerConfigError`, `FailedMount`, ...
    public var reason: String
    /// The message for the user.
    public var message: String

    /// Makes a step failure.
    public init(reason: String, message: String) {
        self.reason = reason
        self.message = message
    }
}

/// A pod's running sandbox: its namespaces and addresses.
public struct Sandbox: Sendable, Hashable {
    /// Which sandbox of this pod it is, from 0.
    public var attempt: Int
    /// The pod's addresses, the primary first; empty for a host-network pod without one.
    public var podIPs: [String]

    /// Makes a sandbox record.
    public init(attempt: Int, podIPs: [String]) {
        self.attempt = attempt
        self.podIPs = podIPs
    }
}

/// The image that a reference was resolved to.
public struct ImageIdentity: Sendable, Hashable {
    /// The reference as shown in `status.image`.
    public var reference: String
    /// The digest form as shown in `status.imageID`.
    public var id: String
    /// The message of the `Pulled` event, such as `Container image "x" already present on machine`, or of
    /// the event `StandIn`.
    public var message: String
    /// Whether a registry was contacted (event `Pulling` preceded).
    public var wasPulled: Bool
    /// The role of the companion that takes the image's place; nil for the image itself.
    public var standIn: String?

    /// Makes an image identity.
    public init(
        reference: String,
        id: String,
        message: String,
        wasPulled: Bool,
        standIn: String? = nil
    ) {
        self.reference = reference
        self.id = id
        self.message = message
        self.wasPulled = wasPulled
        self.standIn = standIn
    }
}

/// A container that the runtime has made and not yet started.
public struct CreatedContainer: Sendable, Hashable {
    /// The runtime's ID, which `status.containerID` shows behind `remora://`: 64 hexadecimal digits.
    public var id: String
    /// The user it will run as, as shown in `status.user`; empty if unknown.
    public var user: String

    /// Makes the record.
    public init(id: String, user: String = "") {
        self.id = id
        self.user = user
    }
}

/// How a container's process ended.
public struct ContainerExit: Sendable, Hashable {
    /// The exit code; 128 + signal for a killed process.
    public var code: Int
    /// `Completed`, `Error`, `OOMKilled`, `StartError`, `ContainerStatusUnknown`.
    public var reason: String
    /// The termination message, already cut to its limits.
    public var message: String
    /// When the process started; nil if it never ran.
    public var startedAt: Timestamp?
    /// When it ended.
    public var finishedAt: Timestamp

    /// Makes an exit record.
    public init(
        code: Int,
        reason: String,
        message: String = "",
        startedAt: Timestamp?,
        finishedAt: Timestamp
    ) {
        self.code = code
        self.reason = reason
        self.message = message
        self.startedAt = startedAt
        self.finishedAt = finishedAt
    }
}

/// The two lifecycle hooks.
public enum Hook: String, Sendable, Hashable, CaseIterable {
    /// Right after the start; the container counts as started only when it has ended well.
    case postStart
    /// Before the stop signal.
    case preStop
}

/// How a hook ended.
public enum HookOutcome: Sendable, Hashable {
    /// It succeeded.
    case succeeded
    /// It failed; the message goes into the event (never with the hook's output).
    case failed(String)
}

/// The three probes.
public enum ProbeKind: String, Sendable, Hashable, CaseIterable {
    /// Holds the other two back until it has succeeded once.
    case startup
    /// Restarts the container when it fails.
    case liveness
    /// Takes the pod out of its services when it fails.
    case readiness
}

/// The answer of one probe attempt.
public enum ProbeOutcome: Sendable, Hashable {
    /// It succeeded.
    case success
    /// It succeeded with a remark (a redirect to another host): event `ProbeWarning`.
    case warning(String)
    /// It failed; the text goes into the `Unhealthy` event.
    case failure(String)
    /// The probe itself could not be carried out; the counters do not move.
    case error(String)
}
