internal import Basics
internal import Formats
internal import ObjectStore
internal import PodModel
internal import Reactor

/// Keeps deployments, replica sets and the objects they own as they are wanted.
///
/// Level-triggered: every change of a deployment, replica set, pod or namespace marks the whole to be
/// looked at again, once per turn of the loop; nothing is remembered but the store. Between changes
/// it sleeps; the only timer is for pods that become available by time (`minReadySeconds`).
@MainLoop final class Controllers {
    private weak var node: Node?
    private let store: ObjectStore
    private let journal: Journal
    private var tasks: [Task<Void, Never>] = []
    private var isMarked = false
    private var again: Task<Void, Never>?

    init(_ node: Node) {
        self.node = node
        store = node.store
        journal = node.journal
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
            mark()
            while let event = await watch.next() {
                switch event.key.resource {
                case "deployments", "replicasets", "pods", "namespaces": mark()
                default: continue
                }
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
        let isNeeded =
            store.count("deployments") > 0 || store.count("replicasets") > 0
            || store.list(ObjectQuery("namespaces")).contains(where: Self.isDeleted)
        guard isNeeded else { return }
        do {
            try collectGarbage()
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
            for namespace in store.list(ObjectQuery("namespaces")) where Self.isDeleted(namespace) {
                try empty(namespace)
            }
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

    /// Removes replica sets and pods whose owner has gone.
    private func collectGarbage() throws(StoreError) {
        for resource in ["replicasets", "pods"] {
            for entry in store.entries(ObjectQuery(resource)) where !Self.isDeleted(entry.object) {
                guard let owner = Self.controller(of: entry.object),
                    store.get(uid: owner) == nil
                else { continue }
                try Self.delete(entry.key, entry.object, in: store)
            }
        }
    }

    /// Removes everything in a namespace that is being deleted, then the namespace.
    private func empty(_ namespace: JSON) throws(StoreError) {
        let name = namespace["metadata"]?["name"]?.string ?? ""
        let entries = store.entries(ObjectQuery(nil, namespace: name))
            .filter { $0.key.resource != "namespaces" }
        for entry in entries where !Self.isDeleted(entry.object) {
            try Self.delete(entry.key, entry.object, in: store)
        }
        if entries.isEmpty { try store.delete(ObjectKey("namespaces", "", name)) }
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
