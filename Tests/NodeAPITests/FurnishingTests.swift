import Formats
import ObjectStore
import Reactor
import Testing

@testable import NodeAPI

@MainLoop @Suite("What the API keeps in namespaces") struct FurnishingTests {
    static let address = "10.130.16.1"

    private func node(
        on store: ObjectStore? = nil,
        endpoint: (address: String, port: Int)? = ("10.130.16.10", 34567)
    ) throws -> TestNode {
        try TestNode(credentials: try AccessTests.credentials(), on: store, endpoint: endpoint)
    }

    private func own(_ resource: String, _ node: TestNode) -> JSON? {
        node.store.get(ObjectKey(resource, "default", "kubernetes"))
    }

    @Test func `the service kubernetes leads to where the API listens for pods`() throws {
        let node = try node()
        let service = own("services", node)
        #expect(service?["spec"]?["clusterIP"]?.string == Self.address)
        #expect(service?["spec"]?["type"] == "ClusterIP")
        #expect(service?["spec"]?["sessionAffinity"] == "None")
        #expect(
            service?["spec"]?["ports"]
                == [["name": "https", "protocol": "TCP", "port": 443, "targetPort": 34567]]
        )
        #expect(
            service?["metadata"]?["labels"]
                == ["component": "apiserver", "provider": "kubernetes"]
        )
        let subset = own("endpoints", node)?["subsets"]?[0]
        #expect(subset?["addresses"] == [["ip": "10.130.16.10"]])
        #expect(subset?["ports"] == [["name": "https", "port": 34567, "protocol": "TCP"]])
        let slice = own("endpointslices", node)
        #expect(slice?["endpoints"]?[0]?["addresses"] == ["10.130.16.10"])
        #expect(slice?["metadata"]?["labels"]?["kubernetes.io/service-name"] == "kubernetes")
    }

    @Test func `another port is told by the next engine, and one without pods tells none`() throws {
        let first = try node()
        _ = try node(on: first.store, endpoint: ("10.130.16.10", 45678))
        let port = own("endpoints", first)?["subsets"]?[0]?["ports"]?[0]?["port"]
        #expect(port == 45678)
        let plain = try node(on: first.store, endpoint: nil)
        for resource in ["services", "endpoints", "endpointslices"] {
            #expect(own(resource, plain) == nil)
        }
        #expect(!plain.api.isReachedByPods)
    }

    @Test func `somebody else's service of that name or address stays`() async throws {
        let plain = try node(endpoint: nil)
        try plain.store.create(
            "services",
            ["metadata": ["name": "old", "namespace": "a"], "spec": ["clusterIP": "10.130.16.1"]]
        )
        try plain.store.create(
            "services",
            ["metadata": ["name": "kubernetes", "namespace": "default"], "spec": ["type": "X"]]
        )
        let next = try node(on: plain.store)
        #expect(!next.api.isReachedByPods)
        #expect(own("services", next)?["spec"]?["type"] == "X")
        let reply = await next.pod()
        #expect(reply.status == 201 && reply.json["spec"]?["volumes"] == nil)
    }

    @Test func `its address is nobody else's, with or without it`() async throws {
        let body: JSON = [
            "metadata": ["name": "a"],
            "spec": ["clusterIP": .string(Self.address), "ports": [["port": 80]]],
        ]
        for node in [try node(), try node(endpoint: nil)] {
            let reply = await node.call("POST", ServiceTests.path, body)
            #expect(reply.status == 422)
            #expect(reply.json["message"]?.string?.contains("already allocated") == true)
        }
    }

    @Test(arguments: [
        ("services", "/api/v1/namespaces/default/services/kubernetes"),
        ("endpoints", "/api/v1/namespaces/default/endpoints/kubernetes"),
        (
            "endpointslices",
            "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes"
        ),
        ("configmaps", "/api/v1/namespaces/default/configmaps/kube-root-ca.crt"),
        ("serviceaccounts", "/api/v1/namespaces/default/serviceaccounts/default"),
    ])
    func `what is deleted comes back at once`(resource: String, path: String) async throws {
        let node = try node()
        let before = await node.call("GET", path)
        #expect(before.status == 200)
        #expect(await node.call("DELETE", path).status == 200)
        let after = await node.call("GET", path)
        #expect(after.status == 200)
        #expect(after.json["metadata"]?["uid"] != before.json["metadata"]?["uid"])
        let collection = path.split(separator: "/").dropLast().joined(separator: "/")
        #expect(await node.call("DELETE", "/" + collection).status == 200)
        #expect(await node.call("GET", path).status == 200)
        let dry = await node.call("DELETE", path + "?dryRun=All")
        #expect(dry.status == 200)
    }

    @Test func `what is changed goes back to what it was; labels of one's own are welcome`()
        async throws
    {
        let node = try node()
        let map = "/api/v1/namespaces/default/configmaps/kube-root-ca.crt"
        let merge = "application/merge-patch+json"
        _ = await node.call("PATCH", map, ["data": ["ca.crt": "forged"]], type: merge)
        let data = await node.call("GET", map).json["data"]?["ca.crt"]?.string
        #expect(data?.hasPrefix("-----BEGIN CERTIFICATE-----") == true)
        let service = ServiceTests.path + "/kubernetes"
        let labels: JSON = ["metadata": ["labels": ["mine": "yes"]]]
        let labelled = await node.call("PATCH", service, labels, type: merge)
        #expect(labelled.status == 200, "\(labelled.text)")
        #expect(labelled.json["metadata"]?["labels"]?["mine"] == "yes")
        let ports: JSON = ["spec": ["ports": [["port": 80]]]]
        #expect(await node.call("PATCH", service, ports, type: merge).status == 200)
        #expect(own("services", node)?["spec"]?["ports"]?[0]?["port"] == 443)
    }

    @Test func `a namespace that goes is not furnished again`() async throws {
        let node = try node()
        _ = await node.call("POST", "/api/v1/namespaces", ["metadata": ["name": "gone"]])
        #expect(node.store.get(ObjectKey("configmaps", "gone", "kube-root-ca.crt")) != nil)
        _ = await node.call("DELETE", "/api/v1/namespaces/gone")
        let map = "/api/v1/namespaces/gone/configmaps/kube-root-ca.crt"
        #expect(await node.call("DELETE", map).status == 200)
        #expect(await node.call("GET", map).status == 404)
    }

    @Test func `pods get their token, and may be replaced by the manifest that made them`()
        async throws
    {
        let node = try node()
        let made = await node.pod()
        #expect(made.status == 201)
        let volume = made.json["spec"]?["volumes"]?[0]?["name"]?.string ?? ""
        #expect(volume.hasPrefix("kube-api-access-") && volume.utf8.count == 21)
        let again: JSON = [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "web"],
            "spec": ["containers": [["name": "app", "image": "remora/other"]]],
        ]
        let replaced = await node.call("PUT", TestNode.pods + "/web", again)
        #expect(replaced.status == 200, "\(replaced.text)")
        #expect(replaced.json["spec"]?["volumes"] == made.json["spec"]?["volumes"])
        let stranger = await node.pod("lost") { $0["spec"]?["serviceAccountName"] = "nobody" }
        #expect(stranger.status == 403)
        #expect(
            stranger.json["message"]
                == """
                pods "lost" is forbidden: error looking up service account default/nobody: \
                serviceaccount "nobody" not found
                """
        )
    }

    @Test func `a controller's pods get it as well`() async throws {
        let node = try node()
        let pod = try await node.api.createPod([
            "apiVersion": "v1", "kind": "Pod",
            "metadata": ["namespace": "default", "generateName": "web-"],
            "spec": ["containers": [["name": "app", "image": "remora/busybox"]]],
        ])
        #expect(pod["spec"]?["volumes"]?.array?.count == 1)
    }
}
