internal import Formats

/// Who belongs to whom and where, kept in step with the objects so that nobody has to look at all.
struct OwnerIndex {
    /// The UIDs of the objects that name an owner, by its UID.
    private var dependents: [String: Set<String>] = [:]
    /// The objects of a resource in a namespace.
    private var members: [Place: Set<ObjectKey>] = [:]
    /// Those of them that nobody controls, of resources that controllers take in.
    private var free: [Place: Set<ObjectKey>] = [:]

    private struct Place: Hashable {
        var resource: String
        var namespace: String
    }

    private static let adoptable: Set<String> = ["pods", "replicasets", "controllerrevisions"]

    func dependents(of uid: String) -> Set<String> { dependents[uid] ?? [] }

    func members(_ resource: String, in namespace: String) -> Set<ObjectKey> {
        members[Place(resource: resource, namespace: namespace)] ?? []
    }

    func free(_ resource: String, in namespace: String) -> Set<ObjectKey> {
        free[Place(resource: resource, namespace: namespace)] ?? []
    }

    /// Takes a change: what an object was and what it is; nil for new and for removed ones.
    mutating func change(_ key: ObjectKey, from old: JSON?, to new: JSON?) {
        let place = Place(resource: key.resource, namespace: key.namespace)
        if old == nil { members[place, default: []].insert(key) }
        if new == nil { Self.remove(key, from: &members, place) }
        let (before, after) = (old.map(Owners.init), new.map(Owners.init))
        guard before != after else { return }
        if let before {
            for owner in before.uids { Self.remove(before.uid, from: &dependents, owner) }
        }
        if let after {
            for owner in after.uids { dependents[owner, default: []].insert(after.uid) }
        }
        guard Self.adoptable.contains(key.resource) else { return }
        if let after, !after.isControlled {
            free[place, default: []].insert(key)
        } else {
            Self.remove(key, from: &free, place)
        }
    }

    private struct Owners: Hashable {
        var uid: String
        var uids: [String]
        var isControlled: Bool

        init(_ object: JSON) {
            let metadata = object["metadata"]
            let references = metadata?["ownerReferences"]?.array ?? []
            uid = metadata?["uid"]?.string ?? ""
            uids = references.compactMap { $0["uid"]?.string }
            isControlled = references.contains { $0["controller"]?.bool == true }
        }
    }

    private static func remove<Key: Hashable, Value: Hashable>(
        _ value: Value,
        from table: inout [Key: Set<Value>],
        _ key: Key
    ) {
        table[key]?.remove(value)
        if table[key]?.isEmpty == true { table[key] = nil }
    }
}
