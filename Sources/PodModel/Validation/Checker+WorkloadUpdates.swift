internal import Formats

extension Checker {
    /// What may not change of an object that makes, guards or ranks pods.
    mutating func workloadUpdate(_ new: Node, _ old: Node, kind: String) {
        let (spec, before) = (new["spec"], old["spec"])
        switch kind {
        case "Deployment", "ReplicaSet", "DaemonSet":
            immutable([(spec["selector"], before["selector"])])
        case "StatefulSet": statefulSetUpdate(spec, before)
        case "ControllerRevision": immutable([(new["data"], old["data"])])
        case "Job": jobUpdate(spec, before, old["status"])
        case "PriorityClass":
            for field in ["value", "preemptionPolicy"]
            where new[field].value ?? 0 != old[field].value ?? 0 {
                forbidden(
                    new[field],
                    "may not be changed in an update.",
                    fix: "delete the class and create it again"
                )
            }
        default: storedUpdate(new, old, kind: kind)
        }
    }

    private static let changeable = [
        "replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit",
        "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
    ]

    private mutating func statefulSetUpdate(_ new: Node, _ old: Node) {
        var (after, before) = (new.value ?? [:], old.value ?? [:])
        for field in Self.changeable {
            after[field] = nil
            before[field] = nil
        }
        guard after != before else { return }
        forbidden(
            new,
            "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template',"
                + " 'updateStrategy', 'revisionHistoryLimit',"
                + " 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
            fix: "delete the set with --cascade=orphan and create it again"
        )
    }

    private mutating func jobUpdate(_ new: Node, _ old: Node, _ status: Node) {
        var fields = [
            "selector", "completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy",
            "successPolicy", "manualSelector",
        ]
        // An indexed Job may grow and shrink if each index has its pod.
        let isElastic =
            new["completionMode"].text == "Indexed" && new["completions"].exists
            && new["completions"].int == new["parallelism"].int
            && old["completions"].int == old["parallelism"].int
        if !isElastic || !old["completions"].exists { fields.append("completions") }
        for field in fields { fixed(new[field], old[field]) }
        // As long as a suspended Job has not begun it may still be said where its pods shall run.
        let mayPlace = old["suspend"].isTrue && !status["startTime"].exists
        fixed(
            Node(Self.template(new, mayPlace), new["template"].path),
            Node(Self.template(old, mayPlace), old["template"].path)
        )
    }

    /// A field that may neither change, nor come, nor go.
    private mutating func fixed(_ new: Node, _ old: Node) {
        guard new.value != old.value else { return }
        invalid(new, "field is immutable", fix: "delete the object and create it again")
    }

    private static func template(_ spec: Node, _ withoutPlace: Bool) -> JSON? {
        var template = spec["template"].value
        guard withoutPlace else { return template }
        for field in ["nodeSelector", "affinity", "tolerations", "schedulingGates"] {
            template?["spec"]?[field] = nil
        }
        for field in ["labels", "annotations"] { template?["metadata"]?[field] = nil }
        return template
    }
}
