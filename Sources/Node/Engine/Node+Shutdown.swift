internal import Basics
internal import ObjectStore
internal import PodEngine
internal import Reactor

/// The end of the engine together with its pods.
extension Node {
    /// Stops every pod gracefully, all at once; their objects stay.
    func stopPods() async {
        for worker in workers.values { worker.stopForShutdown() }
        guard workers.values.contains(where: { !$0.machine.isFinished }) else { return }
        await withCheckedContinuation { idleWaiters.append($0) }
    }

    /// Removes the ledger of a pod that was stopped with the engine: the next one starts it anew.
    func forget(_ uid: String) {
        do throws(StoreError) {
            try store.removeLedger(uid: uid)
            unforgotten[uid] = nil
        } catch {
            unforgotten[uid] = error
        }
    }

    /// How long the engine's end waits for a disk that takes nothing.
    private static let patience = Duration.seconds(10)

    /// Stores what the disk refused while the pods were stopped, each second until it takes it.
    ///
    /// - Returns: What to say if it has taken not everything in time.
    func storeRest() async -> Failure? {
        storing?.cancel()
        let deadline = loop.now + Self.patience
        while !unforgotten.isEmpty || !unstored.isEmpty {
            for uid in unforgotten.keys { forget(uid) }
            storeAgain()
            if unforgotten.isEmpty, unstored.isEmpty { break }
            guard loop.now < deadline, (try? await loop.sleep(for: .seconds(1))) != nil else {
                let count = Set(unforgotten.keys).union(unstored).count
                return Failure(
                    .exhausted,
                    "cannot store that \(count) \(count == 1 ? "pod was" : "pods were") stopped",
                    cause: unforgotten.values.first?.failure.cause ?? "the disk takes no changes",
                    remedy: "free space; the next engine takes them for killed, and goes on as "
                        + "their restart policies say"
                )
            }
        }
        return nil
    }

    /// Tries again what the disk did not take.
    func storeAgain() {
        for uid in unstored {
            guard let worker = workers[uid] else {
                unstored.remove(uid)
                continue
            }
            store(worker)
            if worker.machine.isFinished { workerFinished(worker) }
        }
    }
}
