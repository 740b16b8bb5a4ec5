internal import Basics
internal import Formats
internal import ObjectStore
internal import Reactor

/// Keeps the endpoints and slices of every service as its pods are.
///
/// Level-triggered: a change marks the services that it may concern, and each of them is looked at once
/// per turn of the loop. What pods mean to services is remembered (`ServiceMembers`), so that a change
/// costs the services of that pod only.
@MainLoop final class EndpointsController {
    private let store: ObjectStore
    private let journal: Journal
    private var task: Task<Void, Never>?
    private var members = ServiceMembers()
    /// The slices that the engine made for each service.
    private var slices: [ObjectKey: Set<ObjectKey>] = [:]
    private var marked: Set<ObjectKey> = []
    private var isScheduled = false
    private var again: Alarm?

    private static let serviceLabel = "kubernetes.io/service-name"
    private static let managerLabel = "endpointslice.kubernetes.io/managed-by"
    private static let endpointsLabel = "endpoints.kubernetes.io/managed-by"
    private static let headlessLabel = "service.kubernetes.io/headless"
    private static let sliceManager = "endpointslice-controller.k8s.io"
    private static let mirrorManager = "endpointslicemirroring-controller.k8s.io"
    private static let endpointsManager = "endpoint-controller"

    /// How long it takes until what the disk refused is tried again.
    private static let patience = Duration.seconds(1)

    init(_ store: ObjectStore, _ journal: Journal) {
        self.store = store
        self.journal = journal
    }

    /// Begins to follow the store.
    func start() {
        task = Task { @MainLoop [weak self] in await self?.follow() }
    }

    /// Ends; what was begun is complete in itself.
    func stop() {
        task?.cancel()
        again = nil
    }

    // MARK: Following

    private func follow() async {
        while !Task.isCancelled {
            guard let watch = try? store.watch(ObjectQuery()) else { return }
            learn()
            while let event = await watch.next() {
                note(event.key, event.kind == .deleted ? nil : event.object, last: event.object)
            }
            guard watch.isExpired else { return }
        }
    }

    private func learn() {
        members = ServiceMembers()
        slices = [:]
        for resource in ["services", "pods", "endpointslices", "endpoints"] {
            for (key, object) in store.entries(ObjectQuery(resource)) {
                note(key, object, last: object)
            }
        }
    }

    private func note(_ key: ObjectKey, _ object: JSON?, last: JSON) {
        switch key.resource {
        case "services":
            let selector = PodEndpoint.texts(object?["spec"]?["selector"])
            members.set(selector: selector.isEmpty ? nil : selector, of: key)
            mark(key)
        case "pods":
            for service in members.set(pod: object.map { PodEndpoint($0) }, key) { mark(service) }
        case "endpoints": mark(ObjectKey("services", key.namespace, key.name))
        case "endpointslices": noteSlice(key, object, last)
        default: break
        }
    }

    private func noteSlice(_ key: ObjectKey, _ object: JSON?, _ last: JSON) {
        let labels = last["metadata"]?["labels"]
        guard let name = labels?[Self.serviceLabel]?.string,
            let manager = labels?[Self.managerLabel]?.string,
            [Self.sliceManager, Self.mirrorManager].contains(manager)
        else { return }
        let service = ObjectKey("services", key.namespace, name)
        if object == nil {
            slices[service]?.remove(key)
        } else {
            slices[service, default: []].insert(key)
        }
        // Somebody may have changed or removed it.
        mark(service)
    }

    private func mark(_ service: ObjectKey) {
        marked.insert(service)
        guard !isScheduled else { return }
        isScheduled = true
        Task { @MainLoop [weak self] in
            guard let self else { return }
            self.isScheduled = false
            self.reconcile()
        }
    }

    private func reconcile() {
        let services = marked
        marked = []
        for key in services {
            do {
                try reconcile(key)
            } catch {
                if marked.isEmpty {
                    journal.error("cannot store the endpoints of \(key): \(error)")
                }
                marked.insert(key)
            }
        }
        guard !marked.isEmpty else { return }
        again = Alarm(at: Loop.main.now + Self.patience) { [weak self] in self?.reconcile() }
    }

    // MARK: One service

    private func reconcile(_ key: ObjectKey) throws(StoreError) {
        let endpoints = ObjectKey("endpoints", key.namespace, key.name)
        guard let service = store.get(key) else {
            if isManaged(endpoints) { try remove(endpoints) }
            for slice in slices[key] ?? [] where isOurs(slice) { try remove(slice) }
            return
        }
        let namespace = store.get(ObjectKey("namespaces", "", key.namespace))
        guard !Controllers.isDeleted(service), namespace.map(Controllers.isDeleted) != true else {
            return
        }
        if service["spec"]?["type"] == "ExternalName" {
            if isManaged(endpoints) { try remove(endpoints) }
            return try write([], for: service, key, "")
        }
        let selector = PodEndpoint.texts(service["spec"]?["selector"])
        if selector.isEmpty {
            let written = store.get(endpoints)
            let isWanted = written.map { EndpointMirror.isMirrored($0) } ?? false
            return try write(
                isWanted ? EndpointMirror.slices(of: written ?? [:]) : [],
                for: written ?? service,
                key,
                Self.mirrorManager
            )
        }
        let plan = EndpointPlan(service, pods: members.pods(of: key))
        try write(plan.subsets, endpoints, service)
        try write(plan.slices, for: service, key, Self.sliceManager)
    }

    /// Writes the `Endpoints` of a service with a selector.
    private func write(
        _ subsets: [JSON],
        _ key: ObjectKey,
        _ service: JSON
    ) throws(StoreError) {
        var labels = service["metadata"]?["labels"]?.object ?? [:]
        labels[Self.endpointsLabel] = .string(Self.endpointsManager)
        if service["spec"]?["clusterIP"] == "None" { labels[Self.headlessLabel] = "" }
        if let present = store.get(key) {
            guard
                present["subsets"] ?? [] != .array(subsets)
                    || present["metadata"]?["labels"] != .object(labels)
            else { return }
            var object = present
            object["metadata"]?["labels"] = .object(labels)
            object["metadata"]?["resourceVersion"] = nil
            object["subsets"] = .array(subsets)
            try store.update("endpoints", object)
        } else {
            try store.create(
                "endpoints",
                [
                    "apiVersion": "v1", "kind": "Endpoints",
                    "metadata": [
                        "name": .string(key.name), "namespace": .string(key.namespace),
                        "labels": .object(labels),
                    ], "subsets": .array(subsets),
                ]
            )
        }
    }

    /// Writes the slices of a service.
    private func write(
        _ wanted: [JSON],
        for owner: JSON,
        _ key: ObjectKey,
        _ manager: String
    ) throws(StoreError) {
        let present = (slices[key] ?? []).sorted().compactMap { slice in
            store.get(slice).map { (key: slice, object: $0) }
        }
        for (slice, object) in present where Self.manager(of: object) != manager {
            try remove(slice)
        }
        let kept = present.filter { Self.manager(of: $0.object) == manager }
        let changes = SliceChanges(
            from: kept.map { ($0.key.name, SliceChanges.content(of: $0.object)) },
            to: wanted
        )
        for (name, content) in changes.updated {
            guard var object = kept.first(where: { $0.key.name == name })?.object else { continue }
            for (field, value) in content.object ?? [:] { object[field] = value }
            object["metadata"]?["resourceVersion"] = nil
            try store.update("endpointslices", object)
        }
        for content in changes.created {
            var labels = owner["metadata"]?["labels"]?.object ?? [:]
            labels[Self.endpointsLabel] = nil
            labels[Self.serviceLabel] = .string(key.name)
            labels[Self.managerLabel] = .string(manager)
            if owner["spec"]?["clusterIP"] == "None" { labels[Self.headlessLabel] = "" }
            var slice: JSON = [
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                "metadata": [
                    "generateName": .string(key.name + "-"), "namespace": .string(key.namespace),
                    "labels": .object(labels),
                    "ownerReferences": [Controllers.ownerReference(to: owner)],
                ],
            ]
            for (field, value) in content.object ?? [:] { slice[field] = value }
            let made = try store.create("endpointslices", slice)
            // The watch tells of it later: it must not be made twice until then.
            let name = made["metadata"]?["name"]?.string ?? ""
            slices[key, default: []].insert(ObjectKey("endpointslices", key.namespace, name))
        }
        for name in changes.deleted {
            try remove(ObjectKey("endpointslices", key.namespace, name))
        }
    }

    // MARK: Helpers

    private static func manager(of slice: JSON) -> String? {
        slice["metadata"]?["labels"]?[managerLabel]?.string
    }

    private func isOurs(_ slice: ObjectKey) -> Bool {
        store.get(slice).flatMap(Self.manager) == Self.sliceManager
    }

    private func isManaged(_ endpoints: ObjectKey) -> Bool {
        store.get(endpoints)?["metadata"]?["labels"]?[Self.endpointsLabel]?.string
            == Self.endpointsManager
    }

    private func remove(_ key: ObjectKey) throws(StoreError) {
        do throws(StoreError) { try store.delete(key) } catch {
            guard case .notFound = error else { throw error }
        }
    }
}
