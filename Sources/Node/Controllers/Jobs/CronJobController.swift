internal import Basics
internal import Formats
internal import ObjectStore
internal import PodModel
internal import Reactor
internal import Records
internal import System

/// Makes Jobs by the clock, as `CronPlan` says.
@MainLoop struct CronJobController: Reconciler {
    let tools: ControllerTools

    private static let timeKey = "batch.kubernetes.io/cronjob-scheduled-timestamp"

    func reconcile(_ key: ObjectKey, _ object: JSON) async throws(StoreError) -> Verdict {
        guard !Controllers.isDeleted(object) else { return .settled }
        let uid = object["metadata"]?["uid"]?.string ?? ""
        let jobs = tools.store.entries("jobs", ownedBy: uid)
            .filter { Controllers.controller(of: $0.object) == uid }
        let status = object["status"]
        var known: [String: String] = [:]
        for reference in status?["active"]?.array ?? [] {
            known[reference["uid"]?.string ?? ""] = reference["name"]?.string ?? ""
        }
        let plan = CronPlan(
            Self.wishes(object["spec"]),
            times: times(object),
            created: Controllers.time(object["metadata"]?["creationTimestamp"]) ?? tools.now,
            lastSchedule: Controllers.time(status?["lastScheduleTime"]),
            lastSuccess: Controllers.time(status?["lastSuccessfulTime"]),
            known: known,
            jobs: jobs.filter { !Controllers.isDeleted($0.object) }.map { Self.own($0.object) },
            at: tools.now
        )
        for notice in plan.notices {
            tools.event(object, notice.reason, notice.message, isWarning: notice.isWarning)
        }
        for name in plan.replaced + plan.forgotten {
            guard let entry = jobs.first(where: { $0.key.name == name }) else { continue }
            try Controllers.delete(entry.key, entry.object, in: tools.store)
            tools.event(object, "SuccessfulDelete", "Deleted job \(name)")
        }
        var active = jobs.map(\.object).filter { job in
            plan.active.contains(job["metadata"]?["uid"]?.string ?? "")
        }
        if let due = plan.due, !tools.isEnding(object) {
            if let made = try start(object, due) { active.append(made) }
        }
        try write(plan, active, object)
        return .after(plan.wait)
    }

    // MARK: Details

    private static func wishes(_ spec: JSON?) -> CronPlan.Wishes {
        CronPlan.Wishes(
            concurrency: CronPlan.Wishes.Concurrency(
                rawValue: spec?["concurrencyPolicy"]?.string ?? ""
            ) ?? .allow,
            isSuspended: spec?["suspend"]?.bool ?? false,
            lateness: spec?["startingDeadlineSeconds"]?.int.map { .seconds($0) },
            successfulKept: spec?["successfulJobsHistoryLimit"]?.int,
            failedKept: spec?["failedJobsHistoryLimit"]?.int
        )
    }

    private static func own(_ job: JSON) -> CronPlan.OwnJob {
        let status = job["status"]
        let conditions = Conditions(status?["conditions"])
        var end: CronPlan.OwnJob.End?
        if conditions.isTrue("Complete") {
            end = .succeeded(Controllers.time(status?["completionTime"]))
        } else if conditions.isTrue("Failed") {
            end = .failed
        }
        return CronPlan.OwnJob(
            name: job["metadata"]?["name"]?.string ?? "",
            uid: job["metadata"]?["uid"]?.string ?? "",
            end: end,
            isScheduled: job["metadata"]?["annotations"]?[timeKey] != nil,
            started: Controllers.time(status?["startTime"])
                ?? Controllers.time(job["metadata"]?["creationTimestamp"])
                ?? Timestamp(seconds: 0)
        )
    }

    /// The schedule in its zone; what cannot be read is told.
    private func times(_ object: JSON) -> CronTimes? {
        let spec = object["spec"]
        let text = spec?["schedule"]?.string ?? ""
        let schedule: CronSchedule
        do throws(CronSchedule.Complaint) {
            schedule = try CronSchedule(text)
        } catch {
            tools.event(
                object,
                "UnparseableSchedule",
                "unparseable schedule: \"\(text)\" : \(error)",
                isWarning: true
            )
            return nil
        }
        guard let name = spec?["timeZone"]?.string else {
            return CronTimes(schedule: schedule, zone: Zone.local(read: Self.read))
        }
        guard let zone = Zone(named: name, read: Self.read) else {
            tools.event(
                object,
                "UnknownTimeZone",
                "invalid timeZone: \"\(name)\": unknown time zone \(name)",
                isWarning: true
            )
            return nil
        }
        return CronTimes(schedule: schedule, zone: zone)
    }

    /// The largest file of the zone database is a tenth of it.
    private nonisolated static let zoneBytesMaximum = 64 << 10

    private nonisolated static func read(_ path: String) -> [UInt8]? {
        try? Files.read(path, limit: zoneBytesMaximum)
    }

    /// Makes the Job of a time; one that is there already is not made again.
    private func start(_ object: JSON, _ due: Timestamp) throws(StoreError) -> JSON? {
        let template = object["spec"]?["jobTemplate"]
        let name = "\(object["metadata"]?["name"]?.string ?? "")-\(due.seconds / 60)"
        var annotations = template?["metadata"]?["annotations"] ?? [:]
        annotations[Self.timeKey] = .string(due.rfc3339)
        var metadata: JSON = [
            "name": .string(name), "namespace": object["metadata"]?["namespace"] ?? "default",
            "annotations": annotations,
            "ownerReferences": [Controllers.ownerReference(to: object)],
        ]
        metadata["labels"] = template?["metadata"]?["labels"]
        let job: JSON = [
            "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata,
            "spec": template?["spec"] ?? [:],
        ]
        do throws(StoreError) {
            let made = try tools.store.create(
                "jobs",
                Defaults.apply(to: job, kind: "Job"),
                completing: { Defaults.selectPods(of: &$0) }
            )
            tools.event(object, "SuccessfulCreate", "Created job \(name)")
            return made
        } catch .alreadyExists {
            return nil
        }
    }

    private func write(
        _ plan: CronPlan,
        _ active: [JSON],
        _ object: JSON
    ) throws(StoreError) {
        var status: JSON = [:]
        let references = active.map { job -> JSON in
            [
                "kind": "Job", "namespace": job["metadata"]?["namespace"] ?? "",
                "name": job["metadata"]?["name"] ?? "", "uid": job["metadata"]?["uid"] ?? "",
                "apiVersion": "batch/v1",
                "resourceVersion": job["metadata"]?["resourceVersion"] ?? "",
            ]
        }
        if !references.isEmpty {
            // The version of a Job is that at which it was first listed.
            let before = object["status"]?["active"]?.array ?? []
            status["active"] = .array(
                references.map { reference in
                    before.first { $0["uid"] == reference["uid"] } ?? reference
                }
            )
        }
        status["lastScheduleTime"] = plan.lastSchedule.map { .string($0.rfc3339) }
        status["lastSuccessfulTime"] = plan.lastSuccess.map { .string($0.rfc3339) }
        try tools.write(status, of: object)
    }
}
