internal import Formats

extension Defaults {
    /// Defaults that pods have and pod templates have not.
    static func podOnly(_ spec: inout JSON) {
        spec.fill("enableServiceLinks", true)
        let hostNetwork = spec["hostNetwork"] == true
        for list in ["initContainers", "containers"] {
            guard case .array(let containers)? = spec[list] else { continue }
            spec[list] = .array(
                containers.map { container in
                    var container = container
                    requestLimits(&container)
                    if hostNetwork { exposePorts(&container) }
                    return container
                }
            )
        }
        requestPodResources(&spec)
    }

    /// A limit without a request is requested as well.
    private static func requestLimits(_ container: inout JSON) {
        guard case .object(let limits)? = container["resources"]?["limits"] else { return }
        container.update("resources") { resources in
            resources.update("requests") { requests in
                for (name, limit) in limits.members { requests.fill(name, limit) }
            }
        }
    }

    /// On the node's network a container's port is the node's port.
    private static func exposePorts(_ container: inout JSON) {
        guard case .array(let ports)? = container["ports"] else { return }
        container["ports"] = .array(
            ports.map { port in
                var port = port
                if port["hostPort"]?.int ?? 0 == 0, let number = port["containerPort"] {
                    port["hostPort"] = number
                }
                return port
            }
        )
    }

    /// Pod-level requests come from the containers' requests, else from the pod-level limits.
    private static func requestPodResources(_ spec: inout JSON) {
        guard case .object(let limits)? = spec["resources"]?["limits"], !limits.isEmpty,
            let typed = try? PodSpec(json: spec)
        else { return }
        let total = EffectiveResources.ofContainers(typed, \.requests)
        spec.update("resources") { resources in
            resources.update("requests") { requests in
                for (name, amount) in total.sorted(by: { $0.key < $1.key })
                where EffectiveResources.isPodLevel(name) {
                    requests.fill(name, .string(amount.text))
                }
                for (name, limit) in limits.members where EffectiveResources.isPodLevel(name) {
                    requests.fill(name, limit)
                }
            }
        }
    }

    /// `stringData` is written into `data` and vanishes.
    static func mergeStringData(_ secret: inout JSON) {
        guard case .object(let texts)? = secret["stringData"] else { return }
        secret.update("data") { data in
            for (key, value) in texts.members {
                data[key] = .string(Base64.encode(Array((value.string ?? "").utf8)))
            }
        }
        secret["stringData"] = nil
    }
}
