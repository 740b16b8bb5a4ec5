internal import Formats
internal import ObjectStore
internal import Reactor

/// Removes what nobody wants any more: objects whose owners have all gone, and everything in a
/// namespace that is being deleted, then the namespace itself.
///
/// It is told every change of the store, so it knows the dependents of an owner without looking for
/// them. Events own nothing and are owned by nobody.
@MainLoop struct GarbageCollector {
    private let store: ObjectStore
    /// The UIDs of the dependents of each owner, by its UID.
    private var dependents: [String: Set<String>] = [:]
    /// The UIDs of objects of which an owner is missing.
    private var suspects: Set<String> = []
    /// The namespaces that are being deleted.
    private var ending: Set<String> = []

    init(_ store: ObjectStore) {
        self.store = store
    }

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
        guard event.kind == .deleted else { return note(event.key, event.object) }
        if event.key.resource == "namespaces" { ending.remove(event.key.name) }
        guard let uid = event.object["metadata"]?["uid"]?.string else { return }
        suspects.remove(uid)
        suspects.formUnion(dependents.removeValue(forKey: uid) ?? [])
        for owner in Self.owners(of: event.object) {
            dependents[owner]?.remove(uid)
            if dependents[owner]?.isEmpty == true { dependents[owner] = nil }
        }
    }

    private mutating func note(_ key: ObjectKey, _ object: JSON) {
        if key.resource == "namespaces", Controllers.isDeleted(object) { ending.insert(key.name) }
        guard let uid = object["metadata"]?["uid"]?.string else { return }
        for owner in Self.owners(of: object) {
            dependents[owner, default: []].insert(uid)
            if store.key(uid: owner) == nil { suspects.insert(uid) }
        }
    }

    /// Deletes the objects none of whose owners is left; pods get their grace.
    ///
    /// - Throws: `StoreError.storage` if the store cannot be written; the next call goes on.
    mutating func collect() throws(StoreError) {
        while let uid = suspects.first {
            if let key = store.key(uid: uid), let object = store.get(uid: uid),
                !Controllers.isDeleted(object)
            {
                let owners = Self.owners(of: object)
                if !owners.isEmpty, owners.allSatisfy({ store.key(uid: $0) == nil }) {
                    try Controllers.delete(key, object, in: store)
                }
            }
            suspects.remove(uid)
        }
    }

    /// Removes what is in the namespaces that are being deleted, and those that are empty by now.
    ///
    /// - Throws: `StoreError.storage` if the store cannot be written.
    func emptyNamespaces() throws(StoreError) {
        for name in ending {
            let query = ObjectQuery(nil, namespace: name)
            // Controllers first, so that they do not replace the pods that go.
            let contents = store.entries(query).sorted {
                Self.rank($0.key.resource) < Self.rank($1.key.resource)
            }
            for (key, object) in contents where !Controllers.isDeleted(object) {
                try Controllers.delete(key, object, in: store)
            }
            guard store.entries(query).isEmpty,
                let uid = store.get(ObjectKey("namespaces", "", name))?["metadata"]?["uid"]?.string
            else { continue }
            // A marked object goes with its last finalizer.
            try store.modify(uid: uid) { $0["spec"]?["finalizers"] = nil }
        }
    }

    private static func rank(_ resource: String) -> Int {
        ["deployments", "replicasets", "pods"].firstIndex(of: resource) ?? 3
    }

    private static func owners(of object: JSON) -> [String] {
        (object["metadata"]?["ownerReferences"]?.array ?? []).compactMap { $0["uid"]?.string }
    }
}
