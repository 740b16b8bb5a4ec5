import Formats
import NodeDrivers
import Testing

@testable import Node

@Suite("Where services lead") struct ServiceTableTests {
    static func service(_ name: String, _ spec: JSON) -> JSON {
        ["metadata": ["name": .string(name), "namespace": "n"], "spec": spec]
    }

    static func slice(
        _ service: String,
        _ endpoints: [JSON],
        _ ports: [JSON],
        type: String = "IPv4"
    ) -> JSON {
        [
            "metadata": [
                "name": .string(service + "-x"), "namespace": "n",
                "labels": ["kubernetes.io/service-name": .string(service)],
            ], "addressType": .string(type), "endpoints": .array(endpoints), "ports": .array(ports),
        ]
    }

    static func endpoint(
        _ address: String,
        _ conditions: JSON = ["ready": true],
        host: String? = nil
    ) -> JSON {
        var endpoint: JSON = ["addresses": [.string(address)], "conditions": conditions]
        if let host { endpoint["hostname"] = .string(host) }
        return endpoint
    }

    private func table(_ services: [JSON], _ slices: [JSON] = []) -> ServiceTable {
        ServiceTable(services: services, slices: slices, domain: "cluster.local")
    }

    @Test func `every port of a service leads to the ports of its slices`() {
        let table = table(
            [
                Self.service(
                    "web",
                    [
                        "type": "NodePort", "clusterIP": "10.1.0.5",
                        "externalIPs": ["192.0.2.9", "fd00::1"],
                        "sessionAffinity": "ClientIP",
                        "sessionAffinityConfig": ["clientIP": ["timeoutSeconds": 60]],
                        "ports": [
                            ["name": "http", "port": 80, "protocol": "TCP", "nodePort": 30080],
                            ["name": "dns", "port": 53, "protocol": "UDP"],
                        ],
                    ]
                )
            ],
            [
                Self.slice(
                    "web",
                    [
                        Self.endpoint("10.0.0.1"), Self.endpoint("10.0.0.2", ["ready": false]),
                        Self.endpoint("10.0.0.1"),
                    ],
                    [
                        ["name": "http", "port": 8080, "protocol": "TCP"],
                        ["name": "dns", "port": 53, "protocol": "TCP"],
                    ]
                ),
                Self.slice(
                    "web",
                    [Self.endpoint("fd00::7")],
                    [["name": "http", "port": 1]],
                    type: "IPv6"
                ),
                Self.slice("other", [Self.endpoint("10.0.0.3")], [["name": "http", "port": 1]]),
            ]
        )
        #expect(
            table.routes == [
                ServiceRoute(
                    title: "n/web:http",
                    kind: "tcp",
                    addresses: ["10.1.0.5", "192.0.2.9"],
                    port: 80,
                    nodePort: 30080,
                    affinity: 60,
                    backends: [.init("10.0.0.1", 8080)]
                ),
                ServiceRoute(
                    title: "n/web:dns",
                    kind: "udp",
                    addresses: ["10.1.0.5", "192.0.2.9"],
                    port: 53,
                    affinity: 60,
                    backends: []
                ),
            ]
        )
        #expect(table.records.hosts == [.init("10.1.0.5", ["web.n.svc.cluster.local"])])
        #expect(
            table.records.ports == [
                .init(
                    "_http._tcp.web.n.svc.cluster.local",
                    target: "web.n.svc.cluster.local",
                    number: 80
                ),
                .init(
                    "_dns._udp.web.n.svc.cluster.local",
                    target: "web.n.svc.cluster.local",
                    number: 53
                ),
            ]
        )
    }

    @Test func `pods that end serve while nobody else does`() {
        let ending: JSON = ["ready": false, "serving": true, "terminating": true]
        let spec: JSON = ["clusterIP": "10.1.0.5", "ports": [["port": 80, "protocol": "TCP"]]]
        func backends(_ endpoints: JSON...) -> [String] {
            let slice = Self.slice("web", endpoints, [["name": "", "port": 80, "protocol": "TCP"]])
            return table([Self.service("web", spec)], [slice]).routes[0].backends.map(\.address)
        }
        #expect(backends(Self.endpoint("10.0.0.1", ending)) == ["10.0.0.1"])
        #expect(
            backends(Self.endpoint("10.0.0.1", ending), Self.endpoint("10.0.0.2")) == ["10.0.0.2"]
        )
        #expect(
            backends(
                Self.endpoint("10.0.0.1", ["ready": false, "serving": false, "terminating": true])
            ) == []
        )
        #expect(backends(Self.endpoint("10.0.0.1", [:])) == ["10.0.0.1"], "silence is readiness")
    }

    @Test func `a headless service is named after its ready pods`() {
        let table = table(
            [Self.service("db", ["clusterIP": "None", "ports": [["name": "sql", "port": 5432]]])],
            [
                Self.slice(
                    "db",
                    [
                        Self.endpoint("10.0.0.1", host: "db-0"), Self.endpoint("10.0.0.2"),
                        Self.endpoint("10.0.0.3", ["ready": false]),
                    ],
                    [["name": "sql", "port": 5433, "protocol": "TCP"]]
                )
            ]
        )
        #expect(table.routes.isEmpty)
        #expect(
            table.records.hosts == [
                .init("10.0.0.1", ["db-0.db.n.svc.cluster.local", "db.n.svc.cluster.local"]),
                .init("10.0.0.2", ["10-0-0-2.db.n.svc.cluster.local", "db.n.svc.cluster.local"]),
            ]
        )
        #expect(
            table.records.ports.map(\.target) == [
                "db-0.db.n.svc.cluster.local", "10-0-0-2.db.n.svc.cluster.local",
            ]
        )
        #expect(table.records.ports[0].number == 5433)
    }

    @Test func `an external name is an alias and nothing else`() {
        let table = table([
            Self.service("x", ["type": "ExternalName", "externalName": "example.com."])
        ])
        #expect(table.routes.isEmpty && table.records.hosts.isEmpty)
        #expect(table.records.aliases == [.init("x.n.svc.cluster.local", target: "example.com")])
    }

    @Test func `a place has one service`() {
        let spec: JSON = [
            "clusterIP": "10.1.0.5", "externalIPs": ["192.0.2.9"],
            "ports": [["port": 80, "nodePort": 30080]],
        ]
        var other = spec
        other["clusterIP"] = "10.1.0.6"
        let table = table([Self.service("a", spec), Self.service("b", other)])
        #expect(table.routes.map(\.addresses) == [["10.1.0.5", "192.0.2.9"], ["10.1.0.6"]])
        #expect(table.routes.map(\.nodePort) == [30080, nil])
    }

    @Test func `a service without an address yet is nowhere`() {
        #expect(table([Self.service("a", ["ports": [["port": 80]]])]).routes.isEmpty)
    }
}
