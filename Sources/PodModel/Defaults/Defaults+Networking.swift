internal import Formats

extension Defaults {
    /// Constant defaults of what is kept for clusters, by type.
    static let networkingConstants: [String: [(field: String, value: JSON)]] = [
        "NetworkPolicyPort": [("protocol", "TCP")],
        "IngressClassParametersReference": [("scope", "Cluster")],
        "StorageClass": [("reclaimPolicy", "Delete"), ("volumeBindingMode", "Immediate")],
        "HorizontalPodAutoscalerSpec": [("minReplicas", 1)],
    ]

    /// A policy is about what comes in, and about what goes out if it says anything of it.
    static func networkPolicy(_ spec: inout JSON) {
        guard spec["policyTypes"]?.array?.isEmpty ?? true else { return }
        let hasEgress = spec["egress"]?.array?.isEmpty == false
        spec["policyTypes"] = hasEgress ? ["Ingress", "Egress"] : ["Ingress"]
    }

    /// What pods use of the CPU that they request is what counts if nothing is said.
    static func autoscaler(_ spec: inout JSON) {
        guard spec["metrics"]?.array?.isEmpty ?? true else { return }
        spec["metrics"] = [
            [
                "type": "Resource",
                "resource": [
                    "name": "cpu", "target": ["type": "Utilization", "averageUtilization": 80],
                ],
            ]
        ]
    }
}
