extension ResourceKind {
    /// What is kept so that manifests of clusters can be applied, listed and deleted, and does nothing here.
    static let stored: [Self] = [
        Self(
            resource: "ingresses",
            kind: "Ingress",
            group: "networking.k8s.io",
            shortNames: ["ing"],
            subresources: [status("Ingress")]
        ),
        Self(
            resource: "ingressclasses",
            kind: "IngressClass",
            group: "networking.k8s.io",
            isNamespaced: false
        ),
        Self(
            resource: "networkpolicies",
            kind: "NetworkPolicy",
            group: "networking.k8s.io",
            shortNames: ["netpol"]
        ),
        Self(
            resource: "storageclasses",
            kind: "StorageClass",
            group: "storage.k8s.io",
            isNamespaced: false,
            shortNames: ["sc"]
        ),
        Self(
            resource: "horizontalpodautoscalers",
            kind: "HorizontalPodAutoscaler",
            group: "autoscaling",
            version: "v2",
            shortNames: ["hpa"],
            categories: ["all"],
            subresources: [status("HorizontalPodAutoscaler")]
        ),
        Self(
            resource: "customresourcedefinitions",
            kind: "CustomResourceDefinition",
            group: "apiextensions.k8s.io",
            isNamespaced: false,
            shortNames: ["crd", "crds"],
            categories: ["api-extensions"],
            subresources: [status("CustomResourceDefinition")]
        ),
        Self(
            resource: "validatingwebhookconfigurations",
            kind: "ValidatingWebhookConfiguration",
            group: "admissionregistration.k8s.io",
            isNamespaced: false,
            categories: ["api-extensions"]
        ),
        Self(
            resource: "apiservices",
            kind: "APIService",
            group: "apiregistration.k8s.io",
            isNamespaced: false,
            categories: ["api-extensions"],
            subresources: [status("APIService")]
        ),
    ]

    /// Kinds in versions that they are not stored in.
    static let otherVersions: [Self] = [
        Self(
            resource: "horizontalpodautoscalers",
            kind: "HorizontalPodAutoscaler",
            group: "autoscaling",
            version: "v1",
            shortNames: ["hpa"],
            categories: ["all"],
            subresources: [status("HorizontalPodAutoscaler")],
            typeSuffix: "V1"
        )
    ]

    /// What a client that creates such an object is told; nil for kinds that are acted upon.
    var warning: String? {
        switch kind {
        case "Ingress", "IngressClass":
            "this engine keeps \(resource) and routes nothing: there is no ingress controller"
        case "NetworkPolicy":
            "this engine keeps networkpolicies and does not enforce them: all connections are let"
                + " through"
        case "StorageClass":
            "this engine keeps storageclasses and does not use them: a claim gets a directory of"
                + " the node"
        case "HorizontalPodAutoscaler":
            "this engine keeps horizontalpodautoscalers and scales nothing"
        case "CustomResourceDefinition":
            "this engine keeps customresourcedefinitions and does not serve the kinds that they define"
        case "ValidatingWebhookConfiguration":
            "this engine keeps validatingwebhookconfigurations and asks none of them"
        case "APIService":
            "this engine keeps apiservices and passes no request on to them"
        default: nil
        }
    }
}
