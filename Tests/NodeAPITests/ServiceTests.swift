import Formats
import ObjectStore
import PodModel
import Reactor
import Testing

@testable import NodeAPI

@MainLoop @Suite("Services over the API") struct ServiceTests {
    let node: TestNode
    static let path = "/api/v1/namespaces/default/services"

    init() throws { node = try TestNode() }

    private func create(_ name: String, _ spec: JSON, dryRun: Bool = false) async -> TestNode.Reply
    {
        await node.call(
            "POST",
            Self.path + (dryRun ? "?dryRun=All" : ""),
            ["metadata": ["name": .string(name)], "spec": spec]
        )
    }

    static let port: JSON = ["port": 80]

    @Test func `a service gets an address, its families and a status`() async {
        let reply = await create("web", ["ports": [Self.port]])
        #expect(reply.status == 201)
        let spec = reply.json["spec"]
        let address = ServiceNetwork.number(of: spec?["clusterIP"]?.string ?? "") ?? 0
        #expect(ServiceNetwork("10.130.16.0/20")?.contains(address) == true)
        #expect(spec?["clusterIPs"] == [spec?["clusterIP"] ?? ""])
        #expect(spec?["ipFamilies"] == ["IPv4"] && spec?["ipFamilyPolicy"] == "SingleStack")
        #expect(reply.json["status"] == ["loadBalancer": [:]])
        #expect(spec?["ports"]?[0]?["nodePort"] == nil)
    }

    @Test func `headless services and external names get none`() async {
        let headless = await create("a", ["clusterIP": "None"])
        #expect(headless.json["spec"]?["clusterIPs"] == ["None"])
        let external = await create("b", ["type": "ExternalName", "externalName": "example.com"])
        #expect(external.status == 201 && external.json["spec"]?["clusterIP"] == nil)
    }

    @Test func `what is asked for is given once`() async {
        let first = await create("a", ["clusterIP": "10.130.16.77", "ports": [Self.port]])
        #expect(first.json["spec"]?["clusterIP"] == "10.130.16.77")
        let second = await create("b", ["clusterIP": "10.130.16.77", "ports": [Self.port]])
        #expect(second.status == 422)
        #expect(
            second.json["message"]
                == """
                Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.130.16.77"]: failed to \
                allocate IP 10.130.16.77: provided IP is already allocated; remove it to get a free one
                """
        )
        let foreign = await create("b", ["clusterIP": "10.1.2.3", "ports": [Self.port]])
        #expect(
            foreign.json["message"]?.string?.contains(
                "the provided IP (10.1.2.3) is not in the valid range. The range of valid IPs is"
                    + " 10.130.16.0/20"
            ) == true
        )
        let server = await create("b", ["clusterIP": "10.130.16.10", "ports": [Self.port]])
        #expect(server.status == 422, "the name server has it")
    }

    @Test func `node ports are given, kept and checked`() async {
        let spec: JSON = [
            "type": "NodePort",
            "ports": [["name": "a", "port": 80], ["name": "b", "port": 81, "nodePort": 30080]],
        ]
        let first = await create("a", spec)
        let given = first.json["spec"]?["ports"]?[0]?["nodePort"]?.int ?? 0
        #expect((30000...32767).contains(given) && given != 30080)
        let second = await create("b", spec)
        #expect(
            second.json["message"]?.string?.contains(
                "spec.ports[1].nodePort: Invalid value: 30080: provided port is already allocated"
            ) == true
        )
        let low = await create("b", ["type": "NodePort", "ports": [["port": 80, "nodePort": 80]]])
        #expect(
            low.json["message"]?.string?.contains(
                "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The"
                    + " range of valid ports is 30000-32767"
            ) == true
        )
        let patched = await node.call(
            "PATCH",
            Self.path + "/a",
            ["spec": ["ports": [["name": "a", "port": 8080]]]],
            type: "application/merge-patch+json"
        )
        #expect(patched.json["spec"]?["ports"]?[0]?["nodePort"]?.int == given)
        #expect(patched.json["spec"]?["clusterIP"] == first.json["spec"]?["clusterIP"])
    }

    @Test
    func `an address may not be changed, and one more port of the node is given by an update`()
        async
    {
        let first = await create("a", ["ports": [Self.port]])
        let other = await node.call(
            "PATCH",
            Self.path + "/a",
            ["spec": ["clusterIP": "10.130.16.99"]],
            type: "application/merge-patch+json"
        )
        #expect(other.status == 422)
        #expect(other.json["message"]?.string?.contains("may not change once set") == true)
        let outer = await node.call(
            "PATCH",
            Self.path + "/a",
            ["spec": ["type": "NodePort"]],
            type: "application/merge-patch+json"
        )
        #expect(outer.status == 200 && outer.json["spec"]?["ports"]?[0]?["nodePort"] != nil)
        #expect(outer.json["spec"]?["clusterIP"] == first.json["spec"]?["clusterIP"])
        #expect(outer.json["spec"]?["externalTrafficPolicy"] == "Cluster")
    }

    @Test func `a dry run takes nothing`() async {
        let wanted: JSON = ["clusterIP": "10.130.16.77", "ports": [Self.port]]
        #expect(await create("a", wanted, dryRun: true).status == 201)
        #expect(await create("b", wanted).status == 201)
        #expect(node.store.count("services") == 1)
    }

    @Test func `a full range is said to be full`() throws {
        var settings = NodeAPISettings(nodeName: "box", version: "1")
        settings.serviceNetwork = ServiceNetwork("10.9.8.0/28")
        settings.serviceNodePorts = 30000...30001
        var services: [JSON] = []
        func complete(_ type: String) throws(APIError) {
            var service: JSON = [
                "metadata": ["name": "s"], "spec": ["type": .string(type), "ports": [Self.port]],
            ]
            var allocation = ServiceAllocation(settings, others: services, seed: 5)
            try allocation.complete(&service, kind: .service)
            services.append(service)
        }
        try complete("NodePort")
        try complete("LoadBalancer")
        let ports = #expect(throws: APIError.self) { try complete("NodePort") }
        #expect(
            ports?.message
                == "Internal error occurred: failed to allocate a nodePort: range is full"
        )
        // One address is the API's, one the name server's.
        for _ in 0..<10 { try complete("ClusterIP") }
        let addresses = #expect(throws: APIError.self) { try complete("ClusterIP") }
        #expect(
            addresses?.message
                == "Internal error occurred: failed to allocate a serviceIP: range is full"
        )
        #expect(addresses?.code == 500)
        settings.serviceNetwork = nil
        #expect(throws: APIError.self) { try complete("ClusterIP") }
    }

    @Test func `tables show them as kubectl's server does`() async throws {
        func rows(_ path: String) async -> [[String]] {
            let reply = await node.call(
                "GET",
                path,
                accept: "application/json;as=Table;v=v1;g=meta.k8s.io"
            )
            return (reply.json["rows"]?.array ?? []).map { row in
                (row["cells"]?.array ?? []).map { $0.string ?? $0.text() }
            }
        }
        _ = await create(
            "a",
            [
                "type": "LoadBalancer", "clusterIP": "10.130.16.5",
                "selector": ["b": "2", "a": "1"],
                "ports": [
                    ["name": "x", "port": 80, "nodePort": 30001],
                    ["name": "y", "port": 53, "protocol": "UDP", "nodePort": 30002],
                ],
            ]
        )
        _ = await create("b", ["clusterIP": "None"])
        _ = await create("c", ["type": "ExternalName", "externalName": "example.com"])
        let services = await rows(Self.path)
        #expect(
            services[0][..<5] == [
                "a", "LoadBalancer", "10.130.16.5", "<pending>", "80:30001/TCP,53:30002/UDP",
            ]
        )
        #expect(services[0].last == "a=1,b=2")
        #expect(services[1][..<5] == ["b", "ClusterIP", "None", "<none>", "<none>"])
        #expect(services[2][..<5] == ["c", "ExternalName", "<none>", "example.com", "<none>"])
        let addresses = (1...5).map { ["ip": .string("10.0.0.\($0)")] as JSON }
        _ = await node.call(
            "POST",
            "/api/v1/namespaces/default/endpoints",
            [
                "metadata": ["name": "a"],
                "subsets": [["addresses": .array(addresses), "ports": [["port": 80]]]],
            ]
        )
        let endpoints = await rows("/api/v1/namespaces/default/endpoints")
        #expect(endpoints[0][1] == "10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 2 more...")
        let slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
        let made = await node.call(
            "POST",
            slices,
            [
                "metadata": ["name": "s"], "addressType": "IPv4",
                "endpoints": [["addresses": ["10.0.0.1"]]], "ports": [["port": 80]],
            ]
        )
        #expect(
            made.json["ports"] == [["port": 80, "name": "", "protocol": "TCP"]],
            "kubectl wants a name"
        )
        #expect(await rows(slices)[0][..<4] == ["s", "IPv4", "80", "10.0.0.1"])
    }
}
