internal import Basics
internal import Formats

/// What a Job looks at in one of its pods.
struct JobPod: Sendable, Hashable {
    var facts: PodFacts
    /// Its completion index; nil for Jobs without them.
    var index: Int?
    /// Whether its end counts; the Job takes that off from pods that it deletes itself.
    var isCounted = true
    /// How often its containers were restarted, all together.
    var restarts = 0
    /// The exit codes of its containers that have ended.
    var exits: [Exit] = []
    /// The conditions of its status.
    var conditions: [String: String] = [:]
    /// When it ended, or was asked to.
    var finished: Timestamp?

    struct Exit: Sendable, Hashable {
        var container: String
        var code: Int
    }

    static let indexKey = "batch.kubernetes.io/job-completion-index"
    static let trackingKey = "batch.kubernetes.io/job-tracking"
    static let failuresKey = "batch.kubernetes.io/job-index-failure-count"

    /// Whether it counts as failed: it failed, or is being deleted before it succeeded, unless only
    /// what has failed is replaced.
    func isFailed(onlyWhenOver: Bool) -> Bool {
        if facts.phase == "Failed" { return true }
        return facts.isDeleted && facts.phase != "Succeeded" && !onlyWhenOver
    }
}

extension JobPod {
    /// Takes them from a pod.
    init(_ pod: JSON) {
        facts = PodFacts(pod)
        let annotations = pod["metadata"]?["annotations"]
        index = (annotations?[Self.indexKey]?.string).flatMap { Int($0) }
        isCounted = annotations?[Self.trackingKey] != nil
        let status = pod["status"]
        let containers =
            (status?["initContainerStatuses"]?.array ?? [])
            + (status?["containerStatuses"]?.array ?? [])
        for container in containers {
            restarts += container["restartCount"]?.int ?? 0
            guard let ended = container["state"]?["terminated"] else { continue }
            exits.append(
                Exit(
                    container: container["name"]?.string ?? "",
                    code: ended["exitCode"]?.int ?? 0
                )
            )
            if let time = Controllers.time(ended["finishedAt"]) {
                finished = max(finished ?? time, time)
            }
        }
        for condition in status?["conditions"]?.array ?? [] {
            conditions[condition["type"]?.string ?? ""] = condition["status"]?.string
        }
        if facts.isOver || facts.isDeleted, finished == nil {
            finished =
                Controllers.time(pod["metadata"]?["deletionTimestamp"]) ?? facts.created
        }
    }
}
