import Basics
import Formats
import Reactor
import TestKit
import Testing

@testable import ObjectStore

@MainLoop @Suite("Who belongs to whom") struct OwnerIndexTests {
    private func object(_ name: String, owners: [String] = [], controller: Bool = true) -> JSON {
        let references = owners.map { uid -> JSON in
            ["uid": .string(uid), "controller": .bool(controller)]
        }
        return [
            "metadata": [
                "name": .string(name), "namespace": "n", "ownerReferences": .array(references),
            ]
        ]
    }

    private func uid(_ object: JSON) -> String { object["metadata"]?["uid"]?.string ?? "" }

    private func names(_ entries: [(key: ObjectKey, object: JSON)]) -> [String] {
        entries.map(\.key.name)
    }

    @Test func `dependents are known, also by the next engine`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("node.db")
        var owner = ""
        do {
            let store = try ObjectStore(path: path)
            owner = uid(try store.create("replicasets", object("set")))
            for name in ["b", "a"] { try store.create("pods", object(name, owners: [owner])) }
            try store.create("configmaps", object("c", owners: [owner], controller: false))
            try store.create("pods", object("free"))
        }
        let store = try ObjectStore(path: path)
        #expect(names(store.entries("pods", ownedBy: owner)) == ["a", "b"])
        #expect(store.dependents(of: owner).count == 3)
        #expect(names(store.uncontrolled("pods", in: "n")) == ["free"])
        #expect(store.count("pods", in: "n") == 3 && store.count("pods", in: "m") == 0)
        #expect(names(store.entries(ObjectQuery(nil, namespace: "n"))).count == 5)
        #expect(store.entries(ObjectQuery("pods", namespace: "m")).isEmpty)
    }

    @Test func `owners that change and objects that go are followed`() throws {
        let store = try ObjectStore(path: ":memory:")
        let first = uid(try store.create("replicasets", object("one")))
        let second = uid(try store.create("replicasets", object("two")))
        let pod = uid(try store.create("pods", object("p", owners: [first])))
        try store.modify(uid: pod) {
            $0["metadata"]?["ownerReferences"] = [["uid": .string(second), "controller": true]]
        }
        #expect(store.dependents(of: first).isEmpty && store.dependents(of: second) == [pod])
        try store.modify(uid: pod) { $0["metadata"]?["ownerReferences"] = nil }
        #expect(store.dependents(of: second).isEmpty)
        #expect(names(store.uncontrolled("pods", in: "n")) == ["p"])
        try store.delete(ObjectKey("pods", "n", "p"))
        #expect(store.uncontrolled("pods", in: "n").isEmpty && store.count("pods", in: "n") == 0)
    }

    @Test func `a deletion may say what the object waits for`() throws {
        let store = try ObjectStore(path: ":memory:")
        try store.create("configmaps", object("c"))
        let key = ObjectKey("configmaps", "n", "c")
        let marked = try store.delete(key, finalizers: ["example.com/f"])
        #expect(marked.object["metadata"]?["finalizers"] == ["example.com/f"])
        #expect(store.get(key)?["metadata"]?["deletionTimestamp"] != nil)
        let version = store.version
        try store.delete(key, finalizers: ["example.com/f"])
        #expect(store.version == version)
        guard case .removed = try store.delete(key, finalizers: []) else {
            Issue.record("nothing holds it any more")
            return
        }
        #expect(store.get(key) == nil)
    }

    /// Counts removed pods in the ledger of their owner.
    private final class Counter: Bookkeeper {
        let store: ObjectStore
        var counted: [String: Int] = [:]

        init(_ store: ObjectStore) { self.store = store }

        func note(beforeRemoving key: ObjectKey, _ last: JSON) -> (uid: String, ledger: JSON)? {
            let owner = last["metadata"]?["ownerReferences"]?[0]?["uid"]?.string ?? "nobody"
            return (owner, ["count": .int((counted[owner] ?? 0) + 1)])
        }

        func noted(uid: String, _ ledger: JSON) { counted[uid] = ledger["count"]?.int }
    }

    @Test func `a bookkeeper's note and the removal are one`() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("node.db")
        var owner = ""
        do {
            let store = try ObjectStore(path: path)
            let counter = Counter(store)
            store.bookkeeper = counter
            owner = uid(try store.create("jobs", object("j")))
            for name in ["a", "b"] {
                try store.create("pods", object(name, owners: [owner]))
                try store.delete(ObjectKey("pods", "n", name))
            }
            try store.create("pods", object("c"))
            try store.delete(ObjectKey("pods", "n", "c"))
            // Nothing is kept for an owner that is not there.
            #expect(counter.counted == [owner: 2])
        }
        let store = try ObjectStore(path: path)
        #expect(try store.ledgers() == [owner: ["count": 2]])
        try store.delete(ObjectKey("jobs", "n", "j"))
        #expect(try store.ledgers().isEmpty)
    }

    @Test func `what depends on name and UID is filled in before an object is stored`() throws {
        let store = try ObjectStore(path: ":memory:")
        var plain = object("")
        plain["metadata"]?["name"] = nil
        plain["metadata"]?["generateName"] = "j-"
        let made = try store.create("jobs", plain) { object in
            let name = object["metadata"]?["name"] ?? ""
            object["metadata"]?["labels"] = ["of": name]
        }
        #expect(made["metadata"]?["labels"]?["of"] == made["metadata"]?["name"])
        #expect(store.get(uid: uid(made)) == made)
    }
}
