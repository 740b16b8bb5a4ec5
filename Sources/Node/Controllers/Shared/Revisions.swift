internal import Formats
internal import ObjectStore
internal import Reactor

/// The templates that a StatefulSet or DaemonSet has had, as ControllerRevisions keep them.
///
/// Source: `pkg/controller/history/controller_history.go`.
struct Revisions {
    /// The label that tells a pod's revision.
    static let label = "controller-revision-hash"
    /// The label that tells a revision's hash.
    static let hashLabel = "controller.kubernetes.io/hash"

    /// One of them.
    struct Known: Sendable, Hashable {
        var name: String
        /// What makes it newer than others.
        var number: Int
        var data: JSON
    }

    /// What makes a template the newest revision.
    enum Step: Sendable, Hashable {
        /// It is the newest already.
        case keep(String)
        /// An older one is used again, with the next number.
        case renumber(String, to: Int)
        /// It is new.
        case create(hash: String, number: Int)
    }

    /// What is kept of an owner: its template, in the form of a patch that brings it back.
    static func data(of owner: JSON) -> JSON {
        var template = owner["spec"]?["template"] ?? [:]
        template["$patch"] = "replace"
        return ["spec": ["template": template]]
    }

    /// How a template becomes the newest revision.
    ///
    /// - Parameters:
    ///   - data: The template.
    ///   - known: The revisions of the owner, in any order.
    ///   - prefix: What stands before the hash in a revision's name.
    ///   - collisions: How often a name was taken by another template; raised by each further time.
    /// - Returns: What is to be done with the revisions.
    static func step(
        to data: JSON,
        among known: [Known],
        prefix: String,
        collisions: inout Int
    ) -> Step {
        let sorted = known.sorted { ($0.number, $0.name) < ($1.number, $1.name) }
        let next = (sorted.last?.number ?? 0) + 1
        if let newest = sorted.last, newest.data == data { return .keep(newest.name) }
        if let same = sorted.last(where: { $0.data == data }) {
            return .renumber(same.name, to: next)
        }
        let text = data.bytes(sortedKeys: true)
        while true {
            let hash = SafeName.hash(of: text, collisions: collisions)
            if !known.contains(where: { $0.name == prefix + hash }) {
                return .create(hash: hash, number: next)
            }
            collisions += 1
        }
    }

    /// The revisions that go: the oldest beyond a limit, and none that is in use.
    static func surplus(_ known: [Known], inUse: Set<String>, limit: Int) -> [String] {
        let unused = known.filter { !inUse.contains($0.name) }
            .sorted { ($0.number, $0.name) < ($1.number, $1.name) }
        return unused.dropLast(max(0, limit)).map(\.name)
    }
}

/// The revisions in the store.
@MainLoop struct RevisionKeeper {
    let tools: ControllerTools
    private static let resource = "controllerrevisions"

    /// Makes the owner's template the newest of its revisions.
    ///
    /// - Returns: All of them, and the name of the newest.
    func newest(
        of owner: JSON,
        collisions: inout Int
    ) throws(StoreError) -> (all: [Revisions.Known], newest: String) {
        var all = try known(of: owner)
        let data = Revisions.data(of: owner)
        let namespace = owner["metadata"]?["namespace"]?.string ?? ""
        let prefix = ControllerTools.prefix(owner)
        switch Revisions.step(to: data, among: all, prefix: prefix, collisions: &collisions) {
        case .keep(let name): return (all, name)
        case .renumber(let name, let number):
            let uid = tools.store.get(ObjectKey(Self.resource, namespace, name))?["metadata"]?[
                "uid"
            ]?.string
            try tools.store.modify(uid: uid ?? "") { $0["revision"] = .int(number) }
            for index in all.indices where all[index].name == name { all[index].number = number }
            return (all, name)
        case .create(let hash, let number):
            var labels = owner["spec"]?["template"]?["metadata"]?["labels"] ?? [:]
            labels[Revisions.hashLabel] = .string(hash)
            labels[Revisions.label] = .string(hash)
            var annotations = owner["metadata"]?["annotations"]
            annotations?["kubectl.kubernetes.io/last-applied-configuration"] = nil
            var metadata: JSON = [
                "name": .string(prefix + hash), "namespace": .string(namespace), "labels": labels,
                "ownerReferences": [Controllers.ownerReference(to: owner)],
            ]
            if annotations?.object?.isEmpty == false { metadata["annotations"] = annotations }
            do throws(StoreError) {
                try tools.store.create(
                    Self.resource,
                    [
                        "apiVersion": "apps/v1", "kind": "ControllerRevision",
                        "metadata": metadata, "data": data, "revision": .int(number),
                    ]
                )
            } catch .alreadyExists {
                // Another owner's: the next look takes another name.
                collisions += 1
                return try newest(of: owner, collisions: &collisions)
            }
            let made = Revisions.Known(name: prefix + hash, number: number, data: data)
            return (all + [made], made.name)
        }
    }

    /// Removes the oldest beyond the owner's limit, but for those in use.
    func trim(
        _ all: [Revisions.Known],
        of owner: JSON,
        inUse: Set<String>
    ) throws(StoreError) {
        let limit = owner["spec"]?["revisionHistoryLimit"]?.int ?? 10
        let namespace = owner["metadata"]?["namespace"]?.string ?? ""
        for name in Revisions.surplus(all, inUse: inUse, limit: limit) {
            do throws(StoreError) {
                _ = try tools.store.delete(ObjectKey(Self.resource, namespace, name))
            } catch .notFound {}
        }
    }

    private func known(of owner: JSON) throws(StoreError) -> [Revisions.Known] {
        try tools.claim(Self.resource, for: owner).map { entry in
            Revisions.Known(
                name: entry.key.name,
                number: entry.object["revision"]?.int ?? 0,
                data: entry.object["data"] ?? [:]
            )
        }
    }
}
