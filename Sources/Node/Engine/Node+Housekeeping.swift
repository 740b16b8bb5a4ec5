internal import Basics
internal import NodeDrivers
internal import ObjectStore
internal import PodEngine
internal import PodModel
internal import Reactor

/// What the engine does at intervals, and when objects change that pods refer to.
extension Node {
    /// Rotates logs, enforces volume limits and forgets old events, until it is cancelled.
    ///
    /// Nothing here is needed for a pod to start or stop; where an event exists it is used instead.
    func keepHouse() async {
        let watcher = Task { @MainLoop [weak self] in await self?.followDependencies() }
        let claims = Task { @MainLoop [weak self] in await self?.followClaims() }
        defer {
            watcher.cancel()
            claims.cancel()
        }
        await network.warmUp()
        for warning in network.warnings { journal.warning(warning) }
        var round = 0
        while (try? await loop.sleep(for: .seconds(10))) != nil {
            round += 1
            _ = await runtime.rotateLogs()
            sampleUsage()
            for worker in workers.values
            where !worker.machine.isFinished && Self.hasDiskLimit(worker.pod) {
                guard let excess = await volumes.overuse(of: worker.pod) else { continue }
                worker.deliver(.evicted(reason: "Evicted", message: excess, grace: 1))
            }
            if round.isMultiple(of: 6) {
                events.expire()
                for worker in workers.values where Self.hasToken(worker.pod) {
                    await worker.refreshVolumes()
                }
            }
            if round.isMultiple(of: 30) { await makeRoom() }
        }
    }

    /// Frees the disk of images nobody uses when it is too full, as the kubelet does.
    private func makeRoom() async {
        do throws(Failure) {
            let freed = try await images.relievePressure()
            if freed > 0 { journal.info("removed unused images: \(freed >> 20) MiB") }
        } catch {
            journal.warning("cannot remove unused images: \(error)")
        }
    }

    /// Whether a pod has a token that ends.
    private static func hasToken(_ pod: Pod) -> Bool {
        pod.spec.volumes.contains { volume in
            guard case .projected(let source) = volume.source else { return false }
            return source.sources.contains { part in
                if case .serviceAccountToken = part { true } else { false }
            }
        }
    }

    private static func hasDiskLimit(_ pod: Pod) -> Bool {
        pod.spec.volumes.contains { volume in
            if case .emptyDir(let source) = volume.source {
                return source.sizeLimit != nil && source.medium != "Memory"
            }
            return false
        }
    }

    /// Brings volumes up to date and wakes waiting steps when a ConfigMap, Secret or claim changes.
    private func followDependencies() async {
        while !Task.isCancelled {
            guard let watch = try? store.watch(ObjectQuery()) else { return }
            while let event = await watch.next() {
                switch event.key.resource {
                case "configmaps", "secrets", "persistentvolumeclaims", "serviceaccounts":
                    await refresh(after: event.key)
                default: continue
                }
            }
            guard watch.isExpired else { return }
        }
    }

    private func refresh(after key: ObjectKey) async {
        for worker in workers.values
        where worker.key.namespace == key.namespace && !worker.machine.isFinished
            && worker.pod.spec.refers(to: key.resource, named: key.name)
        {
            await worker.refreshVolumes()
            worker.deliver(.dependenciesChanged)
        }
    }
}

extension PodWorker {
    /// Brings the volumes up to date with the pod's own labels and annotations.
    func refreshVolumesSoon() {
        spawn {
            await self.refreshVolumes()
            return nil
        }
    }

    /// Writes the present content of ConfigMaps, Secrets, labels and annotations into the volumes.
    func refreshVolumes() async {
        guard machine.status.podIP != "" || pod.spec.hostNetwork else { return }
        do {
            for problem in try await node.volumes.refresh(pod, lookup: node.lookup) {
                node.journal.debug("volumes of pod \(key): \(problem)")
            }
        } catch {
            let record = EventRecord(isWarning: true, reason: error.reason, message: error.message)
            node.events.record(record, about: pod)
        }
    }
}
