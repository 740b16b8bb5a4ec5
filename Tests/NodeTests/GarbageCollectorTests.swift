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

    @Test mutating func `a namespace waits for its pods and takes late events with it`() throws {
        try create("pods", "p", spec: ["terminationGracePeriodSeconds": 7])
        try create("configmaps", "c")
        let key = ObjectKey("namespaces", "", "n")
        try store.delete(key)
        collector.learn()
        try collector.emptyNamespaces()
        #expect(!exists("configmaps", "c") && exists("pods", "p"))
        #expect(store.get(key) != nil)
        try create("events", "late")
        try store.delete(ObjectKey("pods", "n", "p"))
        try collector.emptyNamespaces()
        #expect(!exists("events", "late"))
        #expect(store.get(key) == nil)
    }
}
