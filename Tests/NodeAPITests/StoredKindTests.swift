import Formats
import Reactor
import Testing

@testable import NodeAPI

@MainLoop @Suite("Kinds that are stored") struct StoredKindTests {
    let node: TestNode

    init() throws { node = try TestNode() }

    private static let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

    /// The path of a kind, an object of it, the columns' names, and some cells.
    nonisolated static let cases:
        [(path: String, object: String, columns: String, cells: [String])] = [
            (
                "networking.k8s.io/v1/namespaces/default/ingresses",
                """
                metadata: {name: web}
                spec:
                  ingressClassName: nginx
                  tls: [{secretName: s}]
                  rules:
                  - {host: a.b, http: {paths: [{pathType: Exact, path: /, backend: {service: {name: web, port: {number: 80}}}}]}}
                  - {host: c.d}
                  - {host: e.f}
                  - {host: g.h}
                """,
                "Name Class Hosts Address Ports Age",
                ["web", "nginx", "a.b,c.d,e.f + 1 more...", "", "80, 443"]
            ),
            (
                "networking.k8s.io/v1/ingressclasses",
                "metadata: {name: nginx}\nspec: {controller: a.b/c, parameters: {apiGroup: a.b, kind: K, name: n}}",
                "Name Controller Parameters Age", ["nginx", "a.b/c", "K.a.b/n"]
            ),
            (
                "networking.k8s.io/v1/namespaces/default/networkpolicies",
                "metadata: {name: deny}\nspec: {podSelector: {matchLabels: {a: b}}}",
                "Name Pod-Selector Age", ["deny", "a=b"]
            ),
            (
                "storage.k8s.io/v1/storageclasses",
                "metadata: {name: fast, annotations: {storageclass.kubernetes.io/is-default-class: 'true'}}\nprovisioner: a.b/c",
                "Name Provisioner ReclaimPolicy VolumeBindingMode AllowVolumeExpansion Age",
                ["fast (default)", "a.b/c", "Delete", "Immediate"]
            ),
            (
                "autoscaling/v2/namespaces/default/horizontalpodautoscalers",
                "metadata: {name: web}\nspec: {maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: web}}",
                "Name Reference Targets MinPods MaxPods Replicas Age",
                ["web", "Deployment/web", "cpu: <unknown>/80%", "1"]
            ),
            (
                "apiextensions.k8s.io/v1/customresourcedefinitions",
                """
                metadata: {name: foos.a.b}
                spec: {group: a.b, names: {kind: Foo, plural: foos}, scope: Namespaced, versions: []}
                """,
                "Name Created At", ["foos.a.b"]
            ),
            (
                "admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
                "metadata: {name: guard}\nwebhooks: [{name: a.b.c}, {name: d.e.f}]",
                "Name Webhooks Age", ["guard"]
            ),
            (
                "apiregistration.k8s.io/v1/apiservices",
                "metadata: {name: v1.a.b}\nspec: {group: a.b, version: v1, service: {namespace: n, name: s}}",
                "Name Service Available Age", ["v1.a.b", "n/s", "Unknown"]
            ),
        ]

    @Test(arguments: 0..<cases.count)
    func `they are made with a warning, listed and deleted`(index: Int) async throws {
        let (path, text, columns, cells) = Self.cases[index]
        let made = await node.call("POST", "/apis/" + path, try YAML.parse(text))
        #expect(made.status == 201, "\(made.text)")
        #expect(made.warnings.count == 1 && made.warnings[0].hasPrefix("this engine keeps"))
        let list = await node.call("GET", "/apis/" + path, accept: Self.table)
        let names = list.json["columnDefinitions"]?.array?.compactMap { $0["name"]?.string }
        #expect(names?.joined(separator: " ") == columns)
        let shown = list.json["rows"]?[0]?["cells"]?.array?.prefix(cells.count).compactMap(\.string)
        #expect(shown == cells)
        let name = made.json["metadata"]?["name"]?.string ?? ""
        #expect(await node.call("DELETE", "/apis/\(path)/\(name)").status == 200)
        #expect(await node.call("GET", "/apis/\(path)/\(name)").status == 404)
    }

    @Test func `what is acted upon comes without a warning`() {
        #expect(
            ResourceKind.all.filter { $0.warning != nil }.map(\.kind).sorted() == [
                "APIService", "CustomResourceDefinition", "HorizontalPodAutoscaler", "Ingress",
                "IngressClass", "NetworkPolicy", "StorageClass", "ValidatingWebhookConfiguration",
            ]
        )
    }
}
