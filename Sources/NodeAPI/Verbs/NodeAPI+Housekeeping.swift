internal import Basics
internal import Formats
internal import ObjectStore
internal import Reactor

extension NodeAPI {
    /// Follows deletions for as long as the task runs: dependents follow their owners, and a
    /// namespace goes when its last object has gone.
    public func housekeep() async {
        while !Task.isCancelled {
            guard let watch = try? store.watch(ObjectQuery()) else { return }
            defer { watch.cancel() }
            // What was left behind by an earlier process.
            for namespace in store.list(ObjectQuery("namespaces")) { tidy(namespace) }
            for (_, object) in store.entries(ObjectQuery()) { collect(orphan: object) }
            while let event = await watch.next() {
                if event.kind == .added, event.key.resource == "events" { expireEvents() }
                guard event.kind == .deleted, event.key.resource != "events" else { continue }
                if let uid = event.object["metadata"]?["uid"]?.string { collect(dependentsOf: uid) }
                let namespace = ResourceKind.namespaces.key("", event.key.namespace)
                if let object = store.get(namespace) { tidy(object) }
            }
            guard watch.isExpired else { return }
        }
    }

    /// Removes events that were last seen an hour ago, and the oldest beyond 2,000.
    private func expireEvents() {
        let instant = Loop.main.now
        let isDue = lastExpiry.map { instant - $0 > Self.expiryEvery } ?? true
        guard isDue || store.count("events") > Self.eventsKept else { return }
        lastExpiry = instant
        let events = store.entries(ObjectQuery("events")).map { key, object in
            (key: key, seen: object["lastTimestamp"]?.string ?? "")
        }.sorted { $0.seen < $1.seen }
        let limit = (now + .seconds(-3600)).rfc3339
        let isFull = events.count > Self.eventsKept
        let surplus = isFull ? events.count - Self.eventsKept + Self.eventsPerBatch : 0
        for (index, event) in events.enumerated() where index < surplus || event.seen < limit {
            _ = try? store.delete(event.key)
        }
    }

    private static let eventsKept = 2000
    private static let eventsPerBatch = 100
    private static let expiryEvery = Duration.seconds(60)

    /// Deletes what is in a terminating namespace, and the namespace itself once it is empty.
    func empty(namespace: String) throws(StoreError) {
        let contents = store.entries(ObjectQuery(namespace: namespace))
        // Controllers first, so that they do not replace the pods that go.
        let ranked = contents.sorted { Self.rank($0.key) < Self.rank($1.key) }
        for (key, object) in ranked where object["metadata"]?["deletionTimestamp"] == nil {
            try release(key, object)
        }
        guard store.entries(ObjectQuery(namespace: namespace)).isEmpty,
            let object = store.get(ResourceKind.namespaces.key("", namespace)),
            let uid = object["metadata"]?["uid"]?.string
        else { return }
        // Without its finalizer the marked namespace is removed.
        try store.modify(uid: uid) { $0["spec"]?["finalizers"] = nil }
    }

    private static func rank(_ key: ObjectKey) -> Int {
        switch key.resource {
        case "deployments": 0
        case "replicasets": 1
        case "pods": 2
        default: 3
        }
    }

    private func tidy(_ namespace: JSON) {
        guard namespace["metadata"]?["deletionTimestamp"] != nil else { return }
        // A store that cannot write is reported by every request; the next deletion tries again.
        try? empty(namespace: namespace["metadata"]?["name"]?.string ?? "")
    }

    private func collect(dependentsOf uid: String) {
        // Events are many and have no owners.
        for kind in ResourceKind.all where kind.resource != "events" {
            for (key, object) in store.entries(ObjectQuery(kind.resource))
            where Self.owners(of: object).contains(uid) {
                collect(key, object)
            }
        }
    }

    private func collect(orphan object: JSON) {
        guard !Self.owners(of: object).isEmpty,
            let uid = object["metadata"]?["uid"]?.string, let key = store.key(uid: uid)
        else { return }
        collect(key, object)
    }

    /// Deletes a dependent none of whose owners is left.
    private func collect(_ key: ObjectKey, _ object: JSON) {
        guard object["metadata"]?["deletionTimestamp"] == nil,
            Self.owners(of: object).allSatisfy({ store.key(uid: $0) == nil })
        else { return }
        try? release(key, object)
    }

    private func release(_ key: ObjectKey, _ object: JSON) throws(StoreError) {
        var grace = 0
        if key.resource == "pods" {
            let phase = object["status"]?["phase"]?.string
            let period = object["spec"]?["terminationGracePeriodSeconds"]?.int ?? 30
            grace = phase == "Succeeded" || phase == "Failed" ? 0 : max(period, 1)
        }
        try store.delete(key, grace: grace)
    }
}
