internal import Basics
internal import Formats
internal import ObjectStore

/// What a namespace that is being deleted tells of what is left in it.
///
/// Source: `pkg/controller/namespace/deletion/status_condition_utils.go`.
struct NamespaceConditions {
    /// How many objects are left, by resource: `configmaps.`, `jobs.batch`.
    private var remaining: [String: Int] = [:]
    /// How many of them a finalizer holds.
    private var finalizers: [String: Int] = [:]

    init(rest: [(key: ObjectKey, object: JSON)]) {
        for (key, object) in rest {
            let version = object["apiVersion"]?.string ?? ""
            let group = version.contains("/") ? String(version.prefix { $0 != "/" }) : ""
            remaining["\(key.resource).\(group)", default: 0] += 1
            for finalizer in object["metadata"]?["finalizers"]?.array ?? [] {
                finalizers[finalizer.string ?? "", default: 0] += 1
            }
        }
    }

    /// The conditions, those that say the same as before with their times.
    func json(after before: JSON?, at now: Timestamp) -> JSON {
        var conditions = Conditions(before)
        for (type, reason, message) in [
            (
                "NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered",
                "All resources successfully discovered"
            ),
            (
                "NamespaceDeletionGroupVersionParsingFailure", "ParsedGroupVersions",
                "All legacy kube types successfully parsed"
            ),
            (
                "NamespaceDeletionContentFailure", "ContentDeleted",
                "All content successfully deleted, may be waiting on finalization"
            ),
        ] {
            conditions.set(type, "False", reason, message, at: now)
        }
        let left = remaining.sorted { $0.key < $1.key }
            .map { "\($0.key) has \($0.value) resource instances" }.joined(separator: ", ")
        let held = finalizers.sorted { $0.key < $1.key }
            .map { "\($0.key) in \($0.value) resource instances" }.joined(separator: ", ")
        conditions.set(
            "NamespaceContentRemaining",
            left.isEmpty ? "False" : "True",
            left.isEmpty ? "ContentRemoved" : "SomeResourcesRemain",
            left.isEmpty
                ? "All content successfully removed" : "Some resources are remaining: \(left)",
            at: now,
            isRefreshed: conditions["NamespaceContentRemaining"]?.message.hasSuffix(left) == false
        )
        conditions.set(
            "NamespaceFinalizersRemaining",
            held.isEmpty ? "False" : "True",
            held.isEmpty ? "ContentHasNoFinalizers" : "SomeFinalizersRemain",
            held.isEmpty
                ? "All content-preserving finalizers finished"
                : "Some content in the namespace has finalizers remaining: \(held)",
            at: now
        )
        return conditions.json(.none)
    }
}
