import Basics
import Formats
import ObjectStore
import PodModel
import Reactor
import Testing

@testable import Node

/// Controllers on a store, with pods whose life the test plays.
///
/// Controllers are called in turn until nothing changes any more, so that tests need no time.
@MainLoop final class ControllerWorld {
    let store: ObjectStore
    let tools: ControllerTools
    let accounts: JobAccounts
    let creator: RefusingCreator
    private let reconcilers: [(String, any Reconciler)]

    init(path: String = ":memory:", now: @escaping () -> Timestamp = { Loop.main.moment.wall })
        throws
    {
        store = try ObjectStore(path: path, clock: now)
        let journal = Journal(level: .error, isJSON: false, time: { "" }, write: { _ in })
        creator = RefusingCreator(StorePodCreator(store: store, nodeName: "box"))
        tools = ControllerTools(
            store: store,
            events: EventRecorder(store, nodeName: "box", journal: journal),
            creator: creator,
            pauses: ReplacementPauses(),
            nodeName: "box",
            component: "test"
        )
        accounts = JobAccounts(store)
        try accounts.open()
        reconcilers = [
            ("deployments", DeploymentController(tools: tools)),
            ("replicasets", ReplicaSetController(tools: tools)),
            ("statefulsets", StatefulSetController(tools: tools)),
            ("daemonsets", DaemonSetController(tools: tools)),
            ("jobs", JobController(tools: tools, accounts: accounts)),
            ("poddisruptionbudgets", DisruptionController(tools: tools)),
        ]
        if store.get(ObjectKey("nodes", "", "box")) == nil {
            try store.create(
                "nodes",
                [
                    "apiVersion": "v1", "kind": "Node",
                    "metadata": ["name": "box", "labels": ["disk": "fast"]], "spec": [:],
                ]
            )
        }
    }

    /// Stores an object of a manifest with its defaults.
    @discardableResult
    func create(_ resource: String, _ yaml: String) throws -> JSON {
        var object = try YAML.parse(yaml)
        let kind = object["kind"]?.string ?? ""
        object["metadata"]?["namespace"] = "default"
        object = Defaults.apply(to: object, kind: kind)
        #expect(Validation.validate(object, kind: kind).filter { !$0.isWarning } == [])
        return try store.create(resource, object) { object in
            if kind == "Job" { Defaults.selectPods(of: &object) }
        }
    }

    /// Lets the controllers look at everything until nothing changes.
    @discardableResult
    func settle() async throws -> [Verdict] {
        var verdicts: [Verdict] = []
        for _ in 0..<50 {
            let before = versions
            verdicts = []
            for (resource, reconciler) in reconcilers {
                for entry in store.entries(ObjectQuery(resource)) {
                    guard let object = store.get(entry.key) else { continue }
                    verdicts.append(try await reconciler.reconcile(entry.key, object))
                }
            }
            if versions == before { return verdicts }
        }
        Issue.record("the controllers do not come to rest")
        return verdicts
    }

    /// The versions of all objects but events.
    private var versions: [String: String] {
        var versions: [String: String] = [:]
        for (key, object) in store.entries(ObjectQuery()) where key.resource != "events" {
            versions[key.description] = object["metadata"]?["resourceVersion"]?.string
        }
        return versions
    }

    // MARK: Pods

    var pods: [JSON] { store.list(ObjectQuery("pods")) }

    /// The names of the pods that are not going, in order.
    var living: [String] {
        pods.filter { !Controllers.isDeleted($0) }.compactMap { $0["metadata"]?["name"]?.string }
    }

    func get(_ resource: String, _ name: String) -> JSON {
        store.get(ObjectKey(resource, "default", name)) ?? .null
    }

    /// Makes pods ready, all that are not yet.
    func readyAll(since: Timestamp? = nil) throws {
        for pod in pods where !Controllers.isDeleted(pod) && pod["status"]?["phase"] == "Pending" {
            try ready(pod["metadata"]?["name"]?.string ?? "", since: since)
        }
    }

    func ready(_ name: String, since: Timestamp? = nil) throws {
        let time = (since ?? Loop.main.moment.wall).rfc3339
        let condition: JSON = [
            "type": "Ready", "status": "True", "lastTransitionTime": .string(time),
        ]
        try set(name, ["phase": "Running", "conditions": [condition]])
    }

    /// Lets a pod end.
    func end(_ name: String, code: Int = 0, at time: Timestamp = Loop.main.moment.wall) throws {
        let state: JSON = [
            "terminated": ["exitCode": .int(code), "finishedAt": .string(time.rfc3339)]
        ]
        try set(
            name,
            [
                "phase": code == 0 ? "Succeeded" : "Failed",
                "containerStatuses": [["name": "main", "state": state, "restartCount": 0]],
            ]
        )
    }

    func set(_ name: String, _ status: JSON) throws {
        let pod = get("pods", name)
        try store.updateStatus(uid: pod["metadata"]?["uid"]?.string ?? "", status)
    }

    /// The pods that are going are gone.
    func bury() throws {
        for pod in pods where Controllers.isDeleted(pod) {
            try store.delete(ObjectKey("pods", "default", pod["metadata"]?["name"]?.string ?? ""))
        }
    }

    /// The reasons and messages of the events, in no order.
    var events: [String] {
        store.list(ObjectQuery("events")).map {
            "\($0["reason"]?.string ?? ""): \($0["message"]?.string ?? "")"
        }
    }

    func condition(_ type: String, of object: JSON) -> Conditions.Condition? {
        Conditions(object["status"]?["conditions"])[type]
    }
}

/// Refuses pods as long as it is told to.
@MainLoop final class RefusingCreator: PodCreator {
    private let creator: StorePodCreator
    var refusal: Failure?

    init(_ creator: StorePodCreator) { self.creator = creator }

    func create(_ pod: JSON) async throws(Failure) -> JSON {
        if let refusal { throw refusal }
        return try await creator.create(pod)
    }
}
