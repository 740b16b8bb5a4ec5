internal import Basics
internal import Formats
internal import ObjectStore
internal import Reactor

/// Keeps what makes, guards and owns pods as it is wanted.
///
/// Level-triggered: every change of an object marks those that depend on it to be looked at again;
/// nothing is remembered but the store. A few objects are looked at at a time, each by one look, so
/// that one that waits or fails holds up no other; a failure is told once and tried again after a
/// growing pause.
@MainLoop final class Controllers {
    private let store: ObjectStore
    private let journal: Journal
    private let events: EventRecorder
    private let reconcilers: [String: any Reconciler]
    private let accounts: JobAccounts
    private let pauses = ReplacementPauses()
    private var garbage: GarbageCollector
    private var queue = WorkQueue()
    private var follower: Task<Void, Never>?
    private var looks: [WorkQueue.Item: Task<Void, Never>] = [:]
    private var collecting: Task<Void, Never>?
    private var alarm: Alarm?
    /// Goes off when the contents of a namespace are to go.
    private var emptying: Alarm?
    private var wakeTime: Instant?
    private var isStopping = false

    /// How many objects are looked at at a time.
    private static let looksMaximum = 8

    /// Makes the controllers of a node.
    ///
    /// - Parameters:
    ///   - store: The objects.
    ///   - events: Where events go.
    ///   - creator: Who stores new pods.
    ///   - nodeName: The node's name.
    ///   - journal: The engine's own log.
    init(
        _ store: ObjectStore,
        events: EventRecorder,
        creator: any PodCreator,
        nodeName: String,
        journal: Journal
    ) {
        self.store = store
        self.events = events
        self.journal = journal
        garbage = GarbageCollector(store)
        let accounts = JobAccounts(store)
        self.accounts = accounts
        let pauses = self.pauses
        func tools(_ component: String) -> ControllerTools {
            ControllerTools(
                store: store,
                events: events,
                creator: creator,
                pauses: pauses,
                nodeName: nodeName,
                component: component
            )
        }
        reconcilers = [
            "deployments": DeploymentController(tools: tools("deployment-controller")),
            "replicasets": ReplicaSetController(tools: tools("replicaset-controller")),
            "statefulsets": StatefulSetController(tools: tools("statefulset-controller")),
            "daemonsets": DaemonSetController(tools: tools("daemonset-controller")),
            "jobs": JobController(tools: tools("job-controller"), accounts: accounts),
            "cronjobs": CronJobController(tools: tools("cronjob-controller")),
            "poddisruptionbudgets": DisruptionController(tools: tools("controllermanager")),
        ]
    }

    /// Begins to follow the store.
    ///
    /// - Throws: `StoreError.storage` if it cannot be read.
    func start() throws(StoreError) {
        try accounts.open()
        follower = Task { @MainLoop [weak self] in await self?.follow() }
    }

    /// Ends; what was begun is complete in itself.
    func stop() {
        isStopping = true
        follower?.cancel()
        collecting?.cancel()
        alarm?.cancel()
        emptying = nil
        for look in looks.values { look.cancel() }
    }

    // MARK: What changes

    private func follow() async {
        while !Task.isCancelled {
            guard let watch = try? store.watch(ObjectQuery()) else { return }
            garbage.learn()
            for resource in reconcilers.keys.sorted() {
                for (_, object) in store.entries(ObjectQuery(resource)) { mark(resource, object) }
            }
            collect()
            while let event = await watch.next() {
                guard event.key.resource != "events" else { continue }
                garbage.note(event)
                note(event)
                if garbage.hasWork { collect() }
            }
            guard watch.isExpired else { return }
        }
    }

    private func mark(_ resource: String, _ object: JSON) {
        queue.add(WorkQueue.Item(resource, object["metadata"]?["uid"]?.string ?? ""))
        pump()
    }

    /// Marks what a change concerns.
    private func note(_ event: ObjectEvent) {
        let (key, object) = (event.key, event.object)
        if reconcilers[key.resource] != nil {
            if event.kind == .deleted {
                let uid = object["metadata"]?["uid"]?.string ?? ""
                queue.forget(WorkQueue.Item(key.resource, uid))
                events.forget(uid: uid)
                accounts.forget(uid: uid)
                pauses.forget(uid)
            } else {
                mark(key.resource, object)
            }
        }
        if let owner = Self.controller(of: object) {
            if let found = store.key(uid: owner), reconcilers[found.resource] != nil {
                queue.add(WorkQueue.Item(found.resource, owner))
            }
        } else if let takers = Self.takers[key.resource], event.kind != .deleted {
            for taker in takers { markTakers(of: object, taker, key.namespace) }
            // Jobs are many, but each pod of one tells which.
            let job = object["metadata"]?["labels"]?["batch.kubernetes.io/controller-uid"]?.string
            if let job, store.key(uid: job)?.resource == "jobs" {
                queue.add(WorkQueue.Item("jobs", job))
            }
        }
        if Self.guarded.contains(key.resource) {
            markAll("poddisruptionbudgets", in: key.namespace)
        }
        if key.resource == "nodes" { markAll("daemonsets", in: nil) }
        if key.resource == "persistentvolumeclaims", event.kind == .deleted {
            markAll("statefulsets", in: key.namespace)
        }
        pump()
    }

    /// Which controllers take in what nobody controls.
    private static let takers = [
        "pods": ["replicasets", "statefulsets", "daemonsets"],
        "replicasets": ["deployments"],
        "controllerrevisions": ["statefulsets", "daemonsets"],
    ]

    /// What budgets count.
    private static let guarded: Set<String> = [
        "pods", "replicasets", "statefulsets", "deployments",
    ]

    private func markTakers(of object: JSON, _ resource: String, _ namespace: String) {
        guard store.count(resource, in: namespace) > 0 else { return }
        let labels = object["metadata"]?["labels"]?.object
        for (_, taker) in store.entries(ObjectQuery(resource, namespace: namespace)) {
            guard let selector = taker["spec"]?["selector"],
                let query = try? LabelQuery(selector: selector), query.matches(labels)
            else { continue }
            mark(resource, taker)
        }
    }

    private func markAll(_ resource: String, in namespace: String?) {
        if let namespace, store.count(resource, in: namespace) == 0 { return }
        for (_, object) in store.entries(ObjectQuery(resource, namespace: namespace)) {
            mark(resource, object)
        }
    }

    // MARK: Looking

    private func pump() {
        guard !isStopping else { return }
        while looks.count < Self.looksMaximum, let item = queue.next(at: Loop.main.now) {
            looks[item] = Task { @MainLoop [weak self] in
                // Other tasks and events go first.
                await Loop.main.turn()
                await self?.look(at: item)
                self?.looks[item] = nil
                self?.pump()
            }
        }
        let wake = queue.nextWake
        guard wake != wakeTime else { return }
        alarm?.cancel()
        wakeTime = wake
        alarm = wake.map { wake in
            Alarm(at: wake) { [weak self] in
                self?.wakeTime = nil
                self?.pump()
            }
        }
    }

    private func look(at item: WorkQueue.Item) async {
        guard let reconciler = reconcilers[item.resource], let key = store.key(uid: item.uid),
            let object = store.get(key)
        else { return queue.finish(item) }
        do throws(StoreError) {
            switch try await reconciler.reconcile(key, object) {
            case .settled: queue.finish(item)
            case .again(let wait):
                queue.finish(item)
                queue.add(item, at: Loop.main.now + wait)
            case .refused(let failure): fail(item, "\(key): \(failure.what)")
            }
        } catch {
            switch error {
            case .conflict, .notFound:
                // Somebody else was faster: that is a change, and it is looked at again.
                queue.fail(item, at: Loop.main.now)
            default: fail(item, "\(key) cannot be brought up to date: \(error)")
            }
        }
    }

    private func fail(_ item: WorkQueue.Item, _ problem: String) {
        if queue.fail(item, at: Loop.main.now) { journal.warning(problem) }
    }

    // MARK: Removing

    /// Removes what nobody wants any more, once per turn of the loop.
    private func collect() {
        guard collecting == nil, !isStopping else { return }
        collecting = Task { @MainLoop [weak self] in
            await Loop.main.turn()
            guard let self else { return }
            do throws(StoreError) {
                try self.garbage.collect()
                let next = try self.garbage.emptyNamespaces(at: Loop.main.now)
                self.emptying = next.map { time in
                    Alarm(at: time) { [weak self] in self?.collect() }
                }
            } catch {
                self.journal.error("cannot remove what nobody wants: \(error)")
                // A full disk takes it later.
                _ = try? await Loop.main.sleep(for: .seconds(1))
            }
            self.collecting = nil
            if self.garbage.hasWork, !Task.isCancelled { self.collect() }
        }
    }
}

extension Controllers {
    nonisolated static func isDeleted(_ object: JSON) -> Bool {
        object["metadata"]?["deletionTimestamp"] != nil
    }

    /// The UID of the object's controlling owner.
    nonisolated static func controller(of object: JSON) -> String? {
        (object["metadata"]?["ownerReferences"]?.array ?? [])
            .first { $0["controller"]?.bool == true }?["uid"]?.string
    }

    /// A time of an API object.
    nonisolated static func time(_ value: JSON?) -> Timestamp? {
        value?.string.flatMap { Timestamp(rfc3339: $0) }
    }

    /// Deletes an object; a pod gets its grace period.
    static func delete(
        _ key: ObjectKey,
        _ object: JSON,
        in store: ObjectStore
    ) throws(StoreError) {
        let seconds = object["spec"]?["terminationGracePeriodSeconds"]?.int ?? 30
        let phase = object["status"]?["phase"]?.string
        let isOver = phase == "Succeeded" || phase == "Failed"
        let grace = key.resource == "pods" ? (isOver ? 1 : max(1, seconds)) : 0
        do throws(StoreError) {
            _ = try store.delete(key, grace: grace, uid: object["metadata"]?["uid"]?.string)
        } catch .notFound {
        } catch .conflict {
            // A successor of the same name is not meant.
        }
    }

    /// The reference that makes an object the controller of another.
    nonisolated static func ownerReference(to owner: JSON) -> JSON {
        [
            "apiVersion": owner["apiVersion"] ?? "apps/v1", "kind": owner["kind"] ?? "",
            "name": owner["metadata"]?["name"] ?? "", "uid": owner["metadata"]?["uid"] ?? "",
            "controller": true, "blockOwnerDeletion": true,
        ]
    }
}
