import Basics
import Formats
import Foundation
import Reactor
import SQLite
import TestKit
import Testing

@testable import ObjectStore

@MainLoop @Suite("Object store") struct ObjectStoreTests {
    final class Time: @unchecked Sendable {
        var stamp = Timestamp(seconds: 1_700_000_000)
    }

    let time = Time()
    let store: ObjectStore

    init() throws {
        let time = time
        store = try ObjectStore(path: ":memory:", clock: { time.stamp })
    }

    static func pod(_ name: String, namespace: String = "default", labels: [String: String] = [:])
        -> JSON
    {
        [
            "metadata": [
                "name": .string(name), "namespace": .string(namespace), "labels": .strings(labels),
            ],
            "spec": ["containers": []], "status": ["phase": "Pending"],
        ]
    }

    let web = ObjectKey("pods", "default", "web")

    @Test func `a new object gets what the server owns`() throws {
        let pod = try store.create("pods", Self.pod("web"))
        let metadata = try #require(pod["metadata"])
        #expect(metadata["uid"]?.string?.count == 36)
        #expect(metadata["resourceVersion"] == "1")
        #expect(metadata["creationTimestamp"] == "2023-11-14T22:13:20Z")
        #expect(metadata["generation"] == 1)
        #expect(store.get(web) == pod)
        #expect(try store.create("configmaps", Self.map("a"))["metadata"]?["generation"] == nil)
        #expect(store.version == 2)
    }

    static func map(_ name: String) -> JSON {
        ["metadata": ["name": .string(name), "namespace": "default"], "data": ["k": "v"]]
    }

    @Test func `a generated name has five characters of its own`() throws {
        var pod = Self.pod("")
        pod["metadata"]?["generateName"] = "web-"
        let first = try store.create("pods", pod)["metadata"]?["name"]?.string ?? ""
        let second = try store.create("pods", pod)["metadata"]?["name"]?.string ?? ""
        #expect(first.hasPrefix("web-") && first.count == 9)
        #expect(first != second)
    }

    @Test func `names are unique in a namespace and required`() throws {
        try store.create("pods", Self.pod("web"))
        #expect(throws: StoreError.alreadyExists(web)) { try store.create("pods", Self.pod("web")) }
        try store.create("pods", Self.pod("web", namespace: "other"))
        #expect(throws: StoreError.self) { try store.create("pods", ["metadata": [:]]) }
    }

    @Test func `an update keeps the status and raises generation with the spec`() throws {
        var pod = try store.create("pods", Self.pod("web"))
        pod["status"] = ["phase": "Running"]
        pod["spec"]?["x"] = 1
        let updated = try store.update("pods", pod)
        #expect(updated["status"]?["phase"] == "Pending")
        #expect(updated["metadata"]?["generation"] == 2)
        #expect(updated["metadata"]?["resourceVersion"] == "2")
        var labelled = updated
        labelled["metadata"]?["labels"] = ["a": "b"]
        #expect(try store.update("pods", labelled)["metadata"]?["generation"] == 2)
    }

    @Test func `an update that changes nothing keeps the version`() throws {
        let pod = try store.create("pods", Self.pod("web"))
        #expect(try store.update("pods", pod) == pod)
        #expect(store.version == 1)
    }

    @Test func `a stale update is a conflict, one without version is not`() throws {
        let pod = try store.create("pods", Self.pod("web"))
        var newer = pod
        newer["spec"]?["x"] = 1
        try store.update("pods", newer)
        newer["spec"]?["x"] = 2
        #expect(throws: StoreError.self) { try store.update("pods", newer) }
        newer["metadata"]?["resourceVersion"] = nil
        #expect(try store.update("pods", newer)["spec"]?["x"] == 2)
        newer["metadata"]?["uid"] = "other"
        #expect(throws: StoreError.self) { try store.update("pods", newer) }
        #expect(throws: StoreError.notFound(ObjectKey("pods", "default", "x"))) {
            try store.update("pods", Self.pod("x"))
        }
    }

    @Test func `server fields cannot be written by clients`() throws {
        var pod = try store.create("pods", Self.pod("web"))
        pod["metadata"]?["creationTimestamp"] = "1999-01-01T00:00:00Z"
        pod["metadata"]?["deletionTimestamp"] = "1999-01-01T00:00:00Z"
        pod["metadata"]?["generation"] = 99
        #expect(try store.update("pods", pod)["metadata"] == store.get(web)?["metadata"])
        #expect(store.get(web)?["metadata"]?["deletionTimestamp"] == nil)
        #expect(store.get(web)?["metadata"]?["generation"] == 1)
    }

    @Test func `status is written alone`() throws {
        var pod = try store.create("pods", Self.pod("web"))
        pod["status"] = ["phase": "Running"]
        pod["spec"]?["x"] = 1
        let updated = try store.updateStatus("pods", pod)
        #expect(updated["status"]?["phase"] == "Running")
        #expect(updated["spec"]?["x"] == nil)
        let uid = pod["metadata"]?["uid"]?.string ?? ""
        try store.updateStatus(uid: uid, ["phase": "Failed"], ledger: ["n": 1])
        #expect(store.get(uid: uid)?["status"]?["phase"] == "Failed")
        #expect(try store.ledgers() == [uid: ["n": 1]])
        #expect(throws: StoreError.self) { try store.updateStatus(uid: "gone", [:]) }
    }

    @Test func `a deletion with grace has two phases and can only be shortened`() throws {
        let created = try store.create("pods", Self.pod("web"))
        let uid = created["metadata"]?["uid"]?.string ?? ""
        try store.saveLedger(uid: uid, [:])
        let marked = try store.delete(web, grace: 30)
        #expect(marked.object["metadata"]?["deletionTimestamp"] == "2023-11-14T22:13:50Z")
        #expect(marked.object["metadata"]?["deletionGracePeriodSeconds"] == 30)
        #expect(marked.object["metadata"]?["generation"] == 2)
        time.stamp = time.stamp + .seconds(5)
        #expect(try store.delete(web, grace: 60).object == marked.object)
        let shorter = try store.delete(web, grace: 10).object
        #expect(shorter["metadata"]?["deletionTimestamp"] == "2023-11-14T22:13:30Z")
        let gone = try store.delete(web)
        #expect(gone == .removed(gone.object))
        #expect(store.get(web) == nil)
        #expect(try store.ledgers().isEmpty)
        #expect(throws: StoreError.self) { try store.saveLedger(uid: uid, [:]) }
        #expect(throws: StoreError.notFound(web)) { try store.delete(web) }
    }

    @Test func `finalizers hold an object until the last is gone`() throws {
        var pod = Self.pod("web")
        pod["metadata"]?["finalizers"] = ["a", "b"]
        try store.create("pods", pod)
        var marked = try store.delete(web).object
        #expect(marked["metadata"]?["deletionTimestamp"] != nil)
        marked["metadata"]?["finalizers"] = ["b"]
        marked = try store.update("pods", marked)
        marked["metadata"]?["finalizers"] = nil
        try store.update("pods", marked)
        #expect(store.get(web) == nil)
    }

    @Test func `preconditions protect a successor`() throws {
        try store.create("pods", Self.pod("web"))
        #expect(throws: StoreError.self) { try store.delete(web, uid: "old") }
        #expect(throws: StoreError.self) { try store.delete(web, resourceVersion: "99") }
        #expect(store.get(web) != nil)
    }

    @Test func `lists are sorted and filtered`() throws {
        for (name, namespace, app) in [("b", "two", "x"), ("a", "two", "y"), ("c", "one", "x")] {
            try store.create("pods", Self.pod(name, namespace: namespace, labels: ["app": app]))
        }
        func names(_ query: ObjectQuery) -> [String] {
            store.list(query).compactMap { $0["metadata"]?["name"]?.string }
        }
        #expect(names(ObjectQuery("pods")) == ["c", "a", "b"])
        #expect(names(ObjectQuery("pods", namespace: "two")) == ["a", "b"])
        #expect(try names(ObjectQuery("pods", labels: LabelQuery("app=x"))) == ["c", "b"])
        #expect(
            try names(ObjectQuery("pods", fields: FieldQuery("metadata.name!=a"))) == ["c", "b"]
        )
        #expect(names(ObjectQuery("secrets")).isEmpty)
    }

    @Test func `a watcher sees changes through its query`() async throws {
        let watch = try store.watch(ObjectQuery("pods", labels: LabelQuery("app=x")), since: 0)
        var pod = try store.create("pods", Self.pod("web", labels: ["app": "y"]))
        pod["metadata"]?["labels"] = ["app": "x"]
        pod = try store.update("pods", pod)
        pod["metadata"]?["labels"] = ["app": "x", "b": "c"]
        pod = try store.update("pods", pod)
        pod["metadata"]?["labels"] = [:]
        pod = try store.update("pods", pod)
        try store.delete(web)
        watch.cancel()
        var seen: [String] = []
        while let event = await watch.next() {
            seen.append("\(event.kind.rawValue) \(event.version)")
        }
        #expect(seen == ["ADDED 2", "MODIFIED 3", "DELETED 4"])
        #expect(store.watchCount == 0)
    }

    @Test func `a watcher may begin in the past`() async throws {
        var pod = try store.create("pods", Self.pod("web"))
        let from = store.version
        pod["spec"]?["x"] = 1
        try store.update("pods", pod)
        try store.delete(web)
        let watch = try store.watch(ObjectQuery("pods"), since: from)
        let first = await watch.next()
        let second = await watch.next()
        #expect(first?.kind == .modified && first?.object["spec"]?["x"] == 1)
        #expect(second?.kind == .deleted && second?.object["metadata"]?["resourceVersion"] == "3")
        #expect(throws: StoreError.self) { try store.watch(ObjectQuery("pods"), since: 99) }
    }

    @Test func `selectors see the state before a change also in the past`() async throws {
        var pod = Self.pod("web", labels: ["app": "x"])
        pod["spec"]?["nodeName"] = "box"
        try store.create("pods", pod)
        let from = store.version
        let uid = store.get(web)?["metadata"]?["uid"]?.string ?? ""
        try store.updateStatus(uid: uid, ["phase": "Running"])
        try store.modify(uid: uid) { $0["metadata"]?["labels"] = ["app": "y"] }
        try store.delete(web)
        func seen(_ query: ObjectQuery) async throws -> [ObjectEvent.Kind] {
            let watch = try store.watch(query, since: from)
            watch.cancel()
            var kinds: [ObjectEvent.Kind] = []
            while let event = await watch.next() { kinds.append(event.kind) }
            return kinds
        }
        #expect(
            try await seen(ObjectQuery("pods", labels: LabelQuery("app=x"))) == [
                .modified, .deleted,
            ]
        )
        #expect(
            try await seen(ObjectQuery("pods", labels: LabelQuery("app=y"))) == [.added, .deleted]
        )
        #expect(
            try await seen(ObjectQuery("pods", fields: FieldQuery("status.phase=Pending"))) == [
                .deleted
            ]
        )
        #expect(
            try await seen(ObjectQuery("pods", fields: FieldQuery("spec.nodeName=box"))).count == 3
        )
    }

    @Test func `a watcher that is too slow is ended`() async throws {
        let watch = try store.watch(ObjectQuery("pods"), capacity: 2)
        for number in 0..<3 { try store.create("pods", Self.pod("p\(number)")) }
        #expect(watch.isExpired)
        var count = 0
        while await watch.next() != nil { count += 1 }
        #expect(count == 2)
    }

    @Test func `old changes are forgotten`() {
        var log = ChangeLog(since: 0, entriesMaximum: 3, bytesMaximum: 100)
        let key = ObjectKey("pods", "d", "n")
        for version in 1...5 {
            log.append(
                .init(key: key, old: nil, new: [0x31], last: [0x31], version: Int64(version))
            )
        }
        #expect(log.changes(after: 1) == nil)
        #expect(log.changes(after: 2)?.map(\.version) == [3, 4, 5])
        #expect(log.changes(after: 5)?.isEmpty == true)
        log.append(
            .init(
                key: key,
                old: nil,
                new: nil,
                last: [UInt8](repeating: 0x31, count: 99),
                version: 6
            )
        )
        #expect(log.changes(after: 4)?.map(\.version) == [5, 6])
    }

    @Test func `everything survives a restart`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "remora-test-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "node.db").path
        var uid = ""
        do {
            let store = try ObjectStore(path: path)
            uid = try store.create("pods", Self.pod("web"))["metadata"]?["uid"]?.string ?? ""
            try store.create("pods", Self.pod("gone"))
            try store.delete(ObjectKey("pods", "default", "gone"))
            try store.saveLedger(uid: uid, ["marks": [1, 2]])
        }
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let store = try ObjectStore(path: path)
        #expect(store.version == 3)
        #expect(store.count("pods") == 1)
        #expect(store.get(uid: uid)?["metadata"]?["name"] == "web")
        #expect(try store.ledgers()[uid] == ["marks": [1, 2]])
        #expect(throws: StoreError.self) { try store.watch(ObjectQuery("pods"), since: 1) }
        #expect(try store.create("pods", Self.pod("next"))["metadata"]?["resourceVersion"] == "4")
    }

    @Test func `the write-ahead log is moved into the file in the background`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "remora-test-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "node.db").path
        let store = try ObjectStore(path: path)
        func size() -> Int {
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return attributes?[.size] as? Int ?? 0
        }
        let before = size()
        for number in 0..<600 { try store.create("configmaps", Self.map("m\(number)")) }
        // The loop and its workers are shared with every other test of the process.
        try await eventually(within: .seconds(120), "the move") { size() > before }
        #expect(try ObjectStore(path: path).count("configmaps") == 600)
    }

    @Test func `a full disk refuses a change and loses nothing`() throws {
        let pod = try store.create("pods", Self.pod("web"))
        try store.file.database.run("PRAGMA max_page_count=1")
        var big = Self.map("big")
        big["data"]?["k"] = .string(String(repeating: "x", count: 100_000))
        let error = #expect(throws: StoreError.self) { try store.create("configmaps", big) }
        #expect(error?.failure.code == .exhausted)
        #expect(error?.failure.remedy.contains("free space") == true)
        #expect(store.version == 1)
        #expect(store.list(ObjectQuery()) == [pod])
        try store.file.database.run("PRAGMA max_page_count=100000")
        #expect(try store.create("configmaps", big)["metadata"]?["resourceVersion"] == "2")
    }

    @Test func `a damaged or foreign file is refused with a remedy`() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "remora-test-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.appending(path: "node.db").path
        try Data(repeating: 0x41, count: 8192).write(to: URL(filePath: path))
        let error = #expect(throws: Failure.self) { try ObjectStore(path: path) }
        #expect(error?.remedy.contains("restore") == true, "\(String(describing: error))")
        let missing = #expect(throws: Failure.self) {
            try ObjectStore(path: "/nonexistent/x/node.db")
        }
        #expect(missing?.remedy.contains("--root") == true)
    }
}
