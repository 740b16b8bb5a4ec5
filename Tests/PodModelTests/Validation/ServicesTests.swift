import Formats
import PodModel
import Testing

@Suite("Services") struct ServicesTests {
    static let defaults: [(text: String, expected: JSON)] = [
        (
            "spec: {ports: [{port: 80}]}",
            [
                "ports": [["port": 80, "protocol": "TCP", "targetPort": 80]], "type": "ClusterIP",
                "sessionAffinity": "None", "internalTrafficPolicy": "Cluster",
            ]
        ),
        (
            "spec: {type: NodePort, sessionAffinity: ClientIP, ports: [{port: 80, targetPort: web}]}",
            [
                "type": "NodePort", "sessionAffinity": "ClientIP",
                "ports": [["port": 80, "targetPort": "web", "protocol": "TCP"]],
                "sessionAffinityConfig": ["clientIP": ["timeoutSeconds": 10800]],
                "externalTrafficPolicy": "Cluster", "internalTrafficPolicy": "Cluster",
            ]
        ),
        (
            "spec: {type: LoadBalancer, ports: [{port: 80, protocol: UDP}]}",
            [
                "type": "LoadBalancer",
                "ports": [["port": 80, "protocol": "UDP", "targetPort": 80]],
                "sessionAffinity": "None", "externalTrafficPolicy": "Cluster",
                "internalTrafficPolicy": "Cluster", "allocateLoadBalancerNodePorts": true,
            ]
        ),
        (
            "spec: {type: ExternalName, externalName: example.com}",
            ["type": "ExternalName", "externalName": "example.com", "sessionAffinity": "None"]
        ),
    ]

    @Test(arguments: defaults.indices)
    func `get the defaults of the API server`(index: Int) throws {
        let (text, expected) = Self.defaults[index]
        let tree = try #require(try YAML.documents(in: text).first)
        let object = Defaults.apply(to: tree.json, kind: "Service")
        #expect(object["spec"]?.text(sortedKeys: true) == expected.text(sortedKeys: true))
    }

    static func service(_ spec: String, name: String = "web") -> String {
        "metadata: {name: \(name)}\nspec: {\(spec)}\n"
    }

    static let table = [
        Case("a good one", kind: "Service", service("selector: {a: b}, ports: [{port: 80}]")),
        Case("a good headless one without ports", kind: "Service", service("clusterIP: None")),
        Case(
            "a good external name",
            kind: "Service",
            service("type: ExternalName, externalName: db.example.com.")
        ),
        Case(
            "no ports",
            kind: "Service",
            service("selector: {a: b}"),
            "2:1 spec.ports: Required value; list at least one port"
        ),
        Case(
            "a name that begins with a digit",
            kind: "Service",
            service("ports: [{port: 80}]", name: "1web"),
            "1:12 metadata.name: Invalid value: \"1web\": a DNS-1035 label must consist of lower case"
                + " alphanumeric characters or '-', start with an alphabetic character, and end with an"
                + " alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is"
                + " '[a-z]([-a-z0-9]*[a-z0-9])?'); choose another name"
        ),
        Case(
            "several ports without names",
            kind: "Service",
            service("ports: [{port: 80}, {port: 81, name: b}]"),
            "2:16 spec.ports[0].name: Required value; name every port of a service with several"
        ),
        Case(
            "the same name and the same port twice",
            kind: "Service",
            service(
                "ports: [{port: 80, name: a}, {port: 80, name: a}, {port: 80, name: b, protocol: UDP}]"
            ),
            "2:48 spec.ports[1].name: Duplicate value: \"a\"; use each only once",
            "2:37 spec.ports[1]: Duplicate value: {\"protocol\":\"TCP\",\"port\":80,\"targetPort\":0};"
                + " give every port of the service its own number and protocol"
        ),
        Case(
            "a port out of range, a bad target and a bad protocol",
            kind: "Service",
            service("ports: [{port: 70000, targetPort: A_b, protocol: HTTP}]"),
            "2:17 spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive;"
                + " choose a number in that range",
            "2:47 spec.ports[0].protocol: Unsupported value: \"HTTP\": supported values: \"SCTP\","
                + " \"TCP\", \"UDP\"; use one of these",
            "2:30 spec.ports[0].targetPort: Invalid value: \"A_b\": must contain only alpha-numeric"
                + " characters (a-z, 0-9), and hyphens (-); write a port's number or name"
        ),
        Case(
            "a node port of a service that has none",
            kind: "Service",
            service("ports: [{port: 80, nodePort: 30080}]"),
            "2:27 spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP';"
                + " remove it"
        ),
        Case(
            "a headless one at the node",
            kind: "Service",
            service("type: NodePort, clusterIP: None, ports: [{port: 80}]"),
            "2:24 spec.clusterIP: Invalid value: \"None\": may not be set to 'None' for NodePort services;"
                + " remove it, or use the type ClusterIP"
        ),
        Case(
            "an external name without a name",
            kind: "Service",
            service("type: ExternalName"),
            "2:1 spec.externalName: Required value; write the name it stands for"
        ),
        Case(
            "unknown words",
            kind: "Service",
            service("type: Nodeport, sessionAffinity: Client, ports: [{port: 80}]"),
            "2:8 spec.type: Unsupported value: \"Nodeport\": supported values: \"ClusterIP\","
                + " \"ExternalName\", \"LoadBalancer\", \"NodePort\"; did you mean \"NodePort\"?",
            "2:24 spec.sessionAffinity: Unsupported value: \"Client\": supported values: \"ClientIP\","
                + " \"None\"; did you mean \"ClientIP\"?"
        ),
        Case(
            "an affinity of more than a day",
            kind: "Service",
            service(
                "sessionAffinity: ClientIP, sessionAffinityConfig: {clientIP: {timeoutSeconds: 90000}},"
                    + " ports: [{port: 80}]"
            ),
            "2:70 spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 90000: must be"
                + " greater than 0 and less than 86400; choose a number of seconds in that range"
        ),
        Case(
            "IPv6",
            kind: "Service",
            service("ipFamilies: [IPv6], ipFamilyPolicy: RequireDualStack, ports: [{port: 80}]"),
            "2:21 spec.ipFamilies[0]: Invalid value: \"IPv6\": not configured on this cluster; use IPv4,"
                + " which is all that services have here",
            "2:28 spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": this cluster is not configured"
                + " for dual-stack services; use SingleStack or PreferDualStack"
        ),
        Case(
            "what only external services have",
            kind: "Service",
            service("externalTrafficPolicy: Local, loadBalancerClass: a, ports: [{port: 80}]"),
            "2:8 spec.externalTrafficPolicy: Invalid value: \"Local\": may only be set for"
                + " externally-accessible services; remove it",
            "2:38 spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer';"
                + " remove it"
        ),
        Case(
            "an external address that is the machine's own",
            kind: "Service",
            service("externalIPs: [127.0.0.1], ports: [{port: 80}]"),
            "2:22 spec.externalIPs[0]: Invalid value: \"127.0.0.1\": may not be in the loopback range"
                + " (127.0.0.0/8, ::1/128); write another address"
        ),
        Case(
            "good endpoints",
            kind: "Endpoints",
            "metadata: {name: e}\nsubsets: [{addresses: [{ip: 192.0.2.1}], ports: [{port: 80}]}]\n"
        ),
        Case(
            "endpoints without addresses, or with bad ones",
            kind: "Endpoints",
            "metadata: {name: e}\nsubsets: [{ports: [{port: 80}]}, {addresses: [{ip: 169.254.1.1}]}]\n",
            "2:11 subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`; list the"
                + " addresses",
            "2:48 subsets[1].addresses[0].ip: Invalid value: \"169.254.1.1\": may not be in the"
                + " link-local range (169.254.0.0/16, fe80::/10); write another address"
        ),
        Case(
            "a good slice",
            kind: "EndpointSlice",
            "metadata: {name: e}\naddressType: IPv4\nendpoints: [{addresses: [192.0.2.1]}]\nports: [{port: 80}]\n"
        ),
        Case(
            "a slice of another kind of address, with two ports of one name",
            kind: "EndpointSlice",
            "metadata: {name: e}\naddressType: IPv4\nendpoints: [{addresses: [a]}]\nports: [{port: 80}, {port: 0}]\n",
            "3:26 endpoints[0].addresses[0]: Invalid value: \"a\": must be a valid IPv4 address; write an"
                + " address such as 192.0.2.7",
            "4:21 ports[1].name: Duplicate value: \"\"; use each only once",
            "4:22 ports[1].port: Invalid value: 0: must be between 1 and 65535, inclusive; choose a number"
                + " in that range"
        ),
    ]

    @Test(arguments: table)
    func `are checked as by the API server`(row: Case) throws {
        let found = try findings(row.text, kind: row.kind)
        #expect(found == row.expected)
    }

    @Test func `an address may not change`() {
        let old: JSON = [
            "metadata": ["name": "web"],
            "spec": [
                "type": "ClusterIP", "clusterIP": "10.1.0.5", "clusterIPs": ["10.1.0.5"],
                "ports": [["port": 80, "protocol": "TCP", "targetPort": 80]],
            ],
        ]
        var new = old
        new["spec"]?["clusterIP"] = "10.1.0.6"
        new["spec"]?["clusterIPs"] = ["10.1.0.6"]
        #expect(
            Validation.validateUpdate(new, from: old, kind: "Service").map(\.description) == [
                "spec.clusterIPs[0]: Invalid value: [\"10.1.0.6\"]: may not change once set; delete the"
                    + " service and create it again"
            ]
        )
        #expect(Validation.validateUpdate(old, from: old, kind: "Service").isEmpty)
        new["spec"]?["clusterIP"] = ""
        new["spec"]?["clusterIPs"] = nil
        #expect(
            Validation.validateUpdate(new, from: old, kind: "Service").map(\.what)
                .contains("Invalid value: null: primary clusterIP can not be unset")
        )
    }
}
