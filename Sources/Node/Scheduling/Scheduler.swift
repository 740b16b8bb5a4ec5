internal import Basics
internal import Formats
internal import ObjectStore
internal import PodEngine
internal import PodModel
internal import Reactor

/// Gives pods that wait for the node their place once it takes them, and ends those that its taints no
/// longer tolerate.
///
/// Most pods never come here: the API places what the node takes when it is created (`NodeFit`).
/// Level-triggered: every change of the node looks at all pods, every change of a pod at that pod.
///
/// Ownership: lives on the main loop, owned by `Node`.
@MainLoop final class Scheduler {
    private let store: ObjectStore
    private let events: EventRecorder
    private let nodeName: String
    private let journal: Journal
    private var tasks: [Task<Void, Never>] = []
    private var alarm: Alarm?
    private var wakeTime: Instant?
    private var hasFailed = false

    /// When what the disk did not take is tried again.
    private static let patience = Duration.seconds(1)

    /// Makes the scheduler of a node.
    init(_ store: ObjectStore, events: EventRecorder, nodeName: String, journal: Journal) {
        self.store = store
        self.events = events
        self.nodeName = nodeName
        self.journal = journal
    }

    /// Begins to follow the store.
    func start() {
        tasks = ["nodes", "pods"].map { resource in
            Task { @MainLoop [weak self] in await self?.follow(resource) }
        }
    }

    /// Ends; what was begun is complete in itself.
    func stop() {
        for task in tasks { task.cancel() }
        alarm?.cancel()
    }

    private func follow(_ resource: String) async {
        while !Task.isCancelled {
            guard let watch = try? store.watch(ObjectQuery(resource)) else { return }
            look()
            while let event = await watch.next() {
                if resource == "nodes" {
                    look()
                } else if event.kind != .deleted, let pod = store.get(event.key) {
                    look(at: event.key, pod)
                }
            }
            guard watch.isExpired else { return }
        }
    }

    /// Looks at all pods.
    func look() {
        alarm?.cancel()
        wakeTime = nil
        for (key, pod) in store.entries(ObjectQuery("pods")) { look(at: key, pod) }
    }

    private func look(at key: ObjectKey, _ pod: JSON) {
        do throws(StoreError) {
            if pod["spec"]?["nodeName"]?.string ?? "" == "" {
                try place(key, pod)
            } else if !Controllers.isDeleted(pod) {
                try evict(key, pod)
            }
            hasFailed = false
        } catch .notFound {
        } catch {
            if !hasFailed { journal.error("cannot place pod \(key): \(error)") }
            hasFailed = true
            wake(after: Self.patience)
        }
    }

    private var node: JSON? { store.get(ObjectKey("nodes", "", nodeName)) }

    // MARK: Coming

    private func place(_ key: ObjectKey, _ pod: JSON) throws(StoreError) {
        guard !Controllers.isDeleted(pod) else {
            // Nothing of it runs.
            _ = try store.delete(key, uid: pod["metadata"]?["uid"]?.string)
            return
        }
        let uid = pod["metadata"]?["uid"]?.string ?? ""
        let fit = NodeFit(pod["spec"], on: node)
        guard let reason = fit.reason else {
            try store.bind(uid: uid, to: nodeName)
            tell(pod, key, "Scheduled", "Successfully assigned \(name(key)) to \(nodeName)")
            return
        }
        let message = fit.message(for: pod["spec"])
        let condition = TrackedPlace(reason: reason, message: message)
        guard condition != TrackedPlace(pod["status"]) else { return }
        var status = pod["status"] ?? [:]
        let since = Loop.main.moment.wall.rfc3339
        set(condition.json(since: since, after: status), in: &status)
        _ = try store.updateStatus(uid: uid, status)
        guard fit != .gated else { return }
        tell(pod, key, "FailedScheduling", message, isWarning: true)
    }

    // MARK: Going

    private func evict(_ key: ObjectKey, _ pod: JSON) throws(StoreError) {
        guard let node, let end = Taints.eviction(of: pod, from: node) else { return }
        let now = Loop.main.moment.wall
        guard end <= now else { return wake(after: end - now) }
        var status = pod["status"] ?? [:]
        let condition: JSON = [
            "type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager",
            "message": "Taint manager: deleting due to NoExecute taint",
            "lastTransitionTime": .string(now.rfc3339),
        ]
        set(condition, in: &status)
        let uid = pod["metadata"]?["uid"]?.string ?? ""
        let marked = try store.updateStatus(uid: uid, status)
        tell(pod, key, "TaintManagerEviction", "Marking for deletion Pod \(name(key))")
        try Controllers.delete(key, marked, in: store)
    }

    // MARK: Details

    private func name(_ key: ObjectKey) -> String { key.namespace + "/" + key.name }

    private func set(_ condition: JSON, in status: inout JSON) {
        let others = (status["conditions"]?.array ?? []).filter { $0["type"] != condition["type"] }
        status["conditions"] = .array(others + [condition])
    }

    private func tell(
        _ pod: JSON,
        _ key: ObjectKey,
        _ reason: String,
        _ message: String,
        isWarning: Bool = false
    ) {
        let involved: JSON = [
            "kind": "Pod", "apiVersion": "v1", "namespace": .string(key.namespace),
            "name": .string(key.name), "uid": pod["metadata"]?["uid"] ?? "",
            "resourceVersion": pod["metadata"]?["resourceVersion"] ?? "",
        ]
        let isEviction = reason == "TaintManagerEviction"
        events.record(
            EventRecord(isWarning: isWarning, reason: reason, message: message),
            involved,
            component: isEviction ? "taint-eviction-controller" : "default-scheduler"
        )
    }

    private func wake(after wait: Duration) {
        let time = Loop.main.now + wait
        if let wakeTime, wakeTime <= time { return }
        alarm?.cancel()
        wakeTime = time
        alarm = Alarm(at: time) { [weak self] in self?.look() }
    }
}

/// What the condition `PodScheduled` of a pod without a place says.
private struct TrackedPlace: Hashable {
    var reason: String
    var message: String

    init(reason: String, message: String) {
        self.reason = reason
        self.message = message
    }

    /// What a status says; nil if it says nothing.
    init?(_ status: JSON?) {
        guard let known = Self.condition(status), known["status"]?.string == "False" else {
            return nil
        }
        reason = known["reason"]?.string ?? ""
        message = known["message"]?.string ?? ""
    }

    private static func condition(_ status: JSON?) -> JSON? {
        (status?["conditions"]?.array ?? []).first { $0["type"]?.string == "PodScheduled" }
    }

    /// The condition; its time is kept if it was false before.
    func json(since now: String, after status: JSON) -> JSON {
        let known = Self.condition(status)
        let isSame = known?["status"]?.string == "False"
        return [
            "type": "PodScheduled", "status": "False",
            "lastTransitionTime": isSame ? known?["lastTransitionTime"] ?? .null : .string(now),
            "reason": .string(reason), "message": .string(message),
        ]
    }
}
