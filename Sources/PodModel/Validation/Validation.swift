public import Formats

/// Checks objects by the rules of the API server, in its words, and says what to do.
///
/// Validation works on the JSON tree after `Defaults`, so that every finding has a path, and stays
/// silent about what is missing by the schema or of another type: `SchemaReader` reports that.
public enum Validation {
    /// Everything that is wrong with an object, in the order of the rules.
    public static func validate(_ object: JSON, kind: String) -> [Finding] {
        var checker = Checker()
        let root = Node(object)
        switch kind {
        case "Pod": checker.pod(root)
        case "Deployment": checker.deployment(root)
        case "ConfigMap": checker.configMap(root)
        case "Secret": checker.secret(root)
        case "Namespace": checker.namespace(root)
        case "PersistentVolumeClaim": checker.claim(root)
        case "PersistentVolume": checker.persistentVolume(root)
        case "LimitRange": checker.limitRange(root)
        case "ResourceQuota": checker.resourceQuota(root)
        case "Lease": checker.lease(root)
        case "ServiceAccount": checker.serviceAccount(root)
        case "Role", "ClusterRole": checker.role(root, isNamespaced: kind == "Role")
        case "RoleBinding", "ClusterRoleBinding":
            checker.roleBinding(root, isNamespaced: kind == "RoleBinding")
        case "MutatingWebhookConfiguration": checker.mutatingWebhooks(root)
        case "Node": checker.node(root)
        case "Service": checker.service(root)
        case "Endpoints": checker.endpoints(root)
        case "EndpointSlice": checker.endpointSlice(root)
        default: checker.workload(root, kind: kind)
        }
        return checker.findings
    }

    /// Everything that is wrong with a pod built by hand.
    public static func validate(_ pod: Pod) -> [Finding] {
        validate(Defaults.apply(to: pod.json, kind: "Pod"), kind: "Pod")
    }

    /// The fields that are accepted but have no effect on one machine, as warnings.
    ///
    /// Works on the object as it was written, before `Defaults`.
    public static func remarks(on object: JSON, kind: String) -> [Finding] {
        var checker = Checker()
        switch kind {
        case "Pod": checker.remarkPod(Node(object)["spec"])
        case "Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job":
            checker.remarkPod(Node(object)["spec"]["template"]["spec"])
        case "CronJob":
            let job = Node(object)["spec"]["jobTemplate"]["spec"]
            checker.remarkPod(job["template"]["spec"])
        default: break
        }
        return checker.findings
    }

    /// Reads, defaults and validates a document at once.
    ///
    /// - Returns: the object with its defaults, and everything that was found; the object is to be
    ///   used only if no finding is an error.
    public static func check(
        _ tree: PositionedTree,
        kind: String
    ) -> (object: JSON, findings: [Finding]) {
        var reader = SchemaReader()
        let written = reader.read(tree, as: kind)
        let object = Defaults.apply(to: written, kind: kind)
        let misread = reader.findings.filter { !$0.isWarning }.map(\.path)
        // What could not be read has been left out; rules must not complain about that again.
        let rules = validate(object, kind: kind).filter { finding in
            !misread.contains { $0 == finding.path || $0.parent == finding.path }
        }
        return (object, reader.findings + rules + remarks(on: written, kind: kind))
    }
}
