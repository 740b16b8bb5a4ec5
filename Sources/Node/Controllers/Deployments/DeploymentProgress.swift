internal import Basics

/// What a deployment's status says of how far its rollout is, and when that must be looked at again.
///
/// Source: `pkg/controller/deployment/progress.go`, `util/deployment_util.go`.
struct DeploymentProgress: Sendable, Hashable {
    /// The numbers of a status.
    struct Counts: Sendable, Hashable {
        var replicas = 0
        var updated = 0
        var ready = 0
        var available = 0
    }

    /// The conditions from now on.
    var conditions: Conditions
    /// When the deadline for progress is over though nothing changes.
    var wait: Duration?

    static let deadlineExceeded = "ProgressDeadlineExceeded"
    private static let isAvailable = "NewReplicaSetAvailable"
    private static let type = "Progressing"

    /// Judges a rollout.
    ///
    /// - Parameters:
    ///   - name: The deployment's name.
    ///   - replicas: How many pods are wanted.
    ///   - unavailable: How many of them may be missing.
    ///   - deadline: How long a rollout may go without progress; nil for ever.
    ///   - isPaused: Whether changes of the template are held back.
    ///   - current: The name of the set of the present template.
    ///   - before: The status up to now.
    ///   - counts: The numbers from now on.
    ///   - conditions: The conditions up to now.
    ///   - failure: The reason and message of a set that cannot make its pods.
    ///   - now: The wall clock.
    init(
        of name: String,
        replicas: Int,
        unavailable: Int,
        deadline: Duration?,
        isPaused: Bool,
        current: String?,
        before: Counts,
        counts: Counts,
        conditions: Conditions,
        failure: (reason: String, message: String)?,
        at now: Timestamp
    ) {
        self.conditions = conditions
        if counts.available >= replicas - unavailable {
            self.conditions.set(
                "Available",
                "True",
                "MinimumReplicasAvailable",
                "Deployment has minimum availability.",
                at: now
            )
        } else {
            self.conditions.set(
                "Available",
                "False",
                "MinimumReplicasUnavailable",
                "Deployment does not have minimum availability.",
                at: now
            )
        }
        if let failure {
            self.conditions.set(
                "ReplicaFailure",
                "True",
                failure.reason,
                failure.message,
                at: now
            )
        } else {
            self.conditions.remove("ReplicaFailure")
        }
        guard let deadline else {
            self.conditions.remove(Self.type)
            return
        }
        if isPaused { return }
        let subject = current.map { "ReplicaSet \"\($0)\"" } ?? "Deployment \"\(name)\""
        let known = self.conditions[Self.type]
        let isOver = counts.replicas == counts.updated && known?.reason == Self.isAvailable
        let isComplete =
            counts.updated == replicas && counts.replicas == replicas
            && counts.available == replicas && current != nil
        let old = before.replicas - before.updated
        let isProgressing =
            counts.updated > before.updated || counts.replicas - counts.updated < old
            || counts.ready > before.ready || counts.available > before.available
        if isOver { return }
        if isComplete {
            self.conditions.set(
                Self.type,
                "True",
                Self.isAvailable,
                "\(subject) has successfully progressed.",
                at: now
            )
            return
        }
        if isProgressing {
            self.conditions.set(
                Self.type,
                "True",
                "ReplicaSetUpdated",
                "\(subject) is progressing.",
                at: now,
                isRefreshed: true
            )
        } else if let known, known.reason != Self.deadlineExceeded,
            known.reason != Self.isAvailable,
            let updated = known.updated, updated + deadline < now
        {
            self.conditions.set(
                Self.type,
                "False",
                Self.deadlineExceeded,
                "\(subject) has timed out progressing.",
                at: now
            )
        }
        guard let shown = self.conditions[Self.type], shown.reason != Self.deadlineExceeded,
            let updated = shown.updated
        else { return }
        // A second more, so that the deadline is over then.
        wait = max(.zero, updated + deadline - now) + .seconds(1)
    }
}
