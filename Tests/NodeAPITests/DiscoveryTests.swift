import Basics
import Formats
import Reactor
import Testing

@testable import NodeAPI

@MainLoop @Suite("Discovery and tables") struct DiscoveryTests {
    let node: TestNode

    init() throws { node = try TestNode() }

    @Test func `old clients discover group by group`() async {
        #expect(await node.call("GET", "/api").json["versions"] == ["v1"])
        let groups = await node.call("GET", "/apis/")
        #expect(groups.json["kind"] == "APIGroupList")
        let versions = groups.json["groups"]?.array?
            .compactMap { $0["preferredVersion"]?["groupVersion"]?.string }
        #expect(versions?.contains("apps/v1") == true)
        #expect(versions?.contains("metrics.k8s.io/v1beta1") == true)
        #expect(await node.call("GET", "/apis/apps").json["kind"] == "APIGroup")
        let core = await node.call("GET", "/api/v1")
        let names = core.json["resources"]?.array?.compactMap { $0["name"]?.string } ?? []
        for name in [
            "pods", "pods/log", "pods/exec", "pods/status", "configmaps", "secrets", "events",
            "namespaces", "nodes",
        ] {
            #expect(names.contains(name))
        }
        let apps = await node.call("GET", "/apis/apps/v1")
        #expect(apps.json["groupVersion"] == "apps/v1")
        let kinds = apps.json["resources"]?.array ?? []
        #expect(kinds.first { $0["name"] == "deployments" }?["shortNames"] == ["deploy"])
        #expect(await node.call("GET", "/apis/example.com/v1").status == 404)
        #expect(await node.call("GET", "/apis/apps/v2").status == 404)
    }

    @Test(arguments: [("v2", "v2"), ("v2beta1", "v2beta1")])
    func `newer clients discover all at once`(asked: String, answered: String) async {
        let accept =
            "application/json;g=apidiscovery.k8s.io;v=\(asked);as=APIGroupDiscoveryList,application/json"
        let reply = await node.call("GET", "/apis", accept: accept)
        #expect(
            reply.contentType
                == "application/json;g=apidiscovery.k8s.io;v=\(answered);as=APIGroupDiscoveryList"
        )
        let groups = reply.json["items"]?.array?.compactMap { $0["metadata"]?["name"]?.string }
        #expect(groups?.contains("apps") == true && groups?.contains("") == false)
        let core = await node.call("GET", "/api", accept: accept)
        let resources = core.json["items"]?[0]?["versions"]?[0]?["resources"]?.array ?? []
        let pods = resources.first { $0["resource"] == "pods" }
        #expect(pods?["responseKind"] == ["group": "", "version": "v1", "kind": "Pod"])
        #expect(pods?["scope"] == "Namespaced" && pods?["categories"] == ["all"])
    }

    @Test func `health, version, metrics and the schema`() async {
        for path in ["/livez", "/readyz", "/healthz", "/readyz/ping"] {
            #expect(await node.call("GET", path).text == "ok")
        }
        #expect(await node.call("GET", "/version").json["gitVersion"] == "v1.33.1+remora-0.1.0")
        let metrics = await node.call("GET", "/metrics").text
        #expect(metrics.hasPrefix("remora_pods 1\n"))
        #expect(
            metrics.contains(
                #"apiserver_request_total{code="200",group="",resource="",subresource="",verb="GET"} 5"#
            ),
            "\(metrics)"
        )
        let index = await node.call("GET", "/openapi/v3")
        let path = index.json["paths"]?["apis/apps/v1"]?["serverRelativeURL"]?.string ?? ""
        #expect(path.hasPrefix("/openapi/v3/apis/apps/v1?hash="))
        let document = await node.call("GET", path)
        #expect(document.json["openapi"] == "3.0.0")
        #expect(await node.call("GET", "/openapi/v3/apis/none/v1").status == 404)
    }

    static let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"

    @Test func `a list can be a table`() async {
        await node.pod()
        let reply = await node.call("GET", TestNode.pods + "?limit=500", accept: Self.table)
        #expect(reply.json["kind"] == "Table")
        #expect(
            reply.json["columnDefinitions"]?.array?.compactMap { $0["name"]?.string }
                == [
                    "Name", "Ready", "Status", "Restarts", "Age", "IP", "Node", "Nominated Node",
                    "Readiness Gates",
                ]
        )
        let cells = reply.json["rows"]?[0]?["cells"]?.array ?? []
        #expect(cells.prefix(4) == ["web", "0/1", "Pending", "0"] && cells[6] == "box")
        #expect(reply.json["rows"]?[0]?["object"]?["kind"] == "PartialObjectMetadata")
        let whole = await node.call(
            "GET",
            TestNode.pods + "?includeObject=Object",
            accept: Self.table
        )
        #expect(whole.json["rows"]?[0]?["object"]?["kind"] == "Pod")
        let one = await node.call("GET", TestNode.pods + "/web", accept: Self.table)
        #expect(one.json["rows"]?.array?.count == 1)
    }

    @Test(arguments: [
        "configmaps", "events", "namespaces", "nodes", "persistentvolumeclaims", "secrets",
        "serviceaccounts",
    ])
    func `every kind has its columns`(resource: String) async {
        let reply = await node.call("GET", "/api/v1/\(resource)", accept: Self.table)
        #expect(reply.status == 200)
        let count = reply.json["columnDefinitions"]?.array?.count ?? 0
        #expect(count >= 3)
        for row in reply.json["rows"]?.array ?? [] { #expect(row["cells"]?.array?.count == count) }
    }

    // Name, then status, expected READY, STATUS, RESTARTS.
    nonisolated static let cases:
        [(spec: String, status: String, ready: String, shown: String, restarts: String)] = [
            ("containers: [{name: a}]", "phase: Pending", "0/1", "Pending", "0"),
            (
                "containers: [{name: a}]",
                "phase: Pending\ncontainerStatuses: [{name: a, state: {waiting: {reason: ContainerCreating}}}]",
                "0/1", "ContainerCreating", "0"
            ),
            (
                "containers: [{name: a}, {name: b}]",
                "phase: Running\ncontainerStatuses: [{name: a, ready: true, state: {running: {}}}, {name: b, ready: false, restartCount: 3, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {finishedAt: '2024-01-01T00:00:00Z'}}}]",
                "1/2", "CrashLoopBackOff", "3 (10s ago)"
            ),
            (
                "containers: [{name: a}]\ninitContainers: [{name: i}, {name: j}, {name: s, restartPolicy: Always}]",
                "phase: Pending\ninitContainerStatuses: [{name: i, state: {terminated: {exitCode: 0}}}, {name: j, state: {running: {}}}]",
                "0/2", "Init:1/3", "0"
            ),
            (
                "containers: [{name: a}]\ninitContainers: [{name: s, restartPolicy: Always}, {name: j}]",
                "phase: Pending\ninitContainerStatuses: [{name: s, started: true, ready: true, restartCount: 2, state: {running: {}}}, {name: j, restartCount: 1, state: {terminated: {exitCode: 3, reason: Error}}}]",
                "1/2", "Init:Error", "3"
            ),
            (
                "containers: [{name: a}]\ninitContainers: [{name: j}]",
                "phase: Pending\ninitContainerStatuses: [{name: j, state: {terminated: {exitCode: 3}}}]",
                "0/1", "Init:ExitCode:3", "0"
            ),
            (
                "containers: [{name: a}]\ninitContainers: [{name: j}]",
                "phase: Pending\ninitContainerStatuses: [{name: j, state: {terminated: {exitCode: 137, signal: 9}}}]",
                "0/1", "Init:Signal:9", "0"
            ),
            (
                "containers: [{name: a}]\ninitContainers: [{name: j}]",
                "phase: Pending\ninitContainerStatuses: [{name: j, state: {waiting: {reason: CrashLoopBackOff}}}]",
                "0/1", "Init:CrashLoopBackOff", "0"
            ),
            (
                "containers: [{name: a}]\ninitContainers: [{name: j}]",
                "phase: Pending\ninitContainerStatuses: [{name: j, state: {waiting: {reason: PodInitializing}}}]",
                "0/1", "Init:0/1", "0"
            ),
            (
                "containers: [{name: a}]\ninitContainers: [{name: i}, {name: s, restartPolicy: Always}]",
                "phase: Running\ninitContainerStatuses: [{name: i, restartCount: 5, state: {terminated: {exitCode: 0}}}, {name: s, started: true, ready: true, restartCount: 1, state: {running: {}}}]\ncontainerStatuses: [{name: a, ready: true, state: {running: {}}}]",
                "2/2", "Running", "1"
            ),
            (
                "containers: [{name: a}]",
                "phase: Succeeded\ncontainerStatuses: [{name: a, state: {terminated: {exitCode: 0, reason: Completed}}}]",
                "0/1", "Completed", "0"
            ),
            (
                "containers: [{name: a}, {name: b}]",
                "phase: Running\nconditions: [{type: Ready, status: 'True'}]\ncontainerStatuses: [{name: a, state: {terminated: {exitCode: 0, reason: Completed}}}, {name: b, ready: true, state: {running: {}}}]",
                "1/2", "Running", "0"
            ),
            (
                "containers: [{name: a}, {name: b}]",
                "phase: Running\ncontainerStatuses: [{name: a, state: {terminated: {exitCode: 0, reason: Completed}}}, {name: b, ready: true, state: {running: {}}}]",
                "1/2", "NotReady", "0"
            ),
            (
                "containers: [{name: a}]", "phase: Failed\nreason: DeadlineExceeded", "0/1",
                "DeadlineExceeded", "0"
            ),
            (
                "containers: [{name: a}]",
                "phase: Failed\ncontainerStatuses: [{name: a, state: {terminated: {exitCode: 2}}}]",
                "0/1", "ExitCode:2", "0"
            ),
        ]

    @Test(arguments: 0..<cases.count)
    func `a pod's cells are those of kubectl`(index: Int) throws {
        let row = Self.cases[index]
        let cells = PodCells([
            "spec": try YAML.parse(row.spec), "status": try YAML.parse(row.status),
        ])
        let now = try #require(Timestamp(rfc3339: "2024-01-01T00:00:10Z"))
        #expect(
            [cells.ready, cells.status, cells.restarts(at: now)] == [
                row.ready, row.shown, row.restarts,
            ]
        )
    }

    @Test func `a deleted pod is terminating unless it has ended`() {
        let metadata: JSON = ["deletionTimestamp": "2024-01-01T00:00:00Z"]
        #expect(
            PodCells(["metadata": metadata, "status": ["phase": "Running"]]).status == "Terminating"
        )
        #expect(
            PodCells(["metadata": metadata, "status": ["phase": "Succeeded"]]).status == "Succeeded"
        )
        let gates: JSON = [
            "spec": ["readinessGates": [["conditionType": "x"], ["conditionType": "y"]]],
            "status": [
                "conditions": [["type": "x", "status": "True"]], "podIPs": [["ip": "10.0.0.2"]],
            ],
        ]
        #expect(PodCells(gates).readinessGates == "1/2" && PodCells(gates).address == "10.0.0.2")
    }
}
