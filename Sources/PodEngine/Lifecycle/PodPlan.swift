internal import Basics
internal import PodModel

/// The parts of a pod that its machine decides by, resolved once per change of the spec.
struct PodPlan: Sendable {
    var name: String
    var namespace: String
    var uid: String
    var generation: Int
    var policy: RestartPolicy
    /// `terminationGracePeriodSeconds`.
    var grace: Int
    var activeDeadline: Int?
    var usesHostNetwork: Bool
    var readinessGates: [String]
    var quality: QOSClass
    /// Init containers, then regular ones, then ephemeral ones, each in spec order.
    var containers: [ContainerPlan]
    /// How many of `containers` are init containers (sidecars included).
    var initCount: Int
    /// How many of `containers` are regular ones.
    var mainCount: Int

    init(_ pod: Pod) {
        name = pod.metadata.name
        namespace = pod.metadata.namespace
        uid = pod.metadata.uid
        generation = pod.metadata.generation
        policy = pod.spec.restartPolicy
        grace = max(0, pod.spec.terminationGracePeriodSeconds)
        activeDeadline = pod.spec.activeDeadlineSeconds
        usesHostNetwork = pod.spec.hostNetwork
        quality = QualityOfService.of(pod)
        readinessGates = pod.spec.readinessGates.map(\.conditionType)
        containers =
            pod.spec.initContainers.map {
                ContainerPlan($0, $0.isSidecar ? .sidecar : .initial)
            } + pod.spec.containers.map { ContainerPlan($0, .main) }
            + pod.spec.ephemeralContainers.map { ContainerPlan($0.container, .ephemeral) }
        initCount = pod.spec.initContainers.count
        mainCount = pod.spec.containers.count
    }

    /// `name_namespace(uid)`, as the kubelet writes a pod in messages.
    var fullName: String { "\(name)_\(namespace)(\(uid))" }
    var inits: Range<Int> { 0..<initCount }
    var mains: Range<Int> { initCount..<initCount + mainCount }
    var ephemerals: Range<Int> { initCount + mainCount..<containers.count }
    var hasSidecars: Bool { containers[inits].contains { $0.kind == .sidecar } }
    var hasRestartAllRule: Bool { containers.contains(where: \.hasRestartAllRule) }

    func index(of name: String) -> Int? {
        containers.firstIndex { $0.name == name }
    }

    /// Whether a later version of the same pod has the same containers, but for ephemeral ones added at
    /// the end.
    func isExtended(by next: Self) -> Bool {
        next.uid == uid && next.initCount == initCount && next.mainCount == mainCount
            && next.containers.map(\.name).starts(with: containers.map(\.name))
    }

    /// The sidecar before that one in the spec, if any.
    func sidecar(before index: Int) -> Int? {
        containers[inits].indices.last { $0 < index && containers[$0].kind == .sidecar }
    }
}

/// What a container is to its pod.
enum ContainerKind: Sendable, Hashable {
    /// Runs to its end before the next one starts.
    case initial
    /// An init container with `restartPolicy: Always`.
    case sidecar
    /// A regular container.
    case main
    /// Added to the running pod for debugging; started once, and of no weight for the pod.
    case ephemeral
}

/// The parts of a container's spec that the machine decides by.
struct ContainerPlan: Sendable {
    var name: String
    var kind: ContainerKind
    var image: String
    /// The container's own policy, if it has one.
    var policy: RestartPolicy?
    var rules: [ContainerRestartRule]
    /// What it asks for and may use at most.
    var resources: ResourceRequirements
    /// The resources whose change takes a restart.
    var restartsForResources: Set<String>
    var hasPostStart: Bool
    var hasPreStop: Bool
    var startup: ProbePlan?
    var liveness: ProbePlan?
    var readiness: ProbePlan?

    init(_ container: Container, _ kind: ContainerKind) {
        name = container.name
        self.kind = kind
        image = container.image
        policy = container.restartPolicy
        rules = container.restartPolicyRules
        resources = container.resources
        restartsForResources = Set(
            container.resizePolicy.filter { $0.restartPolicy == "RestartContainer" }
                .map(\.resourceName)
        )
        hasPostStart = Self.isCarriedOut(container.lifecycle?.postStart)
        hasPreStop = Self.isCarriedOut(container.lifecycle?.preStop)
        startup = container.startupProbe.map(ProbePlan.init)
        liveness = container.livenessProbe.map(ProbePlan.init)
        readiness = container.readinessProbe.map(ProbePlan.init)
    }

    /// The kubelet's hook runner has no case for `tcpSocket`.
    private static func isCarriedOut(_ handler: LifecycleHandler?) -> Bool {
        switch handler {
        case nil, .tcpSocket: false
        case .exec, .httpGet, .sleep: true
        }
    }

    var hasRestartAllRule: Bool { rules.contains { $0.action == .restartAllContainers } }

    /// Whether its resources may change while it lives.
    var isResizable: Bool { kind == .main || kind == .sidecar }

    /// `spec.containers{name}`, as events refer to containers.
    var fieldPath: String {
        switch kind {
        case .initial, .sidecar: "spec.initContainers{\(name)}"
        case .main: "spec.containers{\(name)}"
        case .ephemeral: "spec.ephemeralContainers{\(name)}"
        }
    }

    func probe(_ kind: ProbeKind) -> ProbePlan? {
        switch kind {
        case .startup: startup
        case .liveness: liveness
        case .readiness: readiness
        }
    }
}
