public import Basics
public import Formats
internal import ObjectStore
internal import PodModel
public import Reactor

/// Stores the pods that controllers make: whatever a new pod has to pass stands between.
@MainLoop public protocol PodCreator {
    /// Stores a pod.
    ///
    /// - Throws: `Failure` whose `what` is why it was refused.
    func create(_ pod: JSON) async throws(Failure) -> JSON
}

/// Stores pods with their defaults, within the limits of their namespaces, and asks nobody else.
@MainLoop struct StorePodCreator: PodCreator {
    let store: ObjectStore
    let nodeName: String

    func create(_ pod: JSON) async throws(Failure) -> JSON {
        let limits = store.limits
        var pod = limits.defaulted(Defaults.apply(to: pod, kind: "Pod"))
        if NodeFit(pod["spec"], on: store.get(ObjectKey("nodes", "", nodeName))) == .fits {
            pod["spec"]?["nodeName"] = .string(nodeName)
        }
        var status: JSON = ["phase": "Pending"]
        if let typed = try? Pod(json: pod) {
            status["qosClass"] = .string(QualityOfService.of(typed).rawValue)
        }
        pod["status"] = status
        do throws(NamespaceLimits.Refusal) {
            try limits.check(pod, resource: "pods", group: "")
        } catch {
            let name = pod["metadata"]?["name"] ?? pod["metadata"]?["generateName"]
            let what = "pods \"\(name?.string ?? "")\" is forbidden: \(error.message)"
            throw Failure(.forbidden, what)
        }
        do throws(StoreError) {
            return try store.create("pods", pod)
        } catch {
            throw error.failure
        }
    }
}

extension ObjectStore {
    /// What limits the objects of namespaces.
    var limits: NamespaceLimits {
        NamespaceLimits { [self] resource, namespace in
            list(ObjectQuery(resource, namespace: namespace))
        }
    }
}
