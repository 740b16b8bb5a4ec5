internal import Basics
internal import Formats
internal import NodeDrivers
internal import PodEngine
internal import PodModel
internal import Reactor

/// Carries one pod through its life: feeds the machine with events and carries out its actions.
///
/// Ownership: lives on the main loop, owned by `Node`. Every action that takes time runs as a task of
/// this worker and ends in exactly one event. What the machine wants stored is stored before any of
/// its other actions begins, so that an engine killed at any point finds a ledger that is not ahead
/// of the world by more than the actions of one event.
@MainLoop final class PodWorker {
    /// The pod's identity; the object behind a name may change, a UID never does.
    let uid: String
    /// The pod's namespace and name.
    let key: PodKey
    private(set) var pod: Pod
    private(set) var machine: PodMachine
    let node: Node
    /// The runtime's ID of each container run that may still exist.
    var ids: [ContainerRun: String] = [:]
    /// The pulls under way, by container.
    var pulls: [String: Task<Void, Never>] = [:]
    /// What has been said of the present sandbox's resolver; the kubelet says it once per sandbox.
    var toldOfSandbox: Set<EventRecord> = []
    private var tasks: [Int: Task<Void, Never>] = [:]
    private var nextTask = 0
    private var waker: Alarm?
    private var wakeAt: Instant?
    private var inbox: [PodEvent] = []
    private var isHandling = false
    /// Whether the engine ends and the pod's containers are left to the next one.
    private(set) var isAbandoned = false
    fileprivate var askedGrace: Int?
    /// Whether the pod goes down only because the engine does.
    fileprivate(set) var isShuttingDown = false

    init(pod: Pod, machine: PodMachine, node: Node) {
        self.uid = pod.metadata.uid
        self.key = PodKey(namespace: pod.metadata.namespace, name: pod.metadata.name)
        self.pod = pod
        self.machine = machine
        self.node = node
    }

    /// The runtime's ID of a container's newest run that the worker knows of.
    func containerID(of container: String) -> (run: ContainerRun, id: String)? {
        ids.filter { $0.key.container == container }
            .max { $0.key.attempt < $1.key.attempt }
            .map { ($0.key, $0.value) }
    }

    /// The runtime's ID of one run.
    func containerID(of run: ContainerRun) -> String? {
        ids[run]
    }

    /// Takes over the containers that an earlier engine left, then tells the machine.
    func adopt(_ observation: PodObservation) {
        for container in observation.containers {
            ids[container.run] = container.id
            switch container.state {
            case .running, .created: watchExit(of: container.run, id: container.id)
            case .exited: break
            }
        }
        deliver(.adopted(observation))
    }

    /// The object changed in the store.
    func update(to pod: Pod) {
        self.pod = pod
        deliver(.specChanged(pod))
    }

    /// Hands an event to the machine and carries out what it asks for.
    ///
    /// Events that arise while another is being handled wait their turn.
    func deliver(_ event: PodEvent) {
        inbox.append(event)
        guard !isHandling else { return }
        isHandling = true
        defer { isHandling = false }
        while !inbox.isEmpty {
            let next = inbox.removeFirst()
            let actions = machine.handle(next, at: node.loop.moment)
            if actions.contains(.persist) { node.store(self) }
            for action in actions where action != .persist { perform(action) }
        }
        scheduleWake()
    }

    /// Lets go of the pod without touching its containers: the engine is about to end.
    func abandon() {
        isAbandoned = true
        waker = nil
        for task in tasks.values { task.cancel() }
        tasks = [:]
    }

    private func scheduleWake() {
        guard machine.nextWake != wakeAt else { return }
        waker = nil
        wakeAt = machine.nextWake
        guard let instant = wakeAt else { return }
        waker = Alarm(at: instant) { [weak self] in
            guard let self, self.wakeAt == instant else { return }
            self.wakeAt = nil
            self.deliver(.woken)
        }
    }

    /// Runs something that takes time and ends in an event.
    @discardableResult
    func spawn(_ body: @escaping @MainLoop () async -> PodEvent?) -> Task<Void, Never> {
        let number = nextTask
        nextTask += 1
        let task = Task { @MainLoop [weak self] in
            let event = await body()
            guard let self, self.tasks.removeValue(forKey: number) != nil else { return }
            if let event { self.deliver(event) }
        }
        tasks[number] = task
        return task
    }
}

/// A pod's namespace and name.
public struct PodKey: Sendable, Hashable, CustomStringConvertible {
    /// The namespace.
    public var namespace: String
    /// The name.
    public var name: String

    /// Names a pod.
    public init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    /// `namespace/name`.
    public var description: String { namespace + "/" + name }
}

extension PodWorker {
    /// The pod shall go; a grace that is not shorter than one already asked for changes nothing.
    func requestDeletion(grace: Int) {
        if let askedGrace, grace >= askedGrace { return }
        askedGrace = grace
        deliver(.deletionRequested(grace: grace))
    }

    /// The engine ends and takes the pod down with it, as a node does that shuts down.
    ///
    /// A pod that may restart keeps the status it has and starts anew with the next engine. One that
    /// must not restart fails, with the reason that the kubelet gives.
    func stopForShutdown() {
        guard !machine.isFinished else { return }
        if pod.spec.restartPolicy == .never {
            deliver(
                .evicted(
                    reason: "Terminated",
                    message: "Pod was terminated in response to imminent node shutdown.",
                    grace: nil
                )
            )
        } else {
            isShuttingDown = pod.metadata.deletionTimestamp == nil
            requestDeletion(grace: pod.spec.terminationGracePeriodSeconds)
        }
    }
}
