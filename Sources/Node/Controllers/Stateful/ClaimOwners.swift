internal import Formats

/// Who takes the claims of a StatefulSet's pods along: nobody, the set, or a pod that goes for good.
///
/// Source: `pkg/controller/statefulset/stateful_set_utils.go`.
struct ClaimOwners: Sendable, Hashable {
    /// Whether the claims go with the set.
    var goWithSet = false
    /// Whether the claims of a pod go when the set shrinks below it.
    var goWithPod = false

    init(goWithSet: Bool, goWithPod: Bool) {
        self.goWithSet = goWithSet
        self.goWithPod = goWithPod
    }

    /// Takes them from a set's `persistentVolumeClaimRetentionPolicy`.
    init(_ policy: JSON?) {
        goWithSet = policy?["whenDeleted"]?.string == "Delete"
        goWithPod = policy?["whenScaled"]?.string == "Delete"
    }

    /// The owners of a pod's claim.
    ///
    /// - Parameters:
    ///   - references: The owners that it has.
    ///   - set: The set's reference.
    ///   - pod: The pod's reference; nil if there is no pod.
    ///   - isCondemned: Whether the set is too small for the pod.
    /// - Returns: All references that the claim shall have.
    func owners(
        _ references: [JSON],
        set: JSON,
        pod: JSON?,
        isCondemned: Bool
    ) -> [JSON] {
        let known = [set["uid"], pod?["uid"]]
        var owners = references.filter { !known.contains($0["uid"]) }
        if goWithPod, isCondemned, let pod {
            owners.append(pod)
        } else if goWithSet {
            owners.append(set)
        }
        return owners
    }
}
