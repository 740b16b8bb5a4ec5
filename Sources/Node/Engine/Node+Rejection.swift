internal import Formats
internal import NodeDrivers
internal import ObjectStore
internal import PodEngine
internal import PodModel

extension Node {
    /// Ends a new pod that the node cannot have, in the kubelet's words.
    func reject(_ worker: PodWorker) {
        let pod = worker.pod
        let active = workers.values.count { !$0.machine.isFinished }
        if active > options.podsMaximum {
            let message =
                "Node didn't have enough resource: pods, requested: 1, used: \(active - 1),"
                + " capacity: \(options.podsMaximum)"
            reject(worker, "OutOfpods", "Pod was rejected: " + message)
        }
        if let refusal = PodSysctls.refusal(of: pod) {
            reject(worker, refusal.reason, "Pod was rejected: " + refusal.message)
        }
        // What ran here before the node was changed may stay.
        guard pod.status.startTime == nil,
            let object = store.get(ObjectKey("nodes", "", facts.name)),
            let (reason, message) = NodeFit.rejection(of: pod.json["spec"], by: object)
        else { return }
        reject(worker, reason, message)
    }

    private func reject(_ worker: PodWorker, _ reason: String, _ message: String) {
        worker.deliver(.evicted(reason: reason, message: message, grace: 0))
    }
}
