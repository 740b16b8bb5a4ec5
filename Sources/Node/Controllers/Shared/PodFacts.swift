internal import Basics
internal import Formats
internal import ObjectStore

/// What controllers look at in a pod.
struct PodFacts: Sendable, Hashable {
    var name: String
    var uid = ""
    var phase = "Running"
    /// Whether it is being deleted.
    var isDeleted = false
    /// Since when it is ready; nil if it is not.
    var readySince: Timestamp?
    /// The revision of the template that it was made of (`controller-revision-hash`).
    var revision = ""
    var created = Timestamp(seconds: 0)
    /// How often its containers were restarted, that of the most restarts.
    var restarts = 0
    /// `controller.kubernetes.io/pod-deletion-cost`.
    var cost = 0

    /// Whether it has ended.
    var isOver: Bool { phase == "Succeeded" || phase == "Failed" }
    /// Whether it counts among those that its owner keeps: it has neither ended nor is it going.
    var isActive: Bool { !isOver && !isDeleted }
    /// Whether it is going and has not ended yet.
    var isTerminating: Bool { isDeleted && !isOver }
    var isReady: Bool { readySince != nil }

    /// Whether it has been ready for so long.
    func isAvailable(after minimum: Duration, at now: Timestamp) -> Bool {
        untilAvailable(after: minimum, at: now).map { $0 <= .zero } ?? false
    }

    /// How long until it has been ready for so long; nil if it is not ready.
    func untilAvailable(after minimum: Duration, at now: Timestamp) -> Duration? {
        readySince.map { minimum - (now - $0) }
    }

    /// Whether it goes before another when there are too many.
    ///
    /// Source: `ActivePodsWithRanks` in `pkg/controller/controller_utils.go`.
    func goesBefore(_ other: Self) -> Bool {
        rank.lexicographicallyPrecedes(other.rank)
    }

    private var rank: [Int] {
        [
            ["Pending": 0, "Unknown": 1][phase] ?? 2,
            isReady ? 1 : 0,
            cost,
            readySince.map { -Int($0.seconds) } ?? 0,
            -restarts,
            -Int(created.seconds),
        ]
    }
}

extension PodFacts {
    /// Takes them from a pod.
    init(_ pod: JSON) {
        let metadata = pod["metadata"]
        let status = pod["status"]
        name = metadata?["name"]?.string ?? ""
        uid = metadata?["uid"]?.string ?? ""
        phase = status?["phase"]?.string ?? "Pending"
        isDeleted = Controllers.isDeleted(pod)
        readySince = (status?["conditions"]?.array ?? [])
            .first { $0["type"]?.string == "Ready" && $0["status"]?.string == "True" }?[
                "lastTransitionTime"
            ]?.string.flatMap { Timestamp(rfc3339: $0) }
        revision = metadata?["labels"]?[Revisions.label]?.string ?? ""
        created = Controllers.time(metadata?["creationTimestamp"]) ?? Timestamp(seconds: 0)
        restarts = (status?["containerStatuses"]?.array ?? [])
            .reduce(0) { max($0, $1["restartCount"]?.int ?? 0) }
        cost =
            Int(
                metadata?["annotations"]?["controller.kubernetes.io/pod-deletion-cost"]?.string
                    ?? ""
            ) ?? 0
    }
}
