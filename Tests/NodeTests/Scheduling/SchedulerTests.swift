import Basics
import Formats
import ObjectStore
import PodModel
import Reactor
import Testing

@testable import Node

@MainLoop @Suite("Scheduler") struct SchedulerTests {
    private let store: ObjectStore
    private let scheduler: Scheduler

    init() throws {
        store = try ObjectStore(path: ":memory:")
        let journal = Journal(level: .error, isJSON: false, time: { "" }, write: { _ in })
        let events = EventRecorder(store, nodeName: "box", journal: journal)
        scheduler = Scheduler(store, events: events, nodeName: "box", journal: journal)
        try store.create("nodes", ["kind": "Node", "metadata": ["name": "box"], "spec": [:]])
    }

    private func change(node spec: String) throws {
        let parsed = try YAML.parse(spec)
        let uid = store.get(ObjectKey("nodes", "", "box"))?["metadata"]?["uid"]?.string ?? ""
        try store.modify(uid: uid) { $0["spec"] = parsed }
        scheduler.look()
    }

    private func create(_ name: String, _ spec: String) throws {
        try store.create(
            "pods",
            [
                "kind": "Pod", "metadata": ["name": .string(name), "namespace": "default"],
                "spec": try YAML.parse(spec), "status": ["phase": "Pending"],
            ]
        )
        scheduler.look()
    }

    private func pod(_ name: String) -> JSON? { store.get(ObjectKey("pods", "default", name)) }

    private func condition(_ type: String, _ name: String) -> JSON? {
        pod(name)?["status"]?["conditions"]?.array?.first { $0["type"]?.string == type }
    }

    private var events: [String] {
        store.list(ObjectQuery("events")).map {
            "\($0["source"]?["component"]?.string ?? "") \($0["reason"]?.string ?? "")"
                + " \($0["count"]?.int ?? 0)"
        }
    }

    @Test func `a pod waits as long as the node takes none, and is told why once`() throws {
        try change(node: "{unschedulable: true}")
        try create("web", "{}")
        scheduler.look()
        #expect(pod("web")?["spec"]?["nodeName"] == nil)
        let waiting = condition("PodScheduled", "web")
        #expect(waiting?["status"] == "False" && waiting?["reason"] == "Unschedulable")
        #expect(waiting?["message"]?.string?.contains("node(s) were unschedulable") == true)
        #expect(events == ["default-scheduler FailedScheduling 1"])
        let since = waiting?["lastTransitionTime"]
        try change(node: "{taints: [{key: a, effect: NoSchedule}]}")
        let other = condition("PodScheduled", "web")
        #expect(other?["message"]?.string?.contains("untolerated taint {a: }") == true)
        #expect(other?["lastTransitionTime"] == since)
        let generation = pod("web")?["metadata"]?["generation"]
        try change(node: "{}")
        #expect(pod("web")?["spec"]?["nodeName"] == "box")
        #expect(pod("web")?["metadata"]?["generation"] == generation)
        #expect(events.contains("default-scheduler Scheduled 1"))
    }

    @Test func `gates are told of without an event`() throws {
        try create("web", "{schedulingGates: [{name: a}]}")
        #expect(condition("PodScheduled", "web")?["reason"] == "SchedulingGated")
        #expect(events == [])
    }

    @Test func `a pod that is deleted while it waits is gone`() throws {
        try change(node: "{unschedulable: true}")
        try create("web", "{}")
        try store.delete(ObjectKey("pods", "default", "web"), grace: 30)
        scheduler.look()
        #expect(pod("web") == nil)
    }

    @Test func `taints that end pods end those that do not tolerate them`() throws {
        try create("plain", "{nodeName: box, terminationGracePeriodSeconds: 7}")
        try create("hardy", "{nodeName: box, tolerations: [{operator: Exists}]}")
        try create(
            "patient",
            "{nodeName: box, tolerations: [{operator: Exists, tolerationSeconds: 3600}]}"
        )
        let now = Loop.main.moment.wall.rfc3339
        try change(node: "{taints: [{key: a, effect: NoExecute, timeAdded: '\(now)'}]}")
        #expect(pod("plain")?["metadata"]?["deletionGracePeriodSeconds"] == 7)
        #expect(condition("DisruptionTarget", "plain")?["reason"] == "DeletionByTaintManager")
        #expect(pod("hardy")?["metadata"]?["deletionTimestamp"] == nil)
        #expect(pod("patient")?["metadata"]?["deletionTimestamp"] == nil)
        #expect(events == ["taint-eviction-controller TaintManagerEviction 1"])
        try change(
            node: "{taints: [{key: a, effect: NoExecute, timeAdded: '2001-01-01T00:00:00Z'}]}"
        )
        // Its hour counts from when it came.
        #expect(pod("patient")?["metadata"]?["deletionTimestamp"] == nil)
        scheduler.stop()
    }
}
