public import Formats

/// Which volume a claim gets on one node.
///
/// A `PersistentVolume` that somebody made is taken if it fits, the smallest first; otherwise the claim
/// gets a directory of the engine's own, unless it wants none (`storageClassName: ""`) or names its
/// volume. (The rules of fitting are those of upstream's volume controller.)
public enum ClaimBinding: Sendable, Hashable {
    /// The volume of that name.
    case volume(String)
    /// A new directory, and the name of its volume.
    case directory(String)
    /// None yet, and why.
    case pending(String)

    /// Chooses for a claim without a volume, or for one that names a volume.
    ///
    /// - Parameters:
    ///   - claim: The claim.
    ///   - volumes: All volumes.
    ///   - newName: The name of a new directory's volume.
    /// - Returns: The choice.
    public static func choose(
        _ claim: JSON,
        among volumes: [JSON],
        newName: String
    ) -> ClaimBinding {
        let spec = claim["spec"]
        let wanted = spec?["volumeName"]?.string ?? ""
        let fitting = volumes.filter { fits($0, claim) }
        if !wanted.isEmpty {
            if fitting.contains(where: { name(of: $0) == wanted }) { return .volume(wanted) }
            return .pending("volume \"\(wanted)\" is not there, does not fit, or is taken")
        }
        let smallest = fitting.min { left, right in
            (capacity(of: left), name(of: left)) < (capacity(of: right), name(of: right))
        }
        if let smallest { return .volume(name(of: smallest)) }
        let hasSelector = spec?["selector"]?.object?.isEmpty == false
        if spec?["storageClassName"] == "" || hasSelector {
            return .pending(
                "no persistent volumes available for this claim and no storage class is set"
            )
        }
        return .directory(newName)
    }

    /// Whether a volume may be a claim's.
    public static func fits(_ volume: JSON, _ claim: JSON) -> Bool {
        guard volume["metadata"]?["deletionTimestamp"] == nil else { return false }
        let (spec, wish) = (volume["spec"], claim["spec"])
        if let holder = spec?["claimRef"], holder.object?.isEmpty == false {
            guard holder["name"] == claim["metadata"]?["name"],
                holder["namespace"] == claim["metadata"]?["namespace"]
            else { return false }
            // A volume that is kept for a claim of that name, or has been that very claim's.
            let uid = holder["uid"]?.string ?? ""
            guard uid.isEmpty || uid == claim["metadata"]?["uid"]?.string else { return false }
        }
        let modes = Set((spec?["accessModes"]?.array ?? []).compactMap(\.string))
        let asked = (wish?["accessModes"]?.array ?? []).compactMap(\.string)
        guard asked.allSatisfy(modes.contains),
            (spec?["storageClassName"]?.string ?? "") == (wish?["storageClassName"]?.string ?? ""),
            (spec?["volumeMode"]?.string ?? "Filesystem")
                == (wish?["volumeMode"]?.string ?? "Filesystem")
        else { return false }
        let needed = LimitRangeRules.amounts(wish?["resources"]?["requests"])["storage"] ?? .zero
        guard capacity(of: volume) >= needed else { return false }
        return selects(wish?["selector"], volume["metadata"]?["labels"])
    }

    private static func name(of volume: JSON) -> String {
        volume["metadata"]?["name"]?.string ?? ""
    }

    private static func capacity(of volume: JSON) -> Quantity {
        LimitRangeRules.amounts(volume["spec"]?["capacity"])["storage"] ?? .zero
    }

    private static func selects(_ selector: JSON?, _ labels: JSON?) -> Bool {
        for (key, value) in selector?["matchLabels"]?.object?.members ?? []
        where labels?[key] != value {
            return false
        }
        for rule in selector?["matchExpressions"]?.array ?? [] {
            let value = labels?[rule["key"]?.string ?? ""]
            let values = rule["values"]?.array ?? []
            let holds =
                switch rule["operator"]?.string {
                case "In": value.map(values.contains) ?? false
                case "NotIn": value.map { !values.contains($0) } ?? true
                case "Exists": value != nil
                default: value == nil
                }
            if !holds { return false }
        }
        return true
    }

    // MARK: Objects

    /// The claim as it is when it has its volume.
    public static func bound(_ claim: JSON, to name: String, _ volume: JSON?) -> JSON {
        var claim = claim
        let (own, given) = (claim["spec"], volume?["spec"])
        claim["spec"]?["volumeName"] = .string(name)
        var status: JSON = ["phase": "Bound"]
        status["accessModes"] = given?["accessModes"] ?? own?["accessModes"]
        status["capacity"] = given?["capacity"] ?? own?["resources"]?["requests"]
        claim["status"] = status
        return claim
    }

    /// The volume of a claim that has a directory of the engine's own.
    public static func volume(named name: String, for claim: JSON, at path: String) -> JSON {
        let spec = claim["spec"]
        var volume: JSON = [
            "apiVersion": "v1", "kind": "PersistentVolume",
            "metadata": [
                "name": .string(name),
                "annotations": ["pv.kubernetes.io/provisioned-by": "remora/directory"],
            ],
            "spec": ["capacity": [:]],
            "status": ["phase": "Bound"],
        ]
        volume["spec"]?["capacity"] = spec?["resources"]?["requests"] ?? ["storage": "0"]
        volume["spec"]?["accessModes"] = spec?["accessModes"]
        volume["spec"]?["claimRef"] = reference(to: claim)
        volume["spec"]?["persistentVolumeReclaimPolicy"] = "Delete"
        volume["spec"]?["storageClassName"] = spec?["storageClassName"]
        volume["spec"]?["volumeMode"] = spec?["volumeMode"] ?? "Filesystem"
        volume["spec"]?["hostPath"] = ["path": .string(path), "type": ""]
        return volume
    }

    /// What a volume's `claimRef` says of a claim.
    public static func reference(to claim: JSON) -> JSON {
        var reference: JSON = ["kind": "PersistentVolumeClaim", "apiVersion": "v1"]
        for field in ["name", "namespace", "uid", "resourceVersion"] {
            reference[field] = claim["metadata"]?[field]
        }
        return reference
    }
}
