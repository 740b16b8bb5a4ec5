internal import Formats
internal import Manifests

/// What `up` expects of the objects of its manifests.
enum UpPlan {
    /// Kinds that keep their pods running until they are removed.
    private static let lasting: Set<String> = [
        "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "CronJob",
    ]

    /// Whether a kind keeps pods running until it is removed.
    static func lasts(_ kind: String) -> Bool { lasting.contains(kind) }

    /// Whether a kind is a pod or makes some.
    static func runs(_ kind: String) -> Bool { lasts(kind) || kind == "Pod" || kind == "Job" }

    /// How many pods come of an object at first.
    static func pods(of object: ManifestObject) -> Int {
        let spec = object.json["spec"]
        switch object.kind {
        case "Pod", "DaemonSet": return 1
        case "Deployment", "ReplicaSet", "StatefulSet": return spec?["replicas"]?.int ?? 1
        case "Job":
            guard spec?["suspend"]?.bool != true else { return 0 }
            let parallelism = spec?["parallelism"]?.int ?? 1
            return min(parallelism, spec?["completions"]?.int ?? parallelism)
        default: return 0
        }
    }

    /// The object of the manifests that a pod belongs to.
    static func owner(
        of pod: JSON,
        in objects: [ManifestObject],
        _ namespace: String
    ) -> ManifestObject? {
        guard let reference = pod["metadata"]?["ownerReferences"]?.array?.first,
            let kind = reference["kind"]?.string, let name = reference["name"]?.string
        else { return nil }
        let hash = pod["metadata"]?["labels"]?["pod-template-hash"]?.string
        return objects.first { object in
            guard object.namespace == namespace else { return false }
            switch object.kind {
            case "Deployment": return hash.map { name == object.name + "-" + $0 } ?? false
            case "CronJob":
                let number = name.dropFirst(object.name.utf8.count + 1)
                return kind == "Job" && name.hasPrefix(object.name + "-") && Int(number) != nil
            default: return kind == object.kind && name == object.name
            }
        }
    }
}
