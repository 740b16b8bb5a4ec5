internal import Basics
internal import ObjectStore
internal import PodEngine
internal import Reactor

/// The end of the engine together with its pods.
extension Node {
    /// Stops every pod gracefully, all at once; their objects stay.
    func stopPods() async {
        for worker in workers.values { worker.stopForShutdown() }
        awaited = Set(workers.keys)
        guard !isIdle else { return }
        await withCheckedContinuation { idleWaiters.append($0) }
    }

    /// Finishes the pods whose objects have gone: whoever deleted them was told that nothing is left.
    ///
    /// The object of a pod that has ended goes as soon as somebody deletes it, which may be before the
    /// pod's directories have gone. A pod that takes longer than `patience` is left to the next engine,
    /// which removes what belongs to no pod.
    func finishDeleted() async {
        awaited = Set(workers.keys.filter { store.get(uid: $0) == nil })
        for uid in awaited { lose(uid) }
        guard !isIdle else { return }
        let alarm = Alarm(at: loop.now + Self.patience) { [weak self] in self?.wakeWaiters() }
        await withCheckedContinuation { idleWaiters.append($0) }
        alarm.cancel()
    }

    /// Whether every pod has ended that the engine's end waits for.
    private var isIdle: Bool {
        awaited.allSatisfy { workers[$0]?.machine.isFinished ?? true }
    }

    /// A pod has come to its end: perhaps the last that the engine's end waits for.
    func announceIdle() {
        if isStopping, isIdle { wakeWaiters() }
    }

    private func wakeWaiters() {
        for waiter in idleWaiters { waiter.resume() }
        idleWaiters = []
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

    /// How long the engine's end waits for a disk that takes nothing, or a pod that cannot be removed.
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
