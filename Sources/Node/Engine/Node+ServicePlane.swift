internal import Basics
internal import NodeDrivers
internal import PodEngine
internal import PodModel

/// Services as the engine brings them to life, beside its pods.
extension Node {
    /// The network that the user names, or one that is free; without any the engine has no services.
    static func chooseServiceNetwork(
        _ layout: NodeLayout,
        _ options: NodeOptions,
        _ journal: Journal
    ) throws(Failure) -> ServiceNetwork? {
        do throws(Failure) {
            return try ServiceNetworkChoice.network(layout, wanted: options.serviceNetwork)
        } catch {
            guard options.serviceNetwork == nil else { throw error }
            journal.warning("services get no addresses: \(error)")
            return nil
        }
    }

    /// Begins to follow services; the name server comes up at once if a pod of before asks it.
    func startServices() {
        endpoints.start()
        services?.start()
        let isAsked = workers.values.contains {
            !$0.machine.isFinished && asksClusterNames($0.pod)
        }
        if isAsked { services?.prepareNames() }
    }

    /// Whether a pod's resolver asks the cluster's name server.
    func asksClusterNames(_ pod: Pod) -> Bool {
        guard !files.resolver.clusterServers.isEmpty else { return false }
        return switch pod.spec.dnsPolicy {
        case .clusterFirst: !pod.spec.hostNetwork
        case .clusterFirstWithHostNet: true
        default: false
        }
    }
}
