internal import Basics
internal import Formats
internal import ObjectStore
internal import PodModel
internal import Reactor

/// Keeps deployments, replica sets and the objects they own as they are wanted.
///
/// Level-triggered: every change but an event's marks the whole to be looked at again, once per turn
/// of the loop; nothing is remembered but the store and who owns what in it. Between changes it
/// sleeps; the only timer is for pods that become available by time (`minReadySeconds`).
@MainLoop final class Controllers {
    private let store: ObjectStore
    private let journal: Journal
    private var tasks: [Task<Void, Never>] = []
    private var isMarked = false
    private var again: Task<Void, Never>?
    private var garbage: GarbageCollector

    init(_ store: ObjectStore, _ journal: Journal) {
        self.store = store
        self.journal = journal
        garbage = GarbageCollector(store)
    }

    /// Begins to follow the store.
    func start() {
        tasks.append(Task { @MainLoop [weak self] in await self?.follow() })
    }

    /// Ends; what was begun is complete in itself.
    func stop() {
        for task in tasks { task.cancel() }
        again?.cancel()
    }

    // MARK: Details

    private func follow() async {
        while !Task.isCancelled {
            guard let watch = try? store.watch(ObjectQuery()) else { return }
            garbage.learn()
            mark()
            while let event = await watch.next() {
                guard event.key.resource != "events" else { continue }
                garbage.note(event)
                mark()
            }
            guard watch.isExpired else { return }
        }
    }

    private func mark() {
        guard !isMarked else { return }
        isMarked = true
        Task { @MainLoop [weak self] in
            guard let self else { return }
            self.isMarked = false
            self.reconcile()
        }
    }

    private func reconcile() {
        do {
            try garbage.collect()
            for entry in store.entries(ObjectQuery("deployments"))
            where !Self.isDeleted(entry.object) {
                try DeploymentController(store, journal).reconcile(entry.object)
            }
            var wait: Duration?
            for entry in store.entries(ObjectQuery("replicasets"))
            where !Self.isDeleted(entry.object) {
                let controller = ReplicaSetController(store, journal)
                if let next = try controller.reconcile(entry.object) {
                    wait = min(wait ?? next, next)
                }
            }
            try garbage.emptyNamespaces()
            again?.cancel()
            if let wait {
                again = Task { @MainLoop [weak self] in
                    guard (try? await Loop.main.sleep(for: wait)) != nil else { return }
                    self?.mark()
                }
            }
        } catch {
            journal.error("the controllers cannot go on: \(error)")
        }
    }

    static func isDeleted(_ object: JSON) -> Bool {
        object["metadata"]?["deletionTimestamp"] != nil
    }

    /// The UID of the object's controlling owner.
    static func controller(of object: JSON) -> String? {
        (object["metadata"]?["ownerReferences"]?.array ?? [])
            .first { $0["controller"]?.bool == true }?["uid"]?.string
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
        _ = try store.delete(key, grace: grace, uid: object["metadata"]?["uid"]?.string)
    }

    /// The reference that makes an object the controller of another.
    static func ownerReference(to owner: JSON) -> JSON {
        [
            "apiVersion": owner["apiVersion"] ?? "apps/v1", "kind": owner["kind"] ?? "",
            "name": owner["metadata"]?["name"] ?? "", "uid": owner["metadata"]?["uid"] ?? "",
            "controller": true, "blockOwnerDeletion": true,
        ]
    }
}
