internal import Basics
internal import NodeDrivers
internal import ObjectStore
internal import PodEngine
internal import PodModel
internal import Reactor

/// The data of deleted claims: it goes with the last pod that uses it.
///
/// Upstream a claim in use is kept from going by a finalizer; here the object goes at once, and its
/// data with the last pod. A claim made anew before that keeps the data.
extension Node {
    /// Goes on with the deletions that an earlier engine could not finish.
    ///
    /// Called when every pod of the store has its worker, so that it is known which claims are used.
    func resumeDeletions() {
        for claim in volumes.notedDeletions() {
            let key = ObjectKey("persistentvolumeclaims", claim.namespace, claim.name)
            if store.get(key) == nil {
                deletedClaims.insert(key)
            } else {
                volumes.forgetDeletion(namespace: claim.namespace, name: claim.name)
            }
        }
        let remains = volumes.remains()
        releaseClaims()
        guard !remains.isEmpty else { return }
        let label = "remains of claims"
        removals[label] = Task { @MainLoop in
            do throws(Failure) { try await volumes.removeRemains(remains) } catch {
                journal.warning("\(error)")
            }
            removals[label] = nil
        }
    }

    /// Notes which claims go and which come anew, until it is cancelled.
    ///
    /// A watch of its own, so that the note is on the disk before anything else is done.
    func followClaims() async {
        while !Task.isCancelled {
            guard let watch = try? store.watch(ObjectQuery("persistentvolumeclaims")) else {
                return
            }
            while let event = await watch.next() {
                let key = event.key
                switch event.kind {
                case .deleted where store.get(key) == nil:
                    deletedClaims.insert(key)
                    if isUsed(claim: key) { note(key) }
                    releaseClaims()
                case .added where deletedClaims.remove(key) != nil:
                    volumes.forgetDeletion(namespace: key.namespace, name: key.name)
                default: continue
                }
            }
            guard watch.isExpired else { return }
        }
    }

    /// Removes the data of deleted claims that no pod uses any more.
    func releaseClaims() {
        for key in deletedClaims where !isUsed(claim: key) {
            deletedClaims.remove(key)
            guard store.get(key) == nil else {
                volumes.forgetDeletion(namespace: key.namespace, name: key.name)
                continue
            }
            let label = "claim \(key.namespace)/\(key.name)"
            removals[label] = Task { @MainLoop in
                do throws(Failure) {
                    try await volumes.removeClaim(namespace: key.namespace, name: key.name)
                } catch {
                    journal.warning("\(error)")
                }
                removals[label] = nil
            }
        }
    }

    private func note(_ key: ObjectKey) {
        do throws(Failure) {
            try volumes.noteDeletion(namespace: key.namespace, name: key.name)
        } catch {
            journal.warning("\(error)")
        }
    }

    private func isUsed(claim key: ObjectKey) -> Bool {
        workers.values.contains { worker in
            worker.key.namespace == key.namespace && !worker.machine.isFinished
                && ClaimRules.claimNames(of: worker.pod).contains(key.name)
        }
    }
}
