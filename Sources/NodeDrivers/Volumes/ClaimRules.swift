public import PodModel

/// Who may use a persistent volume claim on one node.
public enum ClaimRules {
    /// Why a pod may not use one of its claims now, or nil.
    ///
    /// A claim with the access mode `ReadWriteOncePod` belongs to one pod at a time; every other mode
    /// lets all pods of one node share it.
    ///
    /// - Parameters:
    ///   - pod: The pod that wants to start.
    ///   - others: The other pods of the node that have not ended.
    ///   - claim: The claim of a name in the pod's namespace.
    /// - Returns: The sentence for the user.
    public static func conflict(
        of pod: Pod,
        with others: [Pod],
        claim: (_ name: String) -> PersistentVolumeClaim?
    ) -> String? {
        for name in claimNames(of: pod).sorted() {
            guard let object = claim(name),
                object.spec.accessModes.contains("ReadWriteOncePod")
            else { continue }
            let holder = others.first { other in
                other.metadata.namespace == pod.metadata.namespace
                    && other.metadata.uid != pod.metadata.uid
                    && claimNames(of: other).contains(name)
            }
            guard let holder else { continue }
            return "node has pod using PersistentVolumeClaim with the same name and "
                + "ReadWriteOncePod access mode: claim \"\(name)\" is used by pod "
                + "\"\(holder.metadata.name)\"; delete that pod first"
        }
        return nil
    }

    /// The claims that a pod names.
    public static func claimNames(of pod: Pod) -> Set<String> {
        Set(
            pod.spec.volumes.compactMap { volume in
                if case .persistentVolumeClaim(let source) = volume.source {
                    source.claimName
                } else {
                    nil
                }
            }
        )
    }
}
