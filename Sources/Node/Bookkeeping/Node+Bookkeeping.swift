internal import NodeDrivers
internal import Reactor

/// What is counted and bound beside the pods.
extension Node {
    /// Begins to keep quotas and volumes; ends with the engine.
    func startBookkeeping() {
        let quotas = QuotaKeeper(store, journal)
        let volumes = VolumeKeeper(store, events, journal) { [layout] namespace, name in
            layout.claims + "/" + namespace + "/" + name
        }
        tasks.append(Task { @MainLoop in await quotas.run() })
        tasks.append(Task { @MainLoop in await volumes.run() })
    }
}
