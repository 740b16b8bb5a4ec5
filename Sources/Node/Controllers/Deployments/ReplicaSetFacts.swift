internal import Basics
internal import Formats

/// What a deployment looks at in one of its replica sets.
struct ReplicaSetFacts: Sendable, Hashable {
    var name: String
    var uid = ""
    /// The revision of the deployment that it stands for; 0 if none.
    var revision = 0
    /// How many pods it shall have.
    var wanted = 0
    /// How many pods exist that have not ended and are not going.
    var existing = 0
    var ready = 0
    var available = 0
    var terminating = 0
    /// How many pods the deployment wanted when it sized this set last; nil if it never did.
    var desired: Int?
    /// The most pods that the deployment allowed itself then.
    var most: Int?
    var created = Timestamp(seconds: 0)
    var isDeleted = false
    /// Whether its controller has acted upon its present size.
    var isObserved = true

    /// The same for the arithmetic of a rollout.
    var generation: RolloutPlan.Generation {
        RolloutPlan.Generation(
            name: name,
            wanted: wanted,
            existing: existing,
            available: available
        )
    }
}

extension ReplicaSetFacts {
    static let revisionKey = "deployment.kubernetes.io/revision"
    static let historyKey = "deployment.kubernetes.io/revision-history"
    static let desiredKey = "deployment.kubernetes.io/desired-replicas"
    static let mostKey = "deployment.kubernetes.io/max-replicas"

    /// Takes them from a replica set.
    init(_ set: JSON) {
        let (metadata, status) = (set["metadata"], set["status"])
        func annotation(_ key: String) -> Int? {
            metadata?["annotations"]?[key]?.string.flatMap { Int($0) }
        }
        func count(_ field: String) -> Int { status?[field]?.int ?? 0 }
        name = metadata?["name"]?.string ?? ""
        uid = metadata?["uid"]?.string ?? ""
        revision = annotation(Self.revisionKey) ?? 0
        wanted = set["spec"]?["replicas"]?.int ?? 1
        existing = count("replicas")
        ready = count("readyReplicas")
        available = count("availableReplicas")
        terminating = count("terminatingReplicas")
        desired = annotation(Self.desiredKey)
        most = annotation(Self.mostKey)
        created = Controllers.time(metadata?["creationTimestamp"]) ?? Timestamp(seconds: 0)
        isDeleted = Controllers.isDeleted(set)
        isObserved = count("observedGeneration") >= metadata?["generation"]?.int ?? 0
    }
}
