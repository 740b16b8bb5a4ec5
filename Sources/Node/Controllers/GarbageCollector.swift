internal import Basics
internal import Formats
internal import ObjectStore
internal import Reactor

/// Removes what nobody wants any more: objects whose owners have all gone, those that go before an
/// owner that waits for them, and everything in a namespace that is being deleted.
///
/// It is told every change of the store, and the store knows the dependents of an owner, so nothing
/// is looked for. Events own nothing and are owned by nobody.
/// Source: `pkg/controller/garbagecollector/garbagecollector.go`.
@MainLoop struct GarbageCollector {
    private let store: ObjectStore
    /// The UIDs of objects of which an owner is missing or waits.
    private var suspects: Set<String> = []
    /// The UIDs of objects that wait for their dependents.
    private var waiting: Set<String> = []
    /// The namespaces that are being deleted, and when what is in them goes.
    private var ending: [String: Instant] = [:]
    /// Whether something has changed that concerns them.
    private var isDue = false

    /// How long the contents of a namespace stay.
    ///
    /// Who deletes the namespace together with them, as in one manifest, is not to come too late.
    /// Upstream waits for 5 s.
    static let patience = Duration.seconds(2)
    static let foreground = "foregroundDeletion"
    static let orphan = "orphan"

    init(_ store: ObjectStore) {
        self.store = store
    }

    /// Whether there is something to remove, or to look at again.
    var hasWork: Bool { !suspects.isEmpty || isDue }

    /// Learns from the store who owns what, forgetting what it knew.
    mutating func learn() {
        self = Self(store)
        for (key, object) in store.entries(ObjectQuery()) where key.resource != "events" {
            note(key, object)
        }
    }

    /// Takes a change.
    mutating func note(_ event: ObjectEvent) {
        guard event.key.resource != "events" else { return }
        if ending[event.key.namespace] != nil || !waiting.isEmpty { isDue = true }
        guard event.kind == .deleted else { return note(event.key, event.object) }
        if event.key.resource == "namespaces" { ending[event.key.name] = nil }
        guard let uid = event.object["metadata"]?["uid"]?.string else { return }
        suspects.remove(uid)
        waiting.remove(uid)
        suspects.formUnion(store.dependents(of: uid))
    }

    private mutating func note(_ key: ObjectKey, _ object: JSON) {
        if key.resource == "namespaces", Controllers.isDeleted(object), ending[key.name] == nil {
            ending[key.name] = Loop.main.now + Self.patience
            isDue = true
        }
        guard let uid = object["metadata"]?["uid"]?.string else { return }
        if Controllers.isDeleted(object), !Self.waits(object).isEmpty {
            waiting.insert(uid)
            isDue = true
        }
        let isMissing = Self.owners(of: object).contains { owner in
            store.key(uid: owner).map { !Self.canOwn($0, key) } ?? true
        }
        if isMissing { suspects.insert(uid) }
    }

    /// Deletes the objects none of whose owners is left, pods with their grace, and lets go of those
    /// that waited for their dependents.
    ///
    /// - Throws: `StoreError.storage` if the store cannot be written; the next call goes on.
    mutating func collect() throws(StoreError) {
        isDue = false
        var refusal: StoreError?
        for uid in waiting {
            do throws(StoreError) { try advance(uid) } catch {
                refusal = Self.worse(refusal, error)
            }
        }
        // What cannot be removed now holds up nothing else.
        for uid in suspects {
            do throws(StoreError) {
                try judge(uid)
                suspects.remove(uid)
            } catch {
                refusal = Self.worse(refusal, error)
                if case .storage = error { continue }
                suspects.remove(uid)
            }
        }
        if let refusal { throw refusal }
    }

    /// The error that is told: others than those of the disk mean that somebody else was faster.
    private static func worse(_ known: StoreError?, _ next: StoreError) -> StoreError? {
        if case .storage = next { return next }
        return known
    }

    // MARK: Owners

    /// Owners are of the whole node, or of the same namespace.
    private static func canOwn(_ owner: ObjectKey, _ dependent: ObjectKey) -> Bool {
        owner.namespace.isEmpty || owner.namespace == dependent.namespace
    }

    /// Deletes an object without owners; of one that has some the references to others are taken off.
    private mutating func judge(_ uid: String) throws(StoreError) {
        guard let key = store.key(uid: uid), let object = store.get(key),
            !Controllers.isDeleted(object)
        else { return }
        let owners = Self.owners(of: object)
        guard !owners.isEmpty else { return }
        let solid = owners.filter { owner in
            guard let found = store.key(uid: owner), Self.canOwn(found, key) else { return false }
            return !waitsForDependents(owner)
        }
        guard solid.isEmpty else {
            if solid.count < owners.count {
                try keepReferences(of: uid) { solid.contains($0) }
            }
            return
        }
        // What goes before its owner lets its own dependents go before it.
        let isAwaited = owners.contains(where: waitsForDependents)
        if isAwaited, !store.dependents(of: uid).isEmpty {
            let others = object["metadata"]?["finalizers"]?.array?.compactMap(\.string) ?? []
            try delete(key, object, finalizers: others + [Self.foreground])
        } else {
            try Controllers.delete(key, object, in: store)
        }
    }

    private func delete(
        _ key: ObjectKey,
        _ object: JSON,
        finalizers: [String]
    ) throws(StoreError) {
        let seconds = object["spec"]?["terminationGracePeriodSeconds"]?.int ?? 30
        do throws(StoreError) {
            _ = try store.delete(
                key,
                grace: key.resource == "pods" ? max(1, seconds) : 0,
                uid: object["metadata"]?["uid"]?.string,
                finalizers: finalizers
            )
        } catch .notFound {}
    }

    private func waitsForDependents(_ uid: String) -> Bool {
        guard let object = store.get(uid: uid), Controllers.isDeleted(object) else { return false }
        return Self.waits(object).contains(Self.foreground)
    }

    private func keepReferences(
        of uid: String,
        where isKept: (String) -> Bool
    ) throws(StoreError) {
        try store.modify(uid: uid) { object in
            let kept = (object["metadata"]?["ownerReferences"]?.array ?? [])
                .filter { isKept($0["uid"]?.string ?? "") }
            object["metadata"]?["ownerReferences"] = kept.isEmpty ? nil : .array(kept)
        }
    }

    // MARK: Objects that wait

    /// The finalizers of an object that are the collector's.
    private static func waits(_ object: JSON) -> [String] {
        (object["metadata"]?["finalizers"]?.array ?? []).compactMap(\.string)
            .filter { [foreground, orphan].contains($0) }
    }

    private mutating func advance(_ uid: String) throws(StoreError) {
        guard let object = store.get(uid: uid), Controllers.isDeleted(object) else {
            waiting.remove(uid)
            return
        }
        let waits = Self.waits(object)
        if waits.contains(Self.orphan) {
            for dependent in store.dependents(of: uid) {
                try keepReferences(of: dependent) { $0 != uid }
            }
            try release(uid, Self.orphan)
        }
        if waits.contains(Self.foreground) {
            let blocking = store.dependents(of: uid).filter { blocks(uid, $0) }
            if blocking.isEmpty {
                try release(uid, Self.foreground)
            } else {
                for dependent in blocking { try judge(dependent) }
            }
        }
        if store.get(uid: uid).map({ Self.waits($0).isEmpty }) ?? true { waiting.remove(uid) }
    }

    private func blocks(_ owner: String, _ dependent: String) -> Bool {
        (store.get(uid: dependent)?["metadata"]?["ownerReferences"]?.array ?? []).contains {
            $0["uid"]?.string == owner && $0["blockOwnerDeletion"]?.bool == true
        }
    }

    private func release(_ uid: String, _ finalizer: String) throws(StoreError) {
        do throws(StoreError) {
            try store.modify(uid: uid) { object in
                let rest = (object["metadata"]?["finalizers"]?.array ?? [])
                    .filter { $0.string != finalizer }
                object["metadata"]?["finalizers"] = rest.isEmpty ? nil : .array(rest)
            }
        } catch .notFound {}
    }

    // MARK: Namespaces

    /// Removes what is in the namespaces that are being deleted, and those that are empty by now.
    ///
    /// - Parameter now: The time by which their contents must have been due.
    /// - Returns: When the next one is due.
    /// - Throws: `StoreError.storage` if the store cannot be written.
    func emptyNamespaces(at now: Instant) throws(StoreError) -> Instant? {
        var next: Instant?
        for (name, due) in ending.sorted(by: { $0.key < $1.key }) {
            guard due <= now else {
                next = min(next ?? due, due)
                continue
            }
            let query = ObjectQuery(nil, namespace: name)
            // Controllers first, so that they do not replace the pods that go.
            let contents = store.entries(query).sorted {
                Self.rank($0.key.resource) < Self.rank($1.key.resource)
            }
            for (key, object) in contents where !Controllers.isDeleted(object) {
                try Controllers.delete(key, object, in: store)
            }
            guard let namespace = store.get(ObjectKey("namespaces", "", name)),
                let uid = namespace["metadata"]?["uid"]?.string
            else { continue }
            let rest = store.entries(query)
            var status = namespace["status"] ?? [:]
            status["phase"] = "Terminating"
            status["conditions"] = NamespaceConditions(rest: rest)
                .json(after: status["conditions"], at: Loop.main.moment.wall)
            try store.updateStatus(uid: uid, status)
            guard rest.isEmpty else { continue }
            // A marked object goes with its last finalizer.
            try store.modify(uid: uid) { object in
                let others = (object["spec"]?["finalizers"]?.array ?? [])
                    .filter { $0.string != "kubernetes" }
                object["spec"]?["finalizers"] = others.isEmpty ? nil : .array(others)
            }
        }
        return next
    }

    private static let order = [
        "cronjobs", "jobs", "deployments", "statefulsets", "daemonsets", "replicasets", "pods",
    ]

    private static func rank(_ resource: String) -> Int {
        order.firstIndex(of: resource) ?? order.count
    }

    private static func owners(of object: JSON) -> [String] {
        (object["metadata"]?["ownerReferences"]?.array ?? []).compactMap { $0["uid"]?.string }
    }
}
