internal import Basics
internal import Formats
internal import ObjectStore
internal import Reactor

/// Runs the pods of Jobs to their end, as `JobPlan` says.
@MainLoop struct JobController: Reconciler {
    let tools: ControllerTools
    let accounts: JobAccounts

    private static let manager = "kubernetes.io/job-controller"

    func reconcile(_ key: ObjectKey, _ job: JSON) async throws(StoreError) -> Verdict {
        let manager = job["spec"]?["managedBy"]?.string
        guard manager ?? Self.manager == Self.manager, !Controllers.isDeleted(job) else {
            return .settled
        }
        let entries = try tools.claim("pods", for: job)
        let status = job["status"]
        let plan = JobPlan(
            JobWishes(job["spec"]),
            JobPlan.State(
                namespace: key.namespace,
                conditions: Conditions(status?["conditions"]),
                started: Controllers.time(status?["startTime"]),
                completed: Controllers.time(status?["completionTime"]),
                created: Controllers.time(job["metadata"]?["creationTimestamp"]) ?? tools.now
            ),
            pods: entries.map { JobPod($0.object) },
            account: accounts[job["metadata"]?["uid"]?.string ?? ""],
            at: tools.now
        )
        if plan.isExpired {
            _ = try tools.store.delete(key, uid: job["metadata"]?["uid"]?.string)
            return .settled
        }
        guard !plan.wasOver else { return .after(plan.wait) }
        let byName = Dictionary(uniqueKeysWithValues: entries.map { ($0.key.name, $0) })
        for entry in plan.deletions.prefix(ControllerTools.burst).compactMap({ byName[$0] }) {
            if !plan.countsDeletions { try uncount(entry) }
            try tools.delete(entry, for: job)
        }
        var refusal: Failure?
        for new in plan.creations.prefix(ControllerTools.burst) where refusal == nil {
            refusal = await tools.create(pod(new, job), for: job)
        }
        var written = plan.status
        if refusal != nil || plan.creations.count > ControllerTools.burst {
            // What was not made is not active.
            let made = tools.store.entries(
                "pods",
                ownedBy: job["metadata"]?["uid"]?.string ?? ""
            )
            let active = made.count { PodFacts($0.object).isActive }
            written["active"] = active > 0 ? .int(active) : nil
        }
        try tools.write(written, of: job)
        for notice in plan.notices {
            tools.event(job, notice.reason, notice.message, isWarning: notice.isWarning)
        }
        if let refusal { return .refused(refusal) }
        let most = max(plan.creations.count, plan.deletions.count)
        return most > ControllerTools.burst ? .again(.zero) : .after(plan.wait)
    }

    /// The end of a pod that the Job itself wants gone says nothing about the work.
    private func uncount(_ entry: ControllerTools.Entry) throws(StoreError) {
        try tools.store.modify(uid: entry.object["metadata"]?["uid"]?.string ?? "") { pod in
            pod["metadata"]?["annotations"]?[JobPod.trackingKey] = nil
        }
    }

    private func pod(_ new: JobPlan.NewPod, _ job: JSON) -> JSON {
        var pod = tools.pod(of: job["spec"]?["template"], job)
        if pod["metadata"]?["annotations"] == nil { pod["metadata"]?["annotations"] = [:] }
        pod["metadata"]?["annotations"]?[JobPod.trackingKey] = ""
        guard let index = new.index else { return pod }
        let name = job["metadata"]?["name"]?.string ?? ""
        pod["metadata"]?["generateName"] = .string("\(name)-\(index)-")
        if pod["metadata"]?["labels"] == nil { pod["metadata"]?["labels"] = [:] }
        pod["metadata"]?["labels"]?[JobPod.indexKey] = .string(String(index))
        pod["metadata"]?["annotations"]?[JobPod.indexKey] = .string(String(index))
        if job["spec"]?["backoffLimitPerIndex"] != nil {
            pod["metadata"]?["annotations"]?[JobPod.failuresKey] = .string(String(new.failures))
        }
        pod["spec"]?["hostname"] = .string("\(name)-\(index)")
        for list in ["initContainers", "containers"] {
            guard let containers = pod["spec"]?[list]?.array else { continue }
            pod["spec"]?[list] = .array(containers.map(Self.withIndex))
        }
        return pod
    }

    private static let variable = "JOB_COMPLETION_INDEX"

    /// A container that knows the index of its pod.
    private static func withIndex(_ container: JSON) -> JSON {
        let known = container["env"]?.array ?? []
        guard !known.contains(where: { $0["name"]?.string == variable }) else { return container }
        var container = container
        let source: JSON = [
            "fieldRef": [
                "apiVersion": "v1",
                "fieldPath": .string("metadata.labels['\(JobPod.indexKey)']"),
            ]
        ]
        let entry: JSON = ["name": .string(variable), "valueFrom": source]
        container["env"] = .array(known + [entry])
        return container
    }
}
