internal import Basics
internal import Formats
internal import ObjectStore
internal import PodEngine
internal import PodModel
internal import Reactor

/// Writes events about pods into the store; equal ones are counted instead of repeated.
///
/// Bounded: at most `perPod` events of a pod and `total` in all are kept, the oldest go first, and all
/// after an hour, as in a cluster. An event that cannot be stored is lost with a line in the journal.
@MainLoop final class EventRecorder {
    private let store: ObjectStore
    private let nodeName: String
    private let journal: Journal
    private var known: [Identity: String] = [:]
    private var order: [String: [Identity]] = [:]
    private var number: UInt64 = 0

    static let perPod = 200
    static let total = 2000
    /// How many more than `total` there may be for a while, so that the oldest go a few at a time: a
    /// watcher has to keep up with what is removed at once.
    static let slack = 100
    static let lifetime = Duration.seconds(3600)

    /// What makes two events equal.
    private struct Identity: Hashable {
        var uid: String
        var record: EventRecord
    }

    init(_ store: ObjectStore, nodeName: String, journal: Journal) {
        self.store = store
        self.nodeName = nodeName
        self.journal = journal
    }

    /// Records an event about a pod.
    func record(_ record: EventRecord, about pod: Pod) {
        let involved: JSON = [
            "kind": "Pod", "apiVersion": "v1", "namespace": .string(pod.metadata.namespace),
            "name": .string(pod.metadata.name), "uid": .string(pod.metadata.uid),
            "fieldPath": .string(record.fieldPath),
        ]
        self.record(record, involved, component: "kubelet")
    }

    /// Records an event about any object.
    func record(_ record: EventRecord, _ involved: JSON, component: String) {
        let uid = involved["uid"]?.string ?? ""
        let identity = Identity(uid: uid, record: record)
        let now = JSON.string(Loop.main.moment.wall.rfc3339)
        do {
            if let event = known[identity], store.key(uid: event) != nil {
                try store.modify(uid: event) { object in
                    object["count"] = .int((object["count"]?.int ?? 1) + 1)
                    object["lastTimestamp"] = now
                }
                return
            }
            let object = try store.create("events", make(record, involved, component, now))
            let event = object["metadata"]?["uid"]?.string ?? ""
            known[identity] = event
            order[uid, default: []].append(identity)
            try trim(uid)
            if store.count("events") > Self.total + Self.slack { expire() }
        } catch {
            journal.warning("cannot record event \(record.reason): \(error)")
        }
    }

    /// Forgets how to count the events of a pod that has gone; the events stay for their hour.
    func forget(uid: String) {
        for identity in order.removeValue(forKey: uid) ?? [] { known[identity] = nil }
    }

    /// Removes events that are past their hour, and the oldest beyond the total.
    func expire() {
        let now = Loop.main.moment.wall
        var events = store.entries(ObjectQuery("events")).map { entry in
            let text = entry.object["lastTimestamp"]?.string ?? ""
            return (key: entry.key, time: Timestamp(rfc3339: text) ?? now)
        }
        events.sort { $0.time < $1.time }
        let surplus = max(0, events.count - Self.total)
        for (index, event) in events.enumerated()
        where index < surplus || now - event.time > Self.lifetime {
            _ = try? store.delete(event.key)
        }
    }

    // MARK: Details

    private func make(
        _ record: EventRecord,
        _ involved: JSON,
        _ component: String,
        _ now: JSON
    ) -> JSON {
        number += 1
        let name = involved["name"]?.string ?? "node"
        let suffix = String(UInt64(Loop.main.moment.wall.nanoseconds) &+ number, radix: 16)
        let namespace = involved["namespace"]?.string ?? "default"
        return [
            "apiVersion": "v1", "kind": "Event",
            "metadata": ["name": .string(name + "." + suffix), "namespace": .string(namespace)],
            "involvedObject": involved,
            "reason": .string(record.reason), "message": .string(record.message),
            "type": record.isWarning ? "Warning" : "Normal",
            "source": ["component": .string(component), "host": .string(nodeName)],
            "firstTimestamp": now, "lastTimestamp": now, "count": 1,
            "reportingComponent": .string(component), "reportingInstance": .string(nodeName),
        ]
    }

    private func trim(_ uid: String) throws(StoreError) {
        guard let identities = order[uid], identities.count > Self.perPod else { return }
        let oldest = identities[0]
        order[uid]?.removeFirst()
        guard let event = known.removeValue(forKey: oldest), let key = store.key(uid: event) else {
            return
        }
        try store.delete(key)
    }
}
