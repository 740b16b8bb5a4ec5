public import Basics
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

    /// Makes the address at which the engine can listen for its pods, and for nobody else but the machine
    /// itself: see `isNear`.
    ///
    /// - Returns: The address, and the one of the service that leads there; `nil` on a machine without a
    ///   network for services.
    /// - Throws: `unavailable` if the machine refuses.
    public func podDoor() throws(Failure) -> (address: String, service: String)? {
        guard let services, let serviceNetwork else { return nil }
        return (try services.plumb(), serviceNetwork.firstService)
    }

    /// Whether a client's address is that of a pod of this engine, or of the machine.
    public func isNear(_ address: String) -> Bool {
        if address.hasPrefix("127.") || facts.addresses.contains(address) { return true }
        if let own = serviceNetwork, [own.nameServer, own.firstService].contains(address) {
            return true
        }
        return workers.values.contains { worker in
            !worker.machine.isFinished
                && worker.machine.status.podIPs.contains { $0.ip == address }
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
