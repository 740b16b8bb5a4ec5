public import Formats

/// Fills in what the API server fills in when an object is created.
///
/// Constant defaults are a table by type, applied along the schema; the few that depend on other
/// fields follow as code. Values that are there already stay as they are.
public enum Defaults {
    /// The object with all defaults; kinds without defaults come back unchanged.
    public static func apply(to object: JSON, kind: String) -> JSON {
        var object = walk(object, kind)
        switch kind {
        case "Pod":
            object.update("spec") { podOnly(&$0) }
        case "Secret":
            mergeStringData(&object)
        case "Job":
            job(&object)
        case "Namespace":
            if let name = object["metadata"]?["name"] {
                object.update("metadata") { metadata in
                    metadata.update("labels") { $0.fill("kubernetes.io/metadata.name", name) }
                }
            }
        default: break
        }
        return object
    }

    /// Fields that the API server sets if they are missing, by type.
    private static let constants: [String: [(field: String, value: JSON)]] = [
        "PodSpec": [
            ("restartPolicy", "Always"), ("terminationGracePeriodSeconds", 30),
            ("dnsPolicy", "ClusterFirst"), ("schedulerName", "default-scheduler"),
            ("securityContext", [:]),
        ],
        "Container": containerConstants, "EphemeralContainer": containerConstants,
        "ContainerPort": [("protocol", "TCP")],
        "HTTPGetAction": [("path", "/"), ("scheme", "HTTP")],
        "GRPCAction": [("service", "")],
        "ObjectFieldSelector": [("apiVersion", "v1")],
        "ResourceFieldSelector": [("divisor", "0")],
        "HostPathVolumeSource": [("type", "")],
        "SecretVolumeSource": [("defaultMode", 420)],
        "ConfigMapVolumeSource": [("defaultMode", 420)],
        "DownwardAPIVolumeSource": [("defaultMode", 420)],
        "ProjectedVolumeSource": [("defaultMode", 420)],
        "ServiceAccountTokenProjection": [("expirationSeconds", 3600)],
        "ISCSIVolumeSource": [("iscsiInterface", "default")],
        "RBDVolumeSource": [("pool", "rbd"), ("user", "admin"), ("keyring", "/etc/ceph/keyring")],
        "AzureDiskVolumeSource": [
            ("cachingMode", "ReadWrite"), ("fsType", "ext4"), ("readOnly", false),
            ("kind", "Shared"),
        ],
        "ScaleIOVolumeSource": [("storageMode", "ThinProvisioned"), ("fsType", "xfs")],
        "PersistentVolumeClaimSpec": [("volumeMode", "Filesystem")],
        "PersistentVolumeClaim": [("status", ["phase": "Pending"])],
        "Secret": [("type", "Opaque")],
        "Namespace": [("spec", ["finalizers": ["kubernetes"]]), ("status", ["phase": "Active"])],
    ]

    private static let containerConstants: [(field: String, value: JSON)] = [
        ("resources", [:]), ("terminationMessagePath", "/dev/termination-log"),
        ("terminationMessagePolicy", "File"),
    ]

    // MARK: Along the schema

    private static func walk(_ value: JSON, _ typeName: String) -> JSON {
        guard case .object(var object) = value, let type = Schema.shared.type(named: typeName)
        else { return value }
        let fields =
            constants[typeName] ?? workloadConstants[typeName] ?? serviceConstants[typeName]
        let others = policyConstants[typeName] ?? networkingConstants[typeName]
        for (field, value) in fields ?? others ?? []
        where object[field] ?? .null == .null {
            object[field] = value
        }
        for (key, member) in object.members {
            guard let field = type.fields[key] else { continue }
            object[key] = walk(member, field.type)
        }
        var result = JSON.object(object)
        complete(&result, typeName)
        return result
    }

    private static func walk(_ value: JSON, _ type: Schema.FieldType) -> JSON {
        switch (type, value) {
        case (.object(let name), .object): walk(value, name)
        case (.list(let element), .array(let items)): .array(items.map { walk($0, element) })
        default: value
        }
    }

    /// Defaults that depend on other fields of the same object.
    private static func complete(_ object: inout JSON, _ typeName: String) {
        switch typeName {
        case "Container", "EphemeralContainer":
            object.fill("imagePullPolicy", pullPolicy(for: object["image"]))
        case "ImageVolumeSource":
            object.fill("pullPolicy", pullPolicy(for: object["reference"]))
        case "Probe":
            for (field, value) in probeConstants where object[field]?.int ?? 0 == 0 {
                object[field] = value
            }
        case "Volume":
            if object.object?.keys.allSatisfy({ $0 == "name" }) ?? false {
                object["emptyDir"] = [:]
            }
        case "PodSpec":
            let account = object["serviceAccountName"] ?? object["serviceAccount"] ?? "default"
            object.fill("serviceAccountName", account)
            object.fill("serviceAccount", account)
        case "LimitRangeItem": limitRangeItem(&object)
        case "Subject": subject(&object)
        case "ServiceSpec": completeService(&object)
        case "ServicePort": completeServicePort(&object)
        case "DeploymentStrategy", "StatefulSetUpdateStrategy", "DaemonSetUpdateStrategy":
            completeStrategy(&object, of: typeName)
        case "StatefulSetSpec": nameClaims(&object)
        case "NetworkPolicySpec": networkPolicy(&object)
        case "HorizontalPodAutoscalerSpec": autoscaler(&object)
        default: break
        }
    }

    private static let probeConstants: [(field: String, value: JSON)] = [
        ("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1),
        ("failureThreshold", 3),
    ]

    /// `Always` for the tag `latest`, written or implied; `IfNotPresent` for others and digests.
    private static func pullPolicy(for image: JSON?) -> JSON {
        let reference = image?.string ?? ""
        guard !reference.contains("@") else { return "IfNotPresent" }
        let name = reference.split(separator: "/", omittingEmptySubsequences: false).last ?? ""
        let parts = name.split(separator: ":", omittingEmptySubsequences: false)
        let isLatest = parts.count < 2 || parts[1] == "latest"
        return isLatest && !reference.isEmpty ? "Always" : "IfNotPresent"
    }
}

extension JSON {
    /// Sets a member that is missing or null.
    mutating func fill(_ key: String, _ value: JSON) {
        if self[key] ?? .null == .null { self[key] = value }
    }

    /// Changes a member, which becomes an empty object first if it is missing.
    mutating func update(_ key: String, _ change: (inout JSON) -> Void) {
        var member = self[key] ?? .object(JSONObject())
        change(&member)
        self[key] = member
    }
}
