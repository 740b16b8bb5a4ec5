internal import Formats
internal import ObjectStore

extension NodeAPI {
    /// Creates the node object, or brings what the engine says of it up to date.
    ///
    /// That is its status, and the labels that tell what the machine is. What clients wrote stays.
    func registerNode() throws(StoreError) {
        let labels = nodeLabels
        var node: JSON = [
            "apiVersion": "v1", "kind": "Node",
            "metadata": ["name": .string(settings.nodeName), "labels": labels],
            "spec": [:], "status": nodeStatus,
        ]
        guard let known = store.get(ResourceKind.nodes.key("", settings.nodeName)) else {
            try store.create("nodes", node)
            return
        }
        node["metadata"]?["resourceVersion"] = nil
        try store.updateStatus("nodes", node)
        try store.modify(uid: known["metadata"]?["uid"]?.string ?? "") { object in
            if object["metadata"]?["labels"]?.object == nil { object["metadata"]?["labels"] = [:] }
            for (label, value) in labels.object ?? [:] {
                object["metadata"]?["labels"]?[label] = value
            }
        }
    }

    /// What a kubelet says of its machine.
    private var nodeLabels: JSON {
        var labels: JSON = [
            "kubernetes.io/hostname": .string(settings.nodeName),
            "kubernetes.io/os": "linux", "beta.kubernetes.io/os": "linux",
        ]
        if let machine = settings.nodeStatus.value(at: "nodeInfo.architecture") {
            labels["kubernetes.io/arch"] = machine
            labels["beta.kubernetes.io/arch"] = machine
        }
        return labels
    }

    private var nodeStatus: JSON {
        var status = settings.nodeStatus
        if status.value(at: "nodeInfo.kubeletVersion") == nil {
            let version = "\(NodeAPISettings.gitVersion)+remora-\(settings.version)"
            status.set(.string(version), at: "nodeInfo.kubeletVersion")
        }
        if status["conditions"] == nil {
            let now = JSON.string(now.rfc3339)
            status["conditions"] = [
                [
                    "type": "Ready", "status": "True", "reason": "EngineReady",
                    "message": "the engine is running", "lastTransitionTime": now,
                    "lastHeartbeatTime": now,
                ]
            ]
        }
        return status
    }
}
