internal import Basics
internal import Formats
internal import ObjectStore
internal import PodModel

/// Defaults, checks and completes objects before they are stored.
struct Admission {
    let kind: ResourceKind
    let nodeName: String
    /// The volumes that a new claim may get.
    var volumes: [JSON] = []
    /// The wall clock.
    var now = Timestamp(seconds: 0)
    /// Finds a stored object.
    var find: (ObjectKey) -> JSON? = { _ in nil }
    /// What limits the objects of namespaces.
    var limits: NamespaceLimits?
    /// What service accounts give to new pods.
    var accounts: ServiceAccountAdmission?

    /// A new object: without status, with defaults, valid.
    ///
    /// - Throws: 422 with all findings, 403 for what a limit or a missing service account forbids.
    func created(_ reading: BodyReader.Reading) throws(APIError) -> (JSON, warnings: [String]) {
        var object = reading.object
        if kind.has("status") { object["status"] = nil }
        complete(&object)
        let remarks = Validation.remarks(on: object, kind: kind.kind)
        object = Defaults.apply(to: object, kind: kind.kind)
        if kind == .pods {
            if let why = accounts?.complete(&object) {
                throw .forbidden(kind, Self.name(of: object), why)
            }
            if let limits { object = limits.defaulted(object) }
        }
        let rules = Validation.validate(object, kind: kind.kind) + nameRules(object)
        try refuse(object, reading.missing + rules)
        finish(&object)
        try checkLimits(object, from: nil)
        return (object, reading.warnings + remarks.map(\.description))
    }

    /// A changed object: what may not change is as before.
    ///
    /// - Throws: 422 with all findings.
    func updated(
        _ reading: BodyReader.Reading,
        from old: JSON
    ) throws(APIError) -> (JSON, warnings: [String]) {
        var object = reading.object
        complete(&object)
        for field in ["uid", "namespace", "creationTimestamp", "generation"] {
            let given = object["metadata"]?[field]
            if given == nil || given?.isNull == true || given?.string == "" {
                object["metadata"]?[field] = old["metadata"]?[field]
            }
        }
        // What the engine gave it need not be repeated.
        let given = ["Pod": "nodeName", "PersistentVolumeClaim": "volumeName"][kind.kind]
        if let given, object["spec"]?[given] == nil {
            object["spec"]?[given] = old["spec"]?[given]
        }
        if kind == .pods { ServiceAccountAdmission.carry(&object, from: old) }
        if kind.kind == "Service" { ServiceUpdate.carry(&object, from: old) }
        if kind == .nodes { NodeUpdate.complete(&object, from: old, at: now) }
        object["status"] = old["status"]
        object = Defaults.apply(to: object, kind: kind.kind)
        let rules = Validation.validateUpdate(object, from: old, kind: kind.kind)
        try refuse(object, reading.missing + rules)
        try checkLimits(object, from: old)
        return (object, reading.warnings)
    }

    /// Holds an object against the limits of its namespace.
    ///
    /// - Throws: 403 with the limit that it breaks.
    func checkLimits(
        _ object: JSON,
        from old: JSON?,
        isResize: Bool = false
    ) throws(APIError) {
        do throws(NamespaceLimits.Refusal) {
            try limits?.check(
                object,
                replacing: old,
                isResize: isResize,
                resource: kind.resource,
                group: kind.group
            )
        } catch { throw .forbidden(kind, Self.name(of: object), error.message) }
    }

    /// The name of kinds that `Validation` has no rules for.
    private func nameRules(_ object: JSON) -> [Finding] {
        guard !Self.withRules.contains(kind.kind) else { return [] }
        let metadata = object["metadata"]
        let name = metadata?["name"]?.string ?? (metadata?["generateName"]?.string ?? "") + "x"
        let isLetter = { (byte: UInt8) in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        let ends = [name.utf8.first, name.utf8.last].compactMap { $0 }
        let isValid =
            !name.isEmpty && name.utf8.count <= 253 && ends.allSatisfy(isLetter)
            && name.utf8.allSatisfy {
                isLetter($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
            }
        guard !isValid else { return [] }
        return [
            Finding(
                .invalid,
                "metadata.name",
                "Invalid value: \"\(name)\"",
                remedy: "use lower case letters, digits, \"-\" and \".\", at most 253 of them"
            )
        ]
    }

    private static let withRules: Set<String> = [
        "Pod", "Deployment", "ConfigMap", "Secret", "Namespace", "PersistentVolumeClaim",
        "PersistentVolume", "LimitRange", "ResourceQuota", "Lease", "ServiceAccount", "Role",
        "ClusterRole", "RoleBinding", "ClusterRoleBinding", "MutatingWebhookConfiguration",
        "Service", "Endpoints", "EndpointSlice", "Node",
        "ReplicaSet", "StatefulSet", "DaemonSet", "ControllerRevision", "Job", "CronJob",
        "PodDisruptionBudget", "PriorityClass", "Ingress", "IngressClass", "NetworkPolicy",
        "StorageClass", "HorizontalPodAutoscaler",
    ]

    private func refuse(_ object: JSON, _ findings: [Finding]) throws(APIError) {
        let errors = findings.filter { !$0.isWarning }
        guard !errors.isEmpty else { return }
        throw .invalid(kind, Self.name(of: object), errors)
    }

    private func complete(_ object: inout JSON) {
        var whole: JSON = ["apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind)]
        for (key, value) in object.object ?? [:] where key != "apiVersion" && key != "kind" {
            whole[key] = value
        }
        if whole["metadata"]?.object == nil { whole["metadata"] = [:] }
        // What is empty is not stored, so that a client that sends it sees no difference.
        for field in ["labels", "annotations", "finalizers", "ownerReferences"] {
            let value = whole["metadata"]?[field]
            if value?.object?.isEmpty == true || value?.array?.isEmpty == true {
                whole["metadata"]?[field] = nil
            }
        }
        object = whole
    }

    /// What the server decides when an object is created.
    private func finish(_ object: inout JSON) {
        switch kind.kind {
        case "Pod":
            let node = find(ResourceKind.nodes.key("", nodeName))
            if object["spec"]?["nodeName"]?.string ?? "" == "",
                NodeFit(object["spec"], on: node) == .fits
            {
                object["spec"]?["nodeName"] = .string(nodeName)
            }
            var status: JSON = ["phase": "Pending"]
            if let pod = try? Pod(json: object) {
                status["qosClass"] = .string(QualityOfService.of(pod).rawValue)
            }
            object["status"] = status
        case "PersistentVolumeClaim":
            // Directories of the node are there at once: there is nothing to wait for.
            let newName = "pvc-" + ObjectStore.randomUID()
            switch ClaimBinding.choose(object, among: volumes, newName: newName) {
            case .directory(let name): object = ClaimBinding.bound(object, to: name, nil)
            case .volume, .pending: object["status"] = ["phase": "Pending"]
            }
        case "Namespace": object["status"] = ["phase": "Active"]
        case "Service": object["status"] = ["loadBalancer": [:]]
        default: break
        }
    }

    static func name(of object: JSON) -> String {
        let metadata = object["metadata"]
        return metadata?["name"]?.string ?? metadata?["generateName"]?.string ?? ""
    }
}
