import Basics
import Formats
import Reactor
import Testing

@testable import NodeAPI

/// What clients do that a server easily gets wrong.
@MainLoop @Suite("Habits of clients") struct ClientHabitTests {
    let node: TestNode
    private static let deployments = "/apis/apps/v1/namespaces/default/deployments"
    private static let annotation = "kubectl.kubernetes.io/last-applied-configuration"

    init() throws { node = try TestNode() }

    private static let deployment: JSON = [
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": ["name": "web", "creationTimestamp": .null],
        "spec": [
            "selector": ["matchLabels": ["a": "b"]],
            "template": [
                "metadata": ["labels": ["a": "b"], "creationTimestamp": .null],
                "spec": ["containers": [["name": "a", "image": "x", "resources": [:]]]],
            ],
        ],
        "status": [:],
    ]

    @Test func `an empty status and a time of null do not get in`() async {
        let made = await node.call("POST", Self.deployments, Self.deployment)
        #expect(made.status == 201, "\(made.text)")
        #expect(made.json["metadata"]?["creationTimestamp"]?.string?.hasSuffix("Z") == true)
        let pod = await node.pod {
            $0["metadata"]?["creationTimestamp"] = .null
            $0["status"] = [:]
        }
        #expect(pod.json["status"]?["phase"] == "Pending")
        var again = pod.json
        again["status"] = [:]
        again["metadata"]?["creationTimestamp"] = .null
        let replaced = await node.call("PUT", TestNode.pods + "/web", again)
        #expect(replaced.json["status"]?["phase"] == "Pending")
        let time = replaced.json["metadata"]?["creationTimestamp"]
        #expect(time == pod.json["metadata"]?["creationTimestamp"])
    }

    @Test(arguments: ["timeout=32s", "pretty=true", "whatever=1&timeout=6m20s", "watch=false"])
    func `parameters that nobody knows change nothing`(query: String) async {
        await node.pod()
        let list = await node.call("GET", TestNode.pods + "?" + query)
        #expect(list.status == 200 && list.json["items"]?.array?.count == 1)
        let other = Self.deployments + "?" + query
        #expect(await node.call("POST", other, Self.deployment).status == 201)
    }

    @Test func `the last applied configuration survives byte for byte`() async {
        let text = "{\"a\":\"\\u003c\\\"é\\n\",  \"b\":1.0,\"c\":[ ]}\n"
        let note: JSON = ["metadata": ["annotations": [Self.annotation: .string(text)]]]
        var object = Self.deployment
        object["metadata"]?["annotations"] = note["metadata"]?["annotations"]
        _ = await node.call("POST", Self.deployments, object)
        for type in ["merge-patch", "strategic-merge-patch"] {
            let reply = await node.call(
                "PATCH",
                Self.deployments + "/web",
                ["metadata": ["labels": ["by": .string(type)]]],
                type: "application/\(type)+json"
            )
            #expect(reply.json["metadata"]?["annotations"]?[Self.annotation]?.string == text)
        }
        let read = await node.call("GET", Self.deployments + "/web")
        #expect(read.json["metadata"]?["annotations"]?[Self.annotation]?.string == text)
    }

    @Test func `the answer to a patch has the new generation, and no status that claims it`() async
    {
        _ = await node.call("POST", Self.deployments, Self.deployment)
        let path = Self.deployments + "/web"
        let merge = "application/merge-patch+json"
        let status: JSON = ["status": ["observedGeneration": 1]]
        _ = await node.call("PATCH", path + "/status", status, type: merge)
        let patched = await node.call("PATCH", path, ["spec": ["replicas": 3]], type: merge)
        #expect(patched.json["metadata"]?["generation"] == 2)
        #expect(patched.json["status"]?["observedGeneration"] == 1)
        let labels: JSON = ["metadata": ["labels": ["c": "d"]]]
        let labelled = await node.call("PATCH", path, labels, type: merge)
        #expect(labelled.json["metadata"]?["generation"] == 2)
    }

    @Test func `the version is one that clients can choose by`() async {
        let version = await node.call("GET", "/version/").json
        let text = version["gitVersion"]?.string ?? ""
        #expect(text.firstMatch(of: /^v(\d+)\.(\d+)\.(\d+)(\+[0-9A-Za-z.-]+)?$/) != nil)
        #expect(["32", "33"].contains(version["minor"]?.string ?? ""))
    }

    @Test func `a slice that was written without a name of its port has an empty one`() async {
        let path = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
        let made = await node.call(
            "POST",
            path,
            [
                "metadata": ["name": "own"], "addressType": "IPv4",
                "endpoints": [["addresses": ["10.0.0.1"]]], "ports": [["port": 80]],
            ]
        )
        #expect(made.status == 201, "\(made.text)")
        #expect(made.json["ports"]?[0]?["name"] == "")
    }

    @Test func `watches last while nothing happens, and tell the time that is asked for`() async {
        let start = Loop.main.now
        let reply = await node.call("GET", TestNode.pods + "?watch=1&timeoutSeconds=1")
        #expect(reply.status == 200 && reply.text.isEmpty)
        #expect(Loop.main.now - start >= .seconds(1))
    }
}
