internal import Formats
internal import ObjectStore
internal import PodModel
internal import Security

/// What is there without anybody's doing, and comes back when somebody removes it.
extension NodeAPI {
    /// Makes a namespace with what every namespace has.
    func createNamespace(named name: String) throws(StoreError) {
        try store.create(
            "namespaces",
            [
                "apiVersion": "v1", "kind": "Namespace",
                "metadata": [
                    "name": .string(name), "labels": ["kubernetes.io/metadata.name": .string(name)],
                ],
                "spec": ["finalizers": ["kubernetes"]], "status": ["phase": "Active"],
            ]
        )
        try furnishNew(namespace: name)
    }

    func furnish(namespace: String) throws(APIError) {
        try storing(.namespaces) { () throws(StoreError) in try furnishNew(namespace: namespace) }
    }

    /// Makes what every namespace has: the account `default`, and the authority that clients trust.
    func furnishNew(namespace: String) throws(StoreError) {
        if namespace == Self.home { try announce() }
        try addAuthority(in: namespace)
        guard store.get(ObjectKey("serviceaccounts", namespace, "default")) == nil else { return }
        try store.create(
            "serviceaccounts",
            [
                "apiVersion": "v1", "kind": "ServiceAccount",
                "metadata": ["name": "default", "namespace": .string(namespace)],
            ]
        )
    }

    private func addAuthority(in namespace: String) throws(StoreError) {
        guard let authority = settings.credentials?.authority.certificate else { return }
        let name = ServiceAccountAdmission.authority
        let map: JSON = [
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": [
                "name": .string(name), "namespace": .string(namespace),
                "annotations": [
                    "kubernetes.io/description":
                        "The authority that signed the certificate of this engine's API."
                ],
            ],
            "data": ["ca.crt": .string(authority)],
        ]
        guard let known = store.get(ObjectKey("configmaps", namespace, name)) else {
            try store.create("configmaps", map)
            return
        }
        guard known["data"] != map["data"] else { return }
        try store.modify(uid: known["metadata"]?["uid"]?.string ?? "") { $0["data"] = map["data"] }
    }

    /// Makes anew what a request has changed or removed of what the engine keeps in a namespace.
    func restore(after wanted: AccessAttributes) throws(APIError) {
        guard Self.kept.contains(wanted.resource),
            ["update", "patch", "delete", "deletecollection"].contains(wanted.verb),
            let namespace = store.get(ResourceKind.namespaces.key("", wanted.namespace)),
            namespace["metadata"]?["deletionTimestamp"] == nil
        else { return }
        try furnish(namespace: wanted.namespace)
    }

    private static let kept: Set<String> = [
        "serviceaccounts", "configmaps", "services", "endpoints", "endpointslices",
    ]

    // MARK: The service of the API itself

    /// The namespace and the name of the service by which pods reach the API.
    static let home = "default"
    static let own = "kubernetes"

    /// The service of the API, with the address that every client in a pod is told; `nil` if pods cannot
    /// reach it, or if somebody else's service has its address.
    private var apiService: JSON? {
        guard settings.credentials != nil, settings.podEndpoint != nil,
            let address = settings.serviceNetwork?.firstService
        else { return nil }
        let isTaken = store.entries(ObjectQuery("services")).contains { key, service in
            let hasAddress = service["spec"]?["clusterIP"]?.string == address
            guard key == ObjectKey("services", Self.home, Self.own) else { return hasAddress }
            return !hasAddress && !Self.isOurs(service)
        }
        guard !isTaken else { return nil }
        return Defaults.apply(
            to: [
                "apiVersion": "v1", "kind": "Service",
                "metadata": [
                    "name": .string(Self.own), "namespace": .string(Self.home),
                    "labels": ["component": "apiserver", "provider": "kubernetes"],
                ],
                "spec": [
                    "type": "ClusterIP", "clusterIP": .string(address),
                    "clusterIPs": [.string(address)], "ipFamilies": ["IPv4"],
                    "ipFamilyPolicy": "SingleStack",
                    "ports": [
                        [
                            "name": "https", "protocol": "TCP", "port": 443,
                            "targetPort": .int(settings.podEndpoint?.port ?? 0),
                        ]
                    ],
                ],
                "status": ["loadBalancer": [:]],
            ],
            kind: "Service"
        )
    }

    /// Makes the service `kubernetes` lead to where the API listens for pods, or removes it.
    private func announce() throws(StoreError) {
        let service = apiService
        isReachedByPods = service != nil
        guard let service, let endpoint = settings.podEndpoint else { return try withdraw() }
        try keep("services", service, ["spec"])
        let port: JSON = ["name": "https", "port": .int(endpoint.port), "protocol": "TCP"]
        try keep(
            "endpoints",
            [
                "apiVersion": "v1", "kind": "Endpoints",
                "metadata": [
                    "name": .string(Self.own), "namespace": .string(Self.home),
                    "labels": ["endpointslice.kubernetes.io/skip-mirror": "true"],
                ],
                "subsets": [
                    ["addresses": [["ip": .string(endpoint.address)]], "ports": [port]]
                ],
            ],
            ["subsets"]
        )
        try keep(
            "endpointslices",
            [
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice",
                "metadata": [
                    "name": .string(Self.own), "namespace": .string(Self.home),
                    "labels": ["kubernetes.io/service-name": .string(Self.own)],
                ],
                "addressType": "IPv4",
                "endpoints": [
                    ["addresses": [.string(endpoint.address)], "conditions": ["ready": true]]
                ],
                "ports": [port],
            ],
            ["addressType", "endpoints", "ports"]
        )
    }

    private static func isOurs(_ service: JSON) -> Bool {
        service["metadata"]?["labels"]?["provider"] == "kubernetes"
    }

    /// Creates an object, or gives it back the fields that are not as they should be.
    private func keep(
        _ resource: String,
        _ object: JSON,
        _ fields: [String]
    ) throws(StoreError) {
        guard let known = store.get(ObjectKey(resource, Self.home, Self.own)) else {
            try store.create(resource, object)
            return
        }
        guard fields.contains(where: { known[$0] != object[$0] }) else { return }
        // Made outside of the closure: the optimizer of Swift 6.3.1 fails on loops over its parameter.
        var mended = known
        for field in fields { mended[field] = object[field] }
        for (key, value) in object["metadata"]?["labels"]?.object ?? [:] {
            if mended["metadata"]?["labels"] == nil { mended["metadata"]?["labels"] = [:] }
            mended["metadata"]?["labels"]?[key] = value
        }
        let result = mended
        try store.modify(uid: known["metadata"]?["uid"]?.string ?? "") { stored in
            stored = result
        }
    }

    /// Removes the service that an engine before this one has announced.
    private func withdraw() throws(StoreError) {
        let service = store.get(ObjectKey("services", Self.home, Self.own))
        guard let service, Self.isOurs(service) else { return }
        for resource in ["services", "endpoints", "endpointslices"] {
            let key = ObjectKey(resource, Self.home, Self.own)
            if store.get(key) != nil { try store.delete(key, grace: 0) }
        }
    }
}
