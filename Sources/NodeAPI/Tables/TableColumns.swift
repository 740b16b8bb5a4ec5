internal import Basics
internal import Formats

/// The columns of every kind, as kubectl's server prints them.
enum TableColumns {
    static func of(_ kind: ResourceKind) -> [TableColumn] {
        byKind[kind.kind] ?? [.name, .age]
    }

    private static let byKind = [core, services, workloads, policies, stored]
        .reduce(into: [String: [TableColumn]]()) { all, part in
            all.merge(part) { first, _ in first }
        }

    private static let core: [String: [TableColumn]] = [
        "Pod": pods, "ConfigMap": configMaps, "Secret": secrets, "Namespace": namespaces,
        "Node": nodes,
        "Event": events, "ServiceAccount": serviceAccounts, "PersistentVolumeClaim": claims,
    ]

    private static let pods: [TableColumn] = [
        .name,
        TableColumn("Ready") { object, _ in .string(PodCells(object).ready) },
        TableColumn("Status") { object, _ in .string(PodCells(object).status) },
        TableColumn("Restarts") { object, now in .string(PodCells(object).restarts(at: now)) },
        .age,
        TableColumn("IP", isWide: true) { object, _ in .string(PodCells(object).address) },
        .field("Node", "spec.nodeName", isWide: true),
        .field("Nominated Node", "status.nominatedNodeName", isWide: true),
        TableColumn("Readiness Gates", isWide: true) { object, _ in
            .string(PodCells(object).readinessGates)
        },
    ]

    private static func entries(_ fields: [String]) -> TableColumn {
        TableColumn("Data", type: "integer") { object, _ in
            .int(fields.reduce(0) { $0 + (object[$1]?.object?.count ?? 0) })
        }
    }

    private static let configMaps: [TableColumn] = [.name, entries(["data", "binaryData"]), .age]

    private static let secrets: [TableColumn] = [
        .name, .field("Type", "type", missing: "Opaque"), entries(["data"]), .age,
    ]

    private static let namespaces: [TableColumn] = [
        .name, .field("Status", "status.phase", missing: "Active"), .age,
    ]

    private static let serviceAccounts: [TableColumn] = [
        .name,
        TableColumn("Secrets", type: "integer") { object, _ in
            .int(object["secrets"]?.array?.count ?? 0)
        },
        .age,
    ]

    private static let claims: [TableColumn] = [
        .name,
        TableColumn("Status") { object, _ in
            let isDeleted = object["metadata"]?["deletionTimestamp"] != nil
            return isDeleted ? "Terminating" : object["status"]?["phase"] ?? ""
        },
        .field("Volume", "spec.volumeName", missing: ""),
        .field("Capacity", "status.capacity.storage", missing: ""),
        TableColumn("Access Modes") { object, _ in
            .string(TableText.accessModes(object["status"]?["accessModes"]))
        },
        .field("StorageClass", "spec.storageClassName", missing: ""),
        .field("VolumeAttributesClass", "spec.volumeAttributesClassName", missing: "<unset>"),
        .age,
        .field("VolumeMode", "spec.volumeMode", missing: "<unset>", isWide: true),
    ]

    private static func address(_ type: String, _ object: JSON) -> JSON {
        let addresses = object["status"]?["addresses"]?.array ?? []
        return addresses.first { $0["type"]?.string == type }?["address"] ?? "<none>"
    }

    private static let nodes: [TableColumn] = [
        .name,
        TableColumn("Status") { object, _ in
            let conditions = object["status"]?["conditions"]?.array ?? []
            let ready = conditions.first { $0["type"]?.string == "Ready" }?["status"]?.string
            let status = ready.map { $0 == "True" ? "Ready" : "NotReady" } ?? "Unknown"
            let isClosed = object["spec"]?["unschedulable"]?.bool == true
            return .string(status + (isClosed ? ",SchedulingDisabled" : ""))
        },
        TableColumn("Roles") { object, _ in
            let prefix = "node-role.kubernetes.io/"
            let labels = object["metadata"]?["labels"]?.object?.keys ?? []
            let roles = labels.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
            return .string(roles.isEmpty ? "<none>" : roles.sorted().joined(separator: ","))
        },
        .age,
        .field("Version", "status.nodeInfo.kubeletVersion", missing: ""),
        TableColumn("Internal-IP", isWide: true) { object, _ in address("InternalIP", object) },
        TableColumn("External-IP", isWide: true) { object, _ in address("ExternalIP", object) },
        .field("OS-Image", "status.nodeInfo.osImage", missing: "<unknown>", isWide: true),
        .field(
            "Kernel-Version",
            "status.nodeInfo.kernelVersion",
            missing: "<unknown>",
            isWide: true
        ),
        .field(
            "Container-Runtime",
            "status.nodeInfo.containerRuntimeVersion",
            missing: "<unknown>",
            isWide: true
        ),
    ]

    private static let events: [TableColumn] = [
        TableColumn("Last Seen") { object, now in
            let times = [object["lastTimestamp"], object["eventTime"], object["firstTimestamp"]]
            return .string(TableText.age(times.compactMap { $0 }.first { $0.string != nil }, now))
        },
        .field("Type", "type", missing: ""),
        .field("Reason", "reason", missing: ""),
        TableColumn("Object") { object, _ in
            let involved = object["involvedObject"]
            let kind = TableText.text(involved?["kind"]).lowercased()
            return .string("\(kind)/\(TableText.text(involved?["name"]))")
        },
        .field("Subobject", "involvedObject.fieldPath", missing: "", isWide: true),
        TableColumn("Source", isWide: true) { object, _ in
            let parts = [object["source"]?["component"], object["source"]?["host"]]
            return .string(parts.compactMap { $0?.string }.joined(separator: ", "))
        },
        TableColumn("Message") { object, _ in
            .string(TableText.text(object["message"]).trimmingSpace())
        },
        TableColumn("First Seen", isWide: true) { object, now in
            let times = [object["firstTimestamp"], object["eventTime"]]
            return .string(TableText.age(times.compactMap { $0 }.first { $0.string != nil }, now))
        },
        TableColumn("Count", type: "integer", isWide: true) { object, _ in
            .int(object["count"]?.int ?? 1)
        },
        TableColumn("Name", format: "name", isWide: true) { object, _ in
            object["metadata"]?["name"] ?? ""
        },
    ]
}
