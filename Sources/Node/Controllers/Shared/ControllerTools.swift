internal import Basics
internal import Formats
internal import ObjectStore
internal import PodEngine
internal import Reactor

/// What all controllers work with: the store, the owner's pods, events, new pods.
@MainLoop struct ControllerTools {
    let store: ObjectStore
    let events: EventRecorder
    let creator: any PodCreator
    let pauses: ReplacementPauses
    let nodeName: String
    /// `statefulset-controller`.
    let component: String

    typealias Entry = (key: ObjectKey, object: JSON)

    /// The most pods that one look creates or deletes; the rest follows with the next.
    static let burst = 500

    var now: Timestamp { Loop.main.moment.wall }

    /// Records an event about an object.
    func event(_ object: JSON, _ reason: String, _ message: String, isWarning: Bool = false) {
        let metadata = object["metadata"]
        let involved: JSON = [
            "kind": object["kind"] ?? "", "apiVersion": object["apiVersion"] ?? "",
            "namespace": metadata?["namespace"] ?? "default", "name": metadata?["name"] ?? "",
            "uid": metadata?["uid"] ?? "",
            "resourceVersion": metadata?["resourceVersion"] ?? "",
        ]
        events.record(
            EventRecord(isWarning: isWarning, reason: reason, message: message),
            involved,
            component: component
        )
    }

    /// Writes a status; an object that is gone has none.
    func write(_ status: JSON, of object: JSON) throws(StoreError) {
        do throws(StoreError) {
            _ = try store.updateStatus(uid: object["metadata"]?["uid"]?.string ?? "", status)
        } catch .notFound {}
    }

    // MARK: Who belongs to whom

    /// The objects of a resource that belong to an owner.
    ///
    /// Those that nobody controls and its selector chooses are taken in, unless the owner is being
    /// deleted; its own that the selector no longer chooses are let go.
    ///
    /// Source: `pkg/controller/controller_ref_manager.go`.
    func claim(_ resource: String, for owner: JSON) throws(StoreError) -> [Entry] {
        let metadata = owner["metadata"]
        let uid = metadata?["uid"]?.string ?? ""
        let namespace = metadata?["namespace"]?.string ?? ""
        let own = store.entries(resource, ownedBy: uid).filter {
            Controllers.controller(of: $0.object) == uid
        }
        guard !Controllers.isDeleted(owner), let selector = owner["spec"]?["selector"],
            let query = try? LabelQuery(selector: selector), !query.requirements.isEmpty
        else { return own }
        var claimed: [Entry] = []
        for entry in own {
            if query.matches(entry.object["metadata"]?["labels"]?.object) {
                claimed.append(entry)
            } else if !Controllers.isDeleted(entry.object) {
                try release(entry, from: uid)
            }
        }
        for entry in store.uncontrolled(resource, in: namespace)
        where !Controllers.isDeleted(entry.object)
            && query.matches(entry.object["metadata"]?["labels"]?.object)
        {
            claimed.append((entry.key, try adopt(entry, by: owner)))
        }
        return claimed.sorted { $0.key < $1.key }
    }

    private func adopt(_ entry: Entry, by owner: JSON) throws(StoreError) -> JSON {
        try store.modify(uid: entry.object["metadata"]?["uid"]?.string ?? "") { object in
            let others = object["metadata"]?["ownerReferences"]?.array ?? []
            object["metadata"]?["ownerReferences"] = .array(
                others + [Controllers.ownerReference(to: owner)]
            )
        }
    }

    private func release(_ entry: Entry, from uid: String) throws(StoreError) {
        try store.modify(uid: entry.object["metadata"]?["uid"]?.string ?? "") { object in
            let others = (object["metadata"]?["ownerReferences"]?.array ?? [])
                .filter { $0["uid"]?.string != uid }
            object["metadata"]?["ownerReferences"] = others.isEmpty ? nil : .array(others)
        }
    }

    // MARK: Pods

    /// How long an owner has to wait before it replaces pods that failed; nil if it need not.
    func pause(of owner: JSON, _ pods: [PodFacts]) -> Duration? {
        let uid = owner["metadata"]?["uid"]?.string ?? ""
        return pauses.wait(for: uid, pods: pods, at: Loop.main.now)
    }

    /// A pod as a template says, that belongs to an owner.
    func pod(of template: JSON?, _ owner: JSON) -> JSON {
        var metadata: JSON = [:]
        for field in ["labels", "annotations", "finalizers"] {
            metadata[field] = template?["metadata"]?[field]
        }
        metadata["generateName"] = .string(Self.prefix(owner))
        metadata["namespace"] = owner["metadata"]?["namespace"]
        metadata["ownerReferences"] = [Controllers.ownerReference(to: owner)]
        return [
            "apiVersion": "v1", "kind": "Pod", "metadata": metadata,
            "spec": template?["spec"] ?? [:],
        ]
    }

    /// What stands before the random end of the names of an owner's pods.
    static func prefix(_ owner: JSON) -> String {
        (owner["metadata"]?["name"]?.string ?? "") + "-"
    }

    /// Stores a pod and tells of it; `told` are the sentences for success and for failure.
    ///
    /// - Returns: Why it was refused.
    func create(
        _ pod: JSON,
        for owner: JSON,
        succeeded: (_ name: String) -> String = { "Created pod: " + $0 },
        failed: (_ why: String) -> String = { "Error creating: " + $0 }
    ) async -> Failure? {
        guard !isEnding(owner) else { return nil }
        do throws(Failure) {
            let made = try await creator.create(pod)
            event(owner, "SuccessfulCreate", succeeded(made["metadata"]?["name"]?.string ?? ""))
            return nil
        } catch {
            event(owner, "FailedCreate", failed(error.what), isWarning: true)
            return error
        }
    }

    /// Deletes a pod and tells of it.
    func delete(
        _ entry: Entry,
        for owner: JSON,
        saying message: String? = nil
    ) throws(StoreError) {
        try Controllers.delete(entry.key, entry.object, in: store)
        event(owner, "SuccessfulDelete", message ?? "Deleted pod: " + entry.key.name)
    }

    /// Nothing new comes into a namespace that is being deleted.
    func isEnding(_ owner: JSON) -> Bool {
        let name = owner["metadata"]?["namespace"]?.string ?? ""
        return store.get(ObjectKey("namespaces", "", name)).map(Controllers.isDeleted) ?? false
    }
}
