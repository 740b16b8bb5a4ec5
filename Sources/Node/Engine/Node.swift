public import Basics
internal import Formats
public import NodeDrivers
public import ObjectStore
internal import PodEngine
public import PodModel
public import Reactor
internal import System

/// The engine: keeps the pods of one root as their objects say.
///
/// It watches the store and gives every pod a worker; on start it takes over what an earlier engine
/// left. Ownership: everything lives on the main loop.
@MainLoop public final class Node {
    /// The API objects.
    public let store: ObjectStore
    /// The containers.
    public let runtime: ContainerRuntime
    /// The images.
    public let images: ImageStore
    /// How the engine runs.
    public let options: NodeOptions
    /// The engine's own log.
    public let journal: Journal
    let layout: NodeLayout
    let facts: NodeFacts
    let cgroups: PodCgroups
    let volumes: VolumeStore
    let network: PodNetwork
    let prober: Prober
    let events: EventRecorder
    let lookup: StoreLookup
    let files: PodFiles
    let loop = Loop.main
    let clusterDomain = "cluster.local"
    /// The network of the services' addresses; nil if the machine has none to spare.
    public let serviceNetwork: ServiceNetwork?
    let services: ServicePlane?
    let endpoints: EndpointsController
    private let scheduler: Scheduler
    private let lock: NodeLock
    private let runLock: NodeLock
    private let settings: EngineSettings
    var workers: [String: PodWorker] = [:]
    /// Claims that were deleted while a pod used them: their data goes with the last of the pods.
    var deletedClaims: Set<ObjectKey> = []
    var history = TimelineHistory()
    /// The last thing that the log says of stand-ins.
    var saidOfStandIns = ""
    /// What containers and the machine used lately.
    var usages = UsageHistory()
    /// The versions of pods' statuses that the engine has stored and not yet seen in its watch.
    private var ownVersions: [Int64] = []
    var tasks: [Task<Void, Never>] = []
    /// What is being removed: containers by their ID, and the data of claims.
    var removals: [String: Task<Void, Never>] = [:]
    /// Pods whose last change the disk did not take.
    var unstored: Set<String> = []
    /// Pods that were stopped with the engine and whose ledger the disk did not let go, and why.
    var unforgotten: [String: StoreError] = [:]
    /// Tries to store them again.
    var storing: Task<Void, Never>?
    private var controllers: Controllers?
    /// Who stores the pods that controllers make; set before `start`, else nobody is asked.
    public var podCreator: (any PodCreator)?
    var isStopping = false
    /// The UIDs of the pods that the engine's end waits for, and who waits.
    var awaited: Set<String> = []
    var idleWaiters: [CheckedContinuation<Void, Never>] = []

    /// Opens an engine: takes the lock of the root, prepares its directories and opens its stores.
    ///
    /// - Throws: `Failure` that says what is missing or who holds the root.
    public init(_ options: NodeOptions, journal: Journal) async throws(Failure) {
        self.options = options
        self.journal = journal
        layout = NodeLayout(root: options.root, runRoot: options.runRoot)
        lock = try await .root(layout)
        let isNew = try NodeSurroundings.prepare(layout)
        do throws(Failure) {
            runLock = try await .runRoot(layout)
        } catch {
            if isNew { NodeSurroundings.releaseRoot(layout) }
            throw error
        }
        store = try ObjectStore(path: layout.database)
        let host = try HostProfile.detect(runtime: options.runtime)
        runtime = try await ContainerRuntime(layout: layout, host: host)
        images = try await ImageStore.open(layout: layout)
        var networkSettings = PodNetwork.Settings()
        networkSettings.configuration = options.networkConfiguration
        network = try await PodNetwork.open(layout: layout, settings: networkSettings)
        facts = NodeSurroundings.facts(host, layout, addresses: network.hostAddresses)
        volumes = VolumeStore(layout: layout, node: facts)
        cgroups = PodCgroups(layout: layout, host: host)
        prober = Prober()
        lookup = StoreLookup(store)
        events = EventRecorder(store, nodeName: facts.name, journal: journal)
        serviceNetwork = try Self.chooseServiceNetwork(layout, options, journal)
        services = serviceNetwork.map { [layout, store, clusterDomain] in
            ServicePlane(layout, $0, domain: clusterDomain, store, journal)
        }
        endpoints = EndpointsController(store, journal)
        scheduler = Scheduler(store, events: events, nodeName: facts.name, journal: journal)
        let servers = NameServer.isInstalled ? serviceNetwork.map { [$0.nameServer] } : nil
        files = PodFiles(
            layout: layout,
            resolver: PodResolver(
                node: .ofNode(),
                clusterServers: servers ?? [],
                clusterDomain: clusterDomain
            )
        )
        let images = images
        runtime.releaseRootfs = { id in try? images.unmountRootfs(container: id) }
        settings = EngineSettings(
            hostIPs: facts.addresses,
            crashLoopMaximum: options.crashLoopMaximum,
            crashLoopInitial: min(.seconds(10), options.crashLoopMaximum),
            allocatable: facts.allocatable
        )
        volumes.mountImage = { [weak self] source, pod, target throws(StepFailure) in
            try await self?.mountImage(source, of: pod, at: target)
        }
    }

    /// Takes over what an earlier engine left, then follows the store.
    ///
    /// - Throws: `Failure` if the store cannot be read.
    public func start() async throws(Failure) {
        let watch: ObjectWatch
        do {
            watch = try store.watch(ObjectQuery("pods"))
            try await adopt()
        } catch let error as StoreError {
            throw error.failure
        } catch {
            throw Failure(.internalError, "cannot take over the pods", cause: "\(error)")
        }
        tasks.append(Task { @MainLoop [weak self] in await self?.follow(watch) })
        tasks.append(Task { @MainLoop [weak self] in await self?.keepHouse() })
        startBookkeeping()
        let controllers = Controllers(
            store,
            events: events,
            creator: podCreator ?? StorePodCreator(store: store, nodeName: facts.name),
            nodeName: facts.name,
            journal: journal
        )
        do throws(StoreError) { try controllers.start() } catch { throw error.failure }
        self.controllers = controllers
        scheduler.start()
        startServices()
    }

    /// Ends the engine; the pods stay unless they are to be stopped first.
    ///
    /// - Parameter stopsPods: Whether every pod is stopped gracefully. Their objects stay, so that the
    ///   next engine starts pods anew that may restart.
    /// - Throws: `Failure` if the disk did not take that pods were stopped; all else is done.
    public func stop(stopsPods: Bool) async throws(Failure) {
        isStopping = true
        controllers?.stop()
        scheduler.stop()
        var refusal: Failure?
        if stopsPods {
            await stopPods()
            refusal = await storeRest()
        }
        await finishDeleted()
        endpoints.stop()
        await services?.stop()
        for removal in removals.values { await removal.value }
        for task in tasks { task.cancel() }
        storing?.cancel()
        for worker in workers.values { worker.abandon() }
        let isEmpty = workers.values.allSatisfy(\.machine.isFinished)
        if isEmpty { await releaseMachine() }
        runLock.release()
        lock.release()
        if let refusal { throw refusal }
    }

    /// No pod is left: gives back what the engine holds of the machine itself.
    private func releaseMachine() async {
        cgroups.removeTiersIfEmpty()
        do {
            try volumes.close()
            try await services?.dismantle()
            try await network.dismantle()
            try NodeSurroundings.release(layout)
        } catch {
            journal.warning("cannot give everything back: \(error)")
        }
    }

    // MARK: For the workers

    /// Removes what is left of a container; nobody waits for it but the engine's end.
    func remove(_ container: String, withLogs: Bool) {
        removals[container] = Task { @MainLoop in
            await runtime.remove(container, withLogs: withLogs)
            removals[container] = nil
        }
    }

    /// Stores what a pod's machine wants stored.
    ///
    /// A pod whose object has gone is not stored any more; its containers are still cared for.
    func store(_ worker: PodWorker) {
        guard !worker.isShuttingDown else { return }
        do {
            let machine = worker.machine
            let before = store.version
            try store.updateStatus(
                uid: worker.uid,
                machine.status.json,
                ledger: machine.snapshot
            )
            if store.version != before { ownVersions.append(store.version) }
            unstored.remove(worker.uid)
        } catch .notFound {
            unstored.remove(worker.uid)
        } catch {
            storeLater(worker, "cannot store the status of pod \(worker.key): \(error)")
        }
    }

    /// The disk did not take something of a pod: tries again until it does, and says so once.
    private func storeLater(_ worker: PodWorker, _ problem: String) {
        if unstored.insert(worker.uid).inserted { journal.error(problem) }
        guard storing == nil, !isStopping else { return }
        storing = Task { @MainLoop [weak self, loop] in
            while (try? await loop.sleep(for: .seconds(1))) != nil {
                guard let self else { return }
                self.storeAgain()
                if self.unstored.isEmpty { break }
            }
            self?.storing = nil
        }
    }

    /// A pod has come to its end: its object goes if it was deleted.
    func workerFinished(_ worker: PodWorker) {
        if worker.isShuttingDown {
            forget(worker.uid)
            return announceIdle()
        }
        history.keep(PodTimeline(worker.machine.timeline, worker.key), uid: worker.uid)
        let object = store.get(uid: worker.uid)
        if object == nil || object?["metadata"]?["deletionTimestamp"] != nil {
            do {
                if let key = store.key(uid: worker.uid) {
                    _ = try store.delete(key, grace: 0, uid: worker.uid)
                }
                workers[worker.uid] = nil
                events.forget(uid: worker.uid)
                removeLogs(of: worker)
            } catch .notFound {
                workers[worker.uid] = nil
            } catch {
                storeLater(worker, "cannot remove pod \(worker.key): \(error)")
            }
        }
        releaseClaims()
        announceIdle()
    }

    /// Pulls the image of a volume as its policy says, and shows it in the pod's directory.
    private func mountImage(
        _ source: ImageVolumeSource,
        of pod: Pod,
        at target: String
    ) async throws(StepFailure) {
        let identity = try await images.pull(
            source.reference,
            policy: ImagePullPolicy(rawValue: source.pullPolicy.rawValue) ?? .ifNotPresent,
            secrets: pullSecrets(of: pod),
            began: { [events] in
                let message = "Pulling image \"\(source.reference)\""
                let record = EventRecord(isWarning: false, reason: "Pulling", message: message)
                events.record(record, about: pod)
            }
        )
        let record = EventRecord(isWarning: false, reason: "Pulled", message: identity.message)
        events.record(record, about: pod)
        try await images.mountVolume(image: identity.id, at: target)
    }

    /// The registry credentials that a pod's `imagePullSecrets` name; missing ones are reported.
    func pullSecrets(of pod: Pod) -> [PullSecret] {
        pod.spec.imagePullSecrets.compactMap { reference in
            let key = ObjectKey("secrets", pod.metadata.namespace, reference.name)
            guard let object = store.get(key), let secret = try? Secret(json: object),
                let data = secret.data[".dockerconfigjson"] ?? secret.data[".dockercfg"],
                let pull = PullSecret(name: reference.name, type: secret.type, data: data)
            else {
                let message =
                    "Unable to retrieve some image pull secrets (\(reference.name)); "
                    + "attempting to pull the image may not succeed."
                let record = EventRecord(
                    isWarning: true,
                    reason: "FailedToRetrieveImagePullSecret",
                    message: message
                )
                events.record(record, about: pod)
                return nil
            }
            return pull
        }
    }

    // MARK: Details

    private func adopt() async throws {
        let ledgers = try store.ledgers()
        var stored: [String: [StoredContainer]] = [:]
        for container in await runtime.list() {
            stored[container.record.podUID, default: []].append(container)
        }
        let sandboxes = network.existing()
        for entry in store.entries(ObjectQuery("pods")) {
            guard let pod = decode(entry.object), !pod.spec.nodeName.isEmpty else { continue }
            let uid = pod.metadata.uid
            guard let ledger = ledgers[uid] else {
                add(pod)
                continue
            }
            let containers = stored.removeValue(forKey: uid) ?? []
            do {
                let machine = try PodMachine(pod: pod, snapshot: ledger, settings: settings)
                let worker = PodWorker(pod: pod, machine: machine, node: self)
                workers[uid] = worker
                worker.adopt(Self.observation(containers, sandboxes[uid]))
            } catch {
                journal.error("the ledger of pod \(entry.key) is damaged: \(error)")
                stored[uid] = containers
                add(pod)
            }
        }
        let orphans = stored.values.flatMap(\.self).map(\.record.id)
        // Half-made sandboxes as well: those of pods are made anew by their workers.
        let strangers = network.known().union(stored.keys)
            .union((try? Files.list(layout.pods)) ?? [])
            .subtracting(workers.keys)
        if !orphans.isEmpty || !strangers.isEmpty {
            journal.info("removing what belongs to no pod: \(strangers.sorted())")
        }
        for id in orphans { await runtime.remove(id, withLogs: true) }
        for uid in strangers { await removeStranger(uid) }
        await cgroups.removeAll(except: Set(workers.keys))
        resumeDeletions()
    }

    private func removeStranger(_ uid: String) async {
        do {
            try await network.remove(podUID: uid)
            files.remove(podUID: uid)
            try await volumes.unmount(podUID: uid)
        } catch {
            journal.warning("cannot remove what is left of pod \(uid): \(error)")
        }
    }

    private static func observation(
        _ containers: [StoredContainer],
        _ sandbox: Sandbox?
    ) -> PodObservation {
        PodObservation(
            sandbox: sandbox,
            containers: containers.map { container in
                PodObservation.Container(
                    run: container.record.run,
                    id: container.record.id,
                    imageIdentity: container.record.image,
                    state: container.state
                )
            }
        )
    }

    private func follow(_ watch: ObjectWatch) async {
        var watch = watch
        while !Task.isCancelled {
            while let event = await watch.next() { take(event) }
            guard !Task.isCancelled, watch.isExpired else { return }
            // Too many changes at once: look at everything again.
            guard let next = try? store.watch(ObjectQuery("pods")) else { return }
            watch = next
            ownVersions = []
            let present = store.entries(ObjectQuery("pods"))
            for entry in present { update(entry.object) }
            let uids = Set(present.compactMap { $0.object["metadata"]?["uid"]?.string })
            for worker in workers.values where !uids.contains(worker.uid) { lose(worker.uid) }
        }
    }

    private func take(_ event: ObjectEvent) {
        // What the engine has written itself brings no worker anything new.
        ownVersions.removeFirst(ownVersions.prefix { $0 < event.version }.count)
        if ownVersions.first == event.version { return }
        switch event.kind {
        case .added, .modified: update(event.object)
        case .deleted: lose(event.object["metadata"]?["uid"]?.string ?? "")
        }
    }

    private func update(_ object: JSON) {
        guard let pod = decode(object) else { return }
        guard let worker = workers[pod.metadata.uid] else {
            // An event of the past: the object may have gone or changed since.
            guard let present = store.get(uid: pod.metadata.uid), let newest = decode(present)
            else {
                return
            }
            return add(newest)
        }
        if pod.metadata.generation != worker.pod.metadata.generation
            || pod.metadata.labels != worker.pod.metadata.labels
            || pod.metadata.annotations != worker.pod.metadata.annotations
            || pod.status.conditions != worker.pod.status.conditions
        {
            let showsOther =
                pod.metadata.labels != worker.pod.metadata.labels
                || pod.metadata.annotations != worker.pod.metadata.annotations
            worker.update(to: pod)
            if showsOther { worker.refreshVolumesSoon() }
        }
        if pod.metadata.deletionTimestamp != nil {
            worker.requestDeletion(grace: pod.metadata.deletionGracePeriodSeconds ?? 30)
        }
    }

    /// The object has been removed without waiting for the pod: kill what runs.
    func lose(_ uid: String) {
        workers[uid]?.requestDeletion(grace: 0)
    }

    private func add(_ pod: Pod) {
        let uid = pod.metadata.uid
        // A pod without a node waits for the scheduler.
        guard !isStopping, workers[uid] == nil, !pod.spec.nodeName.isEmpty else { return }
        if asksClusterNames(pod) { services?.prepareNames() }
        let worker = PodWorker(
            pod: pod,
            machine: PodMachine(pod: pod, settings: settings),
            node: self
        )
        workers[uid] = worker
        reject(worker)
        worker.deliver(.woken)
        if pod.metadata.deletionTimestamp != nil {
            worker.requestDeletion(grace: pod.metadata.deletionGracePeriodSeconds ?? 30)
        }
    }

    private func decode(_ object: JSON) -> Pod? {
        do {
            return try Pod(json: object)
        } catch {
            let name = object["metadata"]?["name"]?.string ?? "?"
            journal.error("the stored pod \(name) cannot be read: \(error)")
            return nil
        }
    }

    private func removeLogs(of worker: PodWorker) {
        let path = layout.logs(
            namespace: worker.key.namespace,
            pod: worker.key.name,
            uid: worker.uid
        )
        guard Files.exists(path) else { return }
        do {
            try Files.removeTree(path)
        } catch {
            journal.warning("cannot remove the logs of pod \(worker.key): \(error)")
        }
    }
}
