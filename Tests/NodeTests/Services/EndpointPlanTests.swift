import Formats
import Testing

@testable import Node

@Suite("Endpoints of services") struct EndpointPlanTests {
    static func pod(
        _ name: String,
        _ address: String,
        ready: Bool = true,
        phase: String = "Running",
        deleted: Bool = false,
        labels: JSON = ["app": "web"],
        spec: JSON = [:]
    ) -> PodEndpoint {
        var pod: JSON = [
            "metadata": [
                "name": .string(name), "namespace": "n", "uid": .string(name), "labels": labels,
            ], "spec": spec,
            "status": [
                "podIP": .string(address), "phase": .string(phase),
                "conditions": [["type": "Ready", "status": ready ? "True" : "False"]],
            ],
        ]
        if deleted { pod["metadata"]?["deletionTimestamp"] = "2026-01-01T00:00:00Z" }
        return PodEndpoint(pod)
    }

    static func service(_ ports: JSON, _ more: JSON = [:]) -> JSON {
        var service: JSON = [
            "metadata": ["name": "web", "namespace": "n"],
            "spec": ["selector": ["app": "web"], "ports": ports],
        ]
        for (key, value) in more.object ?? [:] { service["spec"]?[key] = value }
        return service
    }

    static let http: JSON = [["name": "http", "port": 80, "targetPort": "web", "protocol": "TCP"]]
    static let plain: JSON = [["port": 80, "targetPort": 8080, "protocol": "TCP"]]

    private func ready(_ plan: EndpointPlan) -> [String: [Bool?]] {
        var found: [String: [Bool?]] = [:]
        for endpoint in plan.slices.flatMap({ $0["endpoints"]?.array ?? [] }) {
            let conditions = endpoint["conditions"]
            found[endpoint["addresses"]?[0]?.string ?? ""] = ["ready", "serving", "terminating"].map
            {
                conditions?[$0]?.bool
            }
        }
        return found
    }

    @Test func `pods that are ready, waiting, ending, over, without address, of others`() {
        let pods = [
            Self.pod("a", "10.0.0.1"), Self.pod("b", "10.0.0.2", ready: false),
            Self.pod("c", "10.0.0.3", deleted: true), Self.pod("d", "10.0.0.4", phase: "Succeeded"),
            Self.pod("e", ""), Self.pod("f", "10.0.0.6", labels: ["app": "db"]),
            Self.pod("g", "10.0.0.7", ready: false, deleted: true),
        ]
        let plan = EndpointPlan(Self.service(Self.plain), pods: pods)
        #expect(
            ready(plan) == [
                "10.0.0.1": [true, true, false], "10.0.0.2": [false, false, false],
                "10.0.0.3": [false, true, true], "10.0.0.7": [false, false, true],
            ]
        )
        let subset = plan.subsets[0]
        #expect(plan.subsets.count == 1)
        #expect(subset["addresses"]?.array?.map { $0["ip"]?.string } == ["10.0.0.1"])
        #expect(subset["notReadyAddresses"]?.array?.map { $0["ip"]?.string } == ["10.0.0.2"])
        #expect(subset["ports"] == [["protocol": "TCP", "port": 8080]])
        let all = EndpointPlan(
            Self.service(Self.plain, ["publishNotReadyAddresses": true]),
            pods: pods
        )
        #expect(ready(all)["10.0.0.2"] == [true, true, false])
        #expect(all.subsets[0]["addresses"]?.array?.count == 4)
    }

    @Test func `named ports are those of containers, then of sidecars, never of init containers`() {
        func container(_ port: Int, _ more: JSON = [:]) -> JSON {
            var container: JSON = ["ports": [["name": "web", "containerPort": .int(port)]]]
            for (key, value) in more.object ?? [:] { container[key] = value }
            return container
        }
        let pods = [
            Self.pod(
                "a",
                "10.0.0.1",
                spec: [
                    "containers": [container(1)],
                    "initContainers": [container(2, ["restartPolicy": "Always"])],
                ]
            ),
            Self.pod(
                "b",
                "10.0.0.2",
                spec: [
                    "containers": [[:]],
                    "initContainers": [container(3, ["restartPolicy": "Always"])],
                ]
            ),
            Self.pod(
                "c",
                "10.0.0.3",
                spec: ["containers": [[:]], "initContainers": [container(4)]]
            ),
        ]
        let plan = EndpointPlan(Self.service(Self.http), pods: pods)
        #expect(plan.slices.map { $0["ports"]?[0]?["port"]?.int } == [1, 3, nil])
        #expect(plan.subsets.map { $0["ports"]?[0]?["port"]?.int } == [1, 3])
        #expect(plan.subsets[0]["ports"]?[0]?["name"] == "http")
    }

    @Test func `a protocol is part of a port`() {
        let ports: JSON = [
            ["name": "t", "port": 53, "targetPort": "dns", "protocol": "TCP"],
            [
                "name": "u", "port": 53, "targetPort": "dns", "protocol": "UDP",
                "appProtocol": "x.y/z",
            ],
        ]
        let spec: JSON = [
            "containers": [
                ["ports": [["name": "dns", "containerPort": 1053, "protocol": "UDP"]]],
                ["ports": [["name": "dns", "containerPort": 53]]],
            ]
        ]
        let plan = EndpointPlan(Self.service(ports), pods: [Self.pod("a", "10.0.0.1", spec: spec)])
        #expect(
            plan.slices[0]["ports"] == [
                ["name": "t", "protocol": "TCP", "port": 53],
                ["name": "u", "protocol": "UDP", "port": 1053, "appProtocol": "x.y/z"],
            ]
        )
        #expect(plan.subsets.count == 1)
        #expect(plan.subsets[0]["ports"]?.array?.count == 2)
    }

    @Test func `a hostname counts in the subdomain that is the service`() {
        let pods = [
            Self.pod("a", "10.0.0.1", spec: ["hostname": "one", "subdomain": "web"]),
            Self.pod("b", "10.0.0.2", spec: ["hostname": "two", "subdomain": "other"]),
        ]
        let plan = EndpointPlan(Self.service([], ["clusterIP": "None"]), pods: pods)
        #expect(plan.slices[0]["endpoints"]?.array?.map { $0["hostname"]?.string } == ["one", nil])
        #expect(plan.slices[0]["ports"] == [])
        #expect(plan.subsets[0]["ports"] == nil)
        #expect(plan.subsets[0]["addresses"]?[0]?["hostname"] == "one")
    }

    @Test func `no pods are one empty slice and no subset`() {
        let plan = EndpointPlan(Self.service(Self.plain), pods: [])
        #expect(plan.slices == [["addressType": "IPv4", "endpoints": [], "ports": []]])
        #expect(plan.subsets.isEmpty)
    }

    @Test func `a slice has a hundred endpoints at most`() {
        let pods = (0..<250).map { Self.pod("p\($0)", "10.0.1.\($0)") }
        let plan = EndpointPlan(Self.service(Self.plain), pods: pods.shuffled())
        #expect(plan.slices.map { $0["endpoints"]?.array?.count } == [100, 100, 50])
        #expect(plan.slices == EndpointPlan(Self.service(Self.plain), pods: pods.shuffled()).slices)
    }

    @Test func `an empty selector chooses nobody`() {
        #expect(!Self.pod("a", "10.0.0.1").isSelected(by: [:]))
    }

    @Test func `what is written by hand is mirrored`() {
        let endpoints: JSON = [
            "subsets": [
                [
                    "addresses": [["ip": "192.0.2.1", "hostname": "a"], ["ip": "2001:db8::1"]],
                    "notReadyAddresses": [["ip": "192.0.2.2"]], "ports": [["port": 80]],
                ]
            ]
        ]
        #expect(
            EndpointMirror.slices(of: endpoints) == [
                [
                    "addressType": "IPv4",
                    "endpoints": [
                        [
                            "addresses": ["192.0.2.1"], "conditions": ["ready": true],
                            "hostname": "a",
                        ],
                        ["addresses": ["192.0.2.2"], "conditions": ["ready": false]],
                    ], "ports": [["port": 80, "name": ""]],
                ],
                [
                    "addressType": "IPv6",
                    "endpoints": [["addresses": ["2001:db8::1"], "conditions": ["ready": true]]],
                    "ports": [["port": 80, "name": ""]],
                ],
            ]
        )
        #expect(EndpointMirror.isMirrored(endpoints))
        for metadata: JSON in [
            ["labels": ["endpointslice.kubernetes.io/skip-mirror": "true"]],
            ["annotations": ["control-plane.alpha.kubernetes.io/leader": "x"]],
        ] {
            var other = endpoints
            other["metadata"] = metadata
            #expect(!EndpointMirror.isMirrored(other))
        }
    }

    @Test func `slices that are right stay, and others are used again`() {
        func slice(_ port: Int, _ address: String) -> JSON {
            [
                "addressType": "IPv4", "endpoints": [.string(address)],
                "ports": [["port": .int(port)]],
            ]
        }
        let changes = SliceChanges(
            from: [("a", slice(1, "x")), ("b", slice(2, "y")), ("c", slice(3, "z"))],
            to: [slice(3, "w"), slice(1, "x")]
        )
        #expect(
            changes.created == [] && changes.updated == ["c": slice(3, "w")]
                && changes.deleted == ["b"]
        )
        let first = SliceChanges(from: [], to: [slice(1, "x")])
        #expect(first.created == [slice(1, "x")] && first.updated.isEmpty && first.deleted.isEmpty)
    }
}
