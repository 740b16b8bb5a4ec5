extension ResourceKind {
    /// What leads to pods.
    static let services: [Self] = [
        Self(resource: "endpoints", kind: "Endpoints", shortNames: ["ep"]), service,
        Self(resource: "endpointslices", kind: "EndpointSlice", group: "discovery.k8s.io"),
    ]

    static let service = Self(
        resource: "services",
        kind: "Service",
        shortNames: ["svc"],
        categories: ["all"],
        subresources: [status("Service")]
    )
}
