internal import Formats
internal import ObjectStore

extension NodeAPI {
    /// What pods and the node use now: `metrics.k8s.io`, as `kubectl top` asks for it.
    func measured(
        _ request: APIRequest,
        _ target: Target,
        _ path: [String]
    ) throws(APIError) -> APIResponse {
        guard request.method == "GET" else { throw .methodNotAllowed(request.method) }
        guard path.count <= 1 else { throw .unknownPath }
        let name = path.first
        var found: [JSON] = []
        if target.kind.kind == "NodeMetrics" {
            let node = store.get(ResourceKind.nodes.key("", settings.nodeName))
            if name == nil || name == settings.nodeName, let usage = services.usage() {
                let figures: JSON = ["usage": usage.json]
                found = [metrics(target.kind, of: node ?? [:], figures, usage.window)]
            }
        } else {
            var query = try selection(request, target)
            query.resource = ResourceKind.pods.resource
            for pod in store.list(query)
            where name == nil || pod["metadata"]?["name"]?.string == name {
                let uid = pod["metadata"]?["uid"]?.string ?? ""
                guard let containers = services.usage(ofPod: uid) else { continue }
                let list = containers.map { container in
                    ["name": .string(container.name), "usage": container.usage.json] as JSON
                }
                let window = containers.map(\.usage.window).max() ?? .zero
                found.append(metrics(target.kind, of: pod, ["containers": .array(list)], window))
            }
        }
        if let name {
            guard let object = found.first else { throw .notFound(target.kind, name) }
            return APIResponse(200, object)
        }
        return APIResponse(
            200,
            [
                "kind": .string(target.kind.kind + "List"),
                "apiVersion": .string(target.kind.apiVersion), "metadata": [:],
                "items": .array(found),
            ]
        )
    }

    private func metrics(
        _ kind: ResourceKind,
        of object: JSON,
        _ figures: JSON,
        _ window: Duration
    ) -> JSON {
        var metadata: JSON = ["name": object["metadata"]?["name"] ?? ""]
        metadata["namespace"] = object["metadata"]?["namespace"]
        metadata["creationTimestamp"] = .string(now.rfc3339)
        metadata["labels"] = object["metadata"]?["labels"]
        var json: JSON = [
            "kind": .string(kind.kind), "apiVersion": .string(kind.apiVersion),
            "metadata": metadata, "timestamp": .string(now.rfc3339),
            "window": .string("\(max(1, Int(window.components.seconds)))s"),
        ]
        for (key, value) in figures.object ?? [:] { json[key] = value }
        return json
    }
}
