import Basics
import Formats
import ObjectStore
import Reactor
import Testing

@testable import Node

@MainLoop @Suite("Garbage collector") struct GarbageCollectorTests {
    private let store: ObjectStore
    private var collector: GarbageCollector

    init() throws {
        store = try ObjectStore(path: ":memory:")
        collector = GarbageCollector(store)
        _ = try store.create(
            "namespaces",
            ["metadata": ["name": "n"], "spec": ["finalizers": ["kubernetes"]]]
        )
    }

    @discardableResult
    private func create(
        _ resource: String,
        _ name: String,
        owners: [String] = [],
        spec: JSON = [:]
    ) throws -> String {
        let references = owners.map { ["uid": .string($0), "controller": true] as JSON }
        let object = try store.create(
            resource,
            [
                "metadata": [
                    "name": .string(name), "namespace": "n", "ownerReferences": .array(references),
                ], "spec": spec,
            ]
        )
        return object["metadata"]?["uid"]?.string ?? ""
    }

    private func exists(_ resource: String, _ name: String) -> Bool {
        store.get(ObjectKey(resource, "n", name)) != nil
    }

    /// Deletes an object and lets the collector know.
    private mutating func delete(_ resource: String, _ name: String) async throws {
        let watch = try store.watch(ObjectQuery(resource))
        try store.delete(ObjectKey(resource, "n", name))
        let event = try #require(await watch.next())
        #expect(event.kind == .deleted)
        collector.note(event)
        try collector.collect()
    }

    @Test mutating func `a dependent goes with the last of its owners`() async throws {
        let first = try create("configmaps", "first")
        let second = try create("configmaps", "second")
        try create("configmaps", "of-both", owners: [first, second])
        try create("configmaps", "of-first", owners: [first])
        try create("configmaps", "free")
        collector.learn()
        try collector.collect()
        #expect(exists("configmaps", "of-both") && exists("configmaps", "of-first"))
        try await delete("configmaps", "first")
        #expect(exists("configmaps", "of-both") && !exists("configmaps", "of-first"))
        try await delete("configmaps", "second")
        #expect(!exists("configmaps", "of-both") && exists("configmaps", "free"))
    }

    @Test mutating func `an owner that was never there is noticed at the start`() throws {
        try create("secrets", "orphan", owners: ["gone"])
        collector.learn()
        try collector.collect()
        #expect(!exists("secrets", "orphan"))
    }

    @Test mutating func `a pod without its owner ends with its grace`() async throws {
        let owner = try create("replicasets", "set")
        try create("pods", "p", owners: [owner], spec: ["terminationGracePeriodSeconds": 7])
        collector.learn()
        try await delete("replicasets", "set")
        let pod = try #require(store.get(ObjectKey("pods", "n", "p")))
        #expect(pod["metadata"]?["deletionGracePeriodSeconds"] == 7)
    }

    private func get(_ resource: String, _ name: String) -> JSON? {
        store.get(ObjectKey(resource, "n", name))
    }

    /// Owners that are controllers, and so hold up the owner's end.
    private func block(_ resource: String, _ name: String) throws {
        let uid = get(resource, name)?["metadata"]?["uid"]?.string ?? ""
        try store.modify(uid: uid) { object in
            let owners = object["metadata"]?["ownerReferences"]?.array ?? []
            object["metadata"]?["ownerReferences"] = .array(
                owners.map { owner in
                    var owner = owner
                    owner["blockOwnerDeletion"] = true
                    return owner
                }
            )
        }
    }

    @Test mutating func `an owner in the foreground goes after its dependents, all the way down`()
        throws
    {
        let top = try create("deployments", "top")
        let middle = try create("replicasets", "middle", owners: [top])
        try create("pods", "p", owners: [middle], spec: ["terminationGracePeriodSeconds": 7])
        try create("configmaps", "loose", owners: [top])
        try block("replicasets", "middle")
        try block("pods", "p")
        try store.delete(
            ObjectKey("deployments", "n", "top"),
            finalizers: [GarbageCollector.foreground]
        )
        collector.learn()
        for _ in 0..<3 { try collector.collect() }
        // The set waits for its pod in its turn.
        #expect(
            get("replicasets", "middle")?["metadata"]?["finalizers"]
                == [.string(GarbageCollector.foreground)]
        )
        collector.learn()
        for _ in 0..<3 { try collector.collect() }
        #expect(get("pods", "p")?["metadata"]?["deletionTimestamp"] != nil)
        #expect(exists("deployments", "top") && exists("configmaps", "loose"))
        try store.delete(ObjectKey("pods", "n", "p"))
        for _ in 0..<3 {
            collector.learn()
            try collector.collect()
        }
        #expect(!exists("replicasets", "middle") && !exists("deployments", "top"))
        #expect(!exists("configmaps", "loose"))
    }

    @Test mutating func `an owner that leaves its dependents takes its name off them`() throws {
        let owner = try create("replicasets", "set")
        try create("pods", "p", owners: [owner])
        try store.delete(
            ObjectKey("replicasets", "n", "set"),
            finalizers: [GarbageCollector.orphan]
        )
        collector.learn()
        try collector.collect()
        #expect(!exists("replicasets", "set"))
        #expect(get("pods", "p")?["metadata"]?["ownerReferences"] == nil)
        #expect(get("pods", "p")?["metadata"]?["deletionTimestamp"] == nil)
    }

    @Test mutating func `a dependent keeps only owners that are there and may be its own`() throws {
        let owner = try create("replicasets", "set")
        try create("configmaps", "c", owners: [owner, "gone"])
        let far = try store.create(
            "configmaps",
            ["metadata": ["name": "far", "namespace": "other"]]
        )
        let uid = far["metadata"]?["uid"]?.string ?? ""
        try create("configmaps", "stranger", owners: [uid])
        collector.learn()
        try collector.collect()
        #expect(get("configmaps", "c")?["metadata"]?["ownerReferences"]?.array?.count == 1)
        #expect(!exists("configmaps", "stranger"))
    }

    /// A time by which the contents of all namespaces that go are due.
    private var due: Instant { Loop.main.now + GarbageCollector.patience }

    @Test mutating func `a namespace that is going says what is left in it`() throws {
        try create("pods", "p", spec: ["terminationGracePeriodSeconds": 7])
        let uid = try create("configmaps", "held")
        try store.modify(uid: uid) { $0["metadata"]?["finalizers"] = ["example.com/f"] }
        let key = ObjectKey("namespaces", "", "n")
        try store.delete(key)
        collector.learn()
        #expect(try collector.emptyNamespaces(at: due) == nil)
        let conditions = Conditions(store.get(key)?["status"]?["conditions"])
        #expect(conditions["NamespaceContentRemaining"]?.reason == "SomeResourcesRemain")
        #expect(
            conditions["NamespaceContentRemaining"]?.message
                == "Some resources are remaining: configmaps. has 1 resource instances, pods. has 1"
                + " resource instances"
        )
        #expect(
            conditions["NamespaceFinalizersRemaining"]?.message
                == "Some content in the namespace has finalizers remaining: example.com/f in 1"
                + " resource instances"
        )
        #expect(conditions["NamespaceDeletionContentFailure"]?.isTrue == false)
    }

    @Test mutating func `a namespace waits for its pods and takes late events with it`() throws {
        try create("pods", "p", spec: ["terminationGracePeriodSeconds": 7])
        try create("configmaps", "c")
        let key = ObjectKey("namespaces", "", "n")
        try store.delete(key)
        collector.learn()
        let now = Loop.main.now
        let next = try #require(try collector.emptyNamespaces(at: now))
        #expect(next > now + .seconds(1) && next <= now + GarbageCollector.patience)
        // Who deletes both finds both.
        #expect(exists("configmaps", "c"))
        #expect(try collector.emptyNamespaces(at: next) == nil)
        #expect(!exists("configmaps", "c") && exists("pods", "p"))
        #expect(store.get(key) != nil)
        try create("events", "late")
        try store.delete(ObjectKey("pods", "n", "p"))
        #expect(try collector.emptyNamespaces(at: next) == nil)
        #expect(!exists("events", "late"))
        #expect(store.get(key) == nil)
    }
}
