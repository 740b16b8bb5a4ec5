import Formats
import PodModel
import Testing

@Suite("What is kept for clusters") struct NetworkingTests {
    private static func ingress(_ path: String) -> String {
        "metadata: {name: i}\nspec: {rules: [{http: {paths: [\(path)]}}]}"
    }

    private static func policy(_ rule: String) -> String {
        "metadata: {name: p}\nspec: {podSelector: {}, ingress: [\(rule)]}"
    }

    private static func scaler(_ fields: String) -> String {
        "metadata: {name: h}\nspec: {scaleTargetRef: {kind: Deployment, name: web}, \(fields)}"
    }

    static let table: [Case] = [
        Case(
            "an ingress that is right",
            kind: "Ingress",
            ingress(
                "{path: /a, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}"
            )
        ),
        Case(
            "an ingress that leads nowhere",
            kind: "Ingress",
            "metadata: {name: i}\nspec: {ingressClassName: nginx}",
            "2:1 spec: Invalid value: {\"ingressClassName\":\"nginx\"}: either `defaultBackend` or `rules` must be specified; add one of the two"
        ),
        Case(
            "an ingress with a path and backends of all mistakes",
            kind: "Ingress",
            """
            metadata: {name: i}
            spec:
              rules:
              - host: "*.a.b"
                http:
                  paths:
                  - {path: a, pathType: Exact, backend: {service: {name: web}}}
                  - {path: /a//b, pathType: Prefix, backend: {service: {name: web, port: {name: a, number: 80}}}}
                  - {pathType: Regex, backend: {}}
              - host: a.*.b
            """,
            "7:10 spec.rules[0].http.paths[0].path: Invalid value: \"a\": must be an absolute path; begin it with a slash",
            "7:46 spec.rules[0].http.paths[0].backend.service.port: Required value: port name or number is required; set it",
            "8:10 spec.rules[0].http.paths[1].path: Invalid value: \"/a//b\": must not contain '//'; write it without that",
            "8:72 spec.rules[0].http.paths[1].backend.service.port: Invalid value: {\"name\":\"a\",\"number\":80}: cannot set both port name & port number; keep one of the two",
            "9:10 spec.rules[0].http.paths[2].pathType: Unsupported value: \"Regex\": supported values: \"Exact\", \"ImplementationSpecific\", \"Prefix\"; use one of these",
            "9:27 spec.rules[0].http.paths[2].backend: Required value: cannot set neither resource nor service backends; set it",
            "10:5 spec.rules[1].host: Invalid value: \"a.*.b\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*'); write a name such as example.com or *.example.com"
        ),
        Case(
            "a class without a domain",
            kind: "IngressClass",
            "metadata: {name: c}\nspec: {controller: nginx}",
            "2:8 spec.controller: Invalid value: \"nginx\": must be a domain-prefixed path (such as \"acme.io/foo\"); put a domain and a slash before it"
        ),
        Case(
            "a policy that is right",
            kind: "NetworkPolicy",
            policy("{from: [{namespaceSelector: {}}], ports: [{port: 80, endPort: 90}]}")
        ),
        Case(
            "a policy of all mistakes",
            kind: "NetworkPolicy",
            policy(
                "{from: [{}, {ipBlock: {cidr: 10.0.0.0}, podSelector: {}}], ports: [{port: http, endPort: 9}]}"
            ),
            "2:115 spec.ingress[0].ports[0].endPort: Invalid value: 9: may not be specified when `port` is non-numeric or not specified; write the port as a number",
            "2:43 spec.ingress[0].from[0]: Required value: must specify a peer; add a selector or an ipBlock",
            "2:47 spec.ingress[0].from[1]: Forbidden: may not specify both ipBlock and another peer; keep one of them",
            "2:58 spec.ingress[0].from[1].ipBlock.cidr: Invalid value: \"10.0.0.0\": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64); write it such as 10.0.0.0/8"
        ),
        Case(
            "a storage class",
            kind: "StorageClass",
            "metadata: {name: s}\nprovisioner: a b\nreclaimPolicy: Recycle",
            "2:1 provisioner: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'); write a name such as example.com/disk",
            "3:1 reclaimPolicy: Unsupported value: \"Recycle\": supported values: \"Delete\", \"Retain\"; use one of these"
        ),
        Case(
            "an autoscaler whose numbers do not fit",
            kind: "HorizontalPodAutoscaler",
            scaler(
                "minReplicas: 3, maxReplicas: 2, metrics: [{type: Pods, resource: {name: cpu, target: {type: Value}}}]"
            ),
            "2:71 spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`; choose a larger number",
            "2:97 spec.metrics[0].pods: Required value: must populate information for the given metric source; describe it under pods"
        ),
    ]

    @Test(arguments: table)
    func `every finding has its place, its words and its remedy`(example: Case) throws {
        let found = try findings(example.text, kind: example.kind)
        #expect(found == example.expected, "\(found)")
    }

    @Test func `defaults are upstream's`() throws {
        func defaulted(_ kind: String, _ text: String) throws -> JSON? {
            Defaults.apply(to: try YAML.parse(text), kind: kind)["spec"]
        }
        let policy = try defaulted("NetworkPolicy", "spec: {podSelector: {}}")
        #expect(policy?["policyTypes"] == ["Ingress"])
        let both = try defaulted("NetworkPolicy", "spec: {egress: [{ports: [{port: 53}]}]}")
        #expect(both?["policyTypes"] == ["Ingress", "Egress"])
        #expect(both?["egress"]?[0]?["ports"]?[0]?["protocol"] == "TCP")
        let scaler = try defaulted("HorizontalPodAutoscaler", "spec: {maxReplicas: 3}")
        #expect(scaler?["minReplicas"] == 1)
        #expect(scaler?["metrics"]?[0]?["resource"]?["target"]?["averageUtilization"] == 80)
        let storage = Defaults.apply(to: ["provisioner": "a/b"], kind: "StorageClass")
        #expect(storage["reclaimPolicy"] == "Delete" && storage["volumeBindingMode"] == "Immediate")
    }

    @Test func `what a storage class is does not change`() throws {
        let old = Defaults.apply(
            to: ["metadata": ["name": "s"], "provisioner": "a/b"],
            kind: "StorageClass"
        )
        var new = old
        new["provisioner"] = "a/c"
        let found = Validation.validateUpdate(new, from: old, kind: "StorageClass")
        #expect(
            found.map(\.description).first?.contains("updates to provisioner are forbidden.")
                == true
        )
    }
}
