public import Formats

extension Validation {
    /// Everything that is wrong with replacing one version of an object by another.
    ///
    /// Both objects carry their defaults; the rules for new objects are checked as well.
    public static func validateUpdate(_ new: JSON, from old: JSON, kind: String) -> [Finding] {
        var checker = Checker()
        let root = Node(new)
        let before = Node(old)
        checker.immutable(
            ["name", "namespace", "uid"].map { (root["metadata"][$0], before["metadata"][$0]) }
        )
        switch kind {
        case "Pod": checker.podUpdate(root["spec"], before["spec"])
        case "ConfigMap":
            checker.dataUpdate(root, before, fields: ["data", "binaryData"])
        case "Secret":
            checker.dataUpdate(root, before, fields: ["data"])
            checker.immutable([(root["type"], before["type"])])
        case "PersistentVolumeClaim": checker.claimUpdate(root["spec"], before["spec"])
        case "PersistentVolume": checker.persistentVolumeUpdate(root["spec"], before["spec"])
        case "ResourceQuota": checker.resourceQuotaUpdate(root, before)
        case "RoleBinding", "ClusterRoleBinding": checker.roleBindingUpdate(root, before)
        case "Node": checker.nodeUpdate(root, before)
        case "Service": checker.serviceUpdate(root["spec"], before["spec"])
        case "EndpointSlice": checker.endpointSliceUpdate(root, before)
        default: checker.workloadUpdate(root, before, kind: kind)
        }
        // A pod keeps its ephemeral containers, which may not be there at its creation.
        let rules = validate(new, kind: kind).filter {
            kind != "Pod" || $0.path != "spec.ephemeralContainers"
        }
        return checker.findings + rules
    }
}

extension Checker {
    mutating func immutable(_ pairs: [(new: Node, old: Node)]) {
        for (new, old) in pairs where old.exists && new.value != old.value {
            invalid(new, "field is immutable", fix: "delete the object and create it again")
        }
    }

    fileprivate mutating func dataUpdate(_ new: Node, _ old: Node, fields: [String]) {
        guard old["immutable"].isTrue else { return }
        for field in fields + ["immutable"] where new[field].value != old[field].value {
            forbidden(
                new[field],
                "field is immutable when `immutable` is set",
                fix: "delete the object and create it again"
            )
        }
    }

    fileprivate mutating func claimUpdate(_ new: Node, _ old: Node) {
        var wanted = new.value ?? .null
        wanted["resources"] = old["resources"].value
        wanted["volumeAttributesClassName"] = old["volumeAttributesClassName"].value
        if old["volumeName"].text.isEmpty { wanted["volumeName"] = old["volumeName"].value }
        if wanted != old.value ?? .null {
            forbidden(
                new,
                "spec is immutable after creation except resources.requests and"
                    + " volumeAttributesClassName for bound claims",
                fix: "create a new claim"
            )
        }
    }

    fileprivate mutating func podUpdate(_ new: Node, _ old: Node) {
        for list in ["containers", "initContainers"] {
            let containers = new[list].items
            guard containers.count == old[list].items.count else {
                forbidden(
                    new[list],
                    "pod updates may not add or remove containers",
                    fix: "delete the pod and create it again"
                )
                return
            }
        }
        deadlineUpdate(new["activeDeadlineSeconds"], old["activeDeadlineSeconds"])
        tolerationsUpdate(new["tolerations"], old["tolerations"])
        gatesUpdate(new["schedulingGates"], old["schedulingGates"])
        let changed = Self.changes(Self.fixed(new, like: old), old.value ?? .null, new.path)
        guard !changed.isEmpty else { return }
        let shown = changed.prefix(5).map(\.description).joined(separator: ", ")
        forbidden(
            Node(new.value, changed[0]),
            "pod updates may not change fields other than `spec.containers[*].image`,"
                + "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations`"
                + " (only additions to existing tolerations),`spec.terminationGracePeriodSeconds`"
                + " (allow it to be set to 1 if it was previously negative)",
            fix: "changed here: \(shown); delete the pod and create it again"
        )
    }

    private mutating func deadlineUpdate(_ new: Node, _ old: Node) {
        guard let before = old.int else {
            range(new, 0...Int(Int32.max))
            return
        }
        guard let after = new.int else {
            invalid(new, "must not update from a positive integer to nil value", fix: "keep it")
            return
        }
        range(new, 0...Int(Int32.max))
        if after > before {
            invalid(
                new,
                "must be less than or equal to previous value",
                fix: "choose a smaller number"
            )
        }
    }

    private mutating func tolerationsUpdate(_ new: Node, _ old: Node) {
        func key(_ node: Node) -> JSON? {
            var value = node.value
            value?["tolerationSeconds"] = nil
            return value
        }
        let after = new.items.map(key)
        if !old.items.allSatisfy({ after.contains(key($0)) }) {
            forbidden(
                new,
                "existing toleration can not be modified except its tolerationSeconds",
                fix: "keep the tolerations that are there"
            )
        }
    }

    private mutating func gatesUpdate(_ new: Node, _ old: Node) {
        let before = old.items.map { $0["name"].text }
        for gate in new.items where !before.contains(gate["name"].text) {
            forbidden(
                new,
                "only deletion is allowed, but found new scheduling gate '\(gate["name"].text)'",
                fix: "keep or remove the gates that are there"
            )
        }
    }

    /// The new spec with everything that may change set back to what it was.
    private static func fixed(_ new: Node, like old: Node) -> JSON {
        var spec = new.value ?? .null
        for list in ["containers", "initContainers"] {
            guard let containers = spec[list]?.array else { continue }
            let before = old[list].items
            spec[list] = .array(
                zip(containers, before).map { container, old in
                    var container = container
                    container["image"] = old["image"].value
                    return container
                }
            )
        }
        spec["activeDeadlineSeconds"] = old["activeDeadlineSeconds"].value
        spec["tolerations"] = old["tolerations"].value
        spec["schedulingGates"] = old["schedulingGates"].value
        spec["ephemeralContainers"] = old["ephemeralContainers"].value
        let grace = old["terminationGracePeriodSeconds"]
        if grace.int ?? 0 < 0, spec["terminationGracePeriodSeconds"] == 1 {
            spec["terminationGracePeriodSeconds"] = grace.value
        }
        return spec
    }

    /// The fields that differ, as deep as both sides have the same shape.
    private static func changes(_ new: JSON, _ old: JSON, _ path: FieldPath) -> [FieldPath] {
        if new == old { return [] }
        switch (new, old) {
        case (.object(let left), .object(let right)):
            let keys = left.keys + right.keys.filter { left[$0] == nil }
            return keys.flatMap { key in
                changes(left[key] ?? .null, right[key] ?? .null, path + key)
            }
        case (.array(let left), .array(let right)) where left.count == right.count:
            return left.indices.flatMap { changes(left[$0], right[$0], path[$0]) }
        default:
            return [path]
        }
    }
}
