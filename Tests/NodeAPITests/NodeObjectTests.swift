import Basics
import Formats
import ObjectStore
import Reactor
import Testing

@testable import NodeAPI

@MainLoop @Suite("The node's object") struct NodeObjectTests {
    private static let path = "/api/v1/nodes/box"
    private static let strategic = "application/strategic-merge-patch+json"
    private static let merge = "application/merge-patch+json"

    @Test func `it is cordoned, tainted and labelled by patches`() async throws {
        let node = try TestNode()
        let closed = await node.call(
            "PATCH",
            Self.path,
            ["spec": ["unschedulable": true]],
            type: Self.strategic
        )
        #expect(closed.status == 200, "\(closed.text)")
        let taint = closed.json["spec"]?["taints"]?[0]
        #expect(taint?["key"] == "node.kubernetes.io/unschedulable")
        let labelled = await node.call(
            "PATCH",
            Self.path,
            ["metadata": ["labels": ["disk": "fast"]]],
            type: Self.merge
        )
        #expect(labelled.json["metadata"]?["labels"]?["disk"] == "fast")
        #expect(labelled.json["metadata"]?["labels"]?["kubernetes.io/hostname"] == "box")
        // kubectl uncordon.
        let open = await node.call(
            "PATCH",
            Self.path,
            ["spec": ["unschedulable": .null]],
            type: Self.strategic
        )
        #expect(open.json["spec"] == [:], "\(open.text)")
    }

    @Test(arguments: [
        (
            #"{"taints": [{"key": "a b", "effect": "NoSchedule"}]}"#,
            "spec.taints[0].key: Invalid value"
        ),
        (
            #"{"taints": [{"key": "a", "effect": "Never"}]}"#,
            "spec.taints[0].effect: Unsupported value: \"Never\""
        ),
        (
            #"{"taints": [{"key": "a", "effect": "NoSchedule"}, {"key": "a", "effect": "NoSchedule", "value": "b"}]}"#,
            "spec.taints[1]: Duplicate value: \"a:NoSchedule\""
        ),
        (#"{"podCIDR": "10.0.0.0/8"}"#, "node updates may only change labels, taints"),
    ])
    func `what a node cannot have is refused`(spec: String, message: String) async throws {
        let node = try TestNode()
        let reply = await node.call(
            "PATCH",
            Self.path,
            ["spec": try JSON.parse(spec)],
            type: Self.merge
        )
        #expect(reply.status == 422)
        #expect(reply.json["message"]?.string?.contains(message) == true, "\(reply.text)")
    }

    @Test func `what clients wrote outlives the engine, and what the engine says is renewed`()
        async throws
    {
        let store = try ObjectStore(path: ":memory:")
        let first = try TestNode(on: store)
        let patch: JSON = [
            "metadata": [
                "labels": ["disk": "fast", "kubernetes.io/os": "beos"],
                "annotations": ["note": "x"],
            ],
            "spec": ["unschedulable": true],
        ]
        _ = await first.call("PATCH", Self.path, patch, type: Self.merge)
        let second = try TestNode(on: store)
        let node = await second.call("GET", Self.path).json
        #expect(node["metadata"]?["labels"]?["disk"] == "fast")
        #expect(node["metadata"]?["labels"]?["kubernetes.io/os"] == "linux")
        #expect(node["metadata"]?["annotations"]?["note"] == "x")
        #expect(node["spec"]?["unschedulable"] == true)
        #expect(node["status"]?["conditions"]?[0]?["type"] == "Ready")
    }

    @Test func `a pod that the node does not take has no place, and nothing to ask of it`()
        async throws
    {
        let node = try TestNode()
        _ = await node.call(
            "PATCH",
            Self.path,
            ["spec": ["unschedulable": true]],
            type: Self.merge
        )
        let pod = await node.pod()
        #expect(pod.status == 201 && pod.json["spec"]?["nodeName"] == nil)
        for path in ["/log", "/exec?command=ls&stdout=true"] {
            let reply = await node.call("GET", TestNode.pods + "/web" + path)
            #expect(reply.status == 400)
            #expect(reply.json["message"] == "pod web does not have a host assigned")
        }
        // Nothing of it runs: it goes at once.
        _ = await node.call("DELETE", TestNode.pods + "/web")
        #expect(await node.call("GET", TestNode.pods + "/web").status == 404)
        let placed = await node.pod("own") { $0["spec"]?["nodeName"] = "box" }
        #expect(placed.json["spec"]?["nodeName"] == "box")
        let hardy = await node.pod("hardy") {
            $0["spec"]?["tolerations"] = [["operator": "Exists"]]
        }
        #expect(hardy.json["spec"]?["nodeName"] == "box")
    }

    @Test func `a list of taints is replaced as a whole`() async throws {
        let node = try TestNode()
        func patch(_ keys: String...) async -> JSON? {
            let taints = keys.map { ["key": .string($0), "effect": "NoSchedule"] as JSON }
            let reply = await node.call(
                "PATCH",
                Self.path,
                ["spec": ["taints": .array(taints)]],
                type: Self.strategic
            )
            return reply.json["spec"]?["taints"]
        }
        #expect(await patch("a", "b")?.array?.count == 2)
        #expect(await patch("b") == [["key": "b", "effect": "NoSchedule"]])
    }

    @Test func `webhooks are merged by their names`() async throws {
        let node = try TestNode()
        let path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
        let hook: JSON = [
            "name": "a.b.c", "sideEffects": "None", "admissionReviewVersions": ["v1"],
            "clientConfig": ["url": "https://127.0.0.1/x"],
        ]
        let made = await node.call("POST", path, ["metadata": ["name": "w"], "webhooks": [hook]])
        #expect(made.status == 201, "\(made.text)")
        let patched = await node.call(
            "PATCH",
            path + "/w",
            ["webhooks": [["name": "a.b.c", "timeoutSeconds": 3]]],
            type: Self.strategic
        )
        #expect(patched.status == 200, "\(patched.text)")
        #expect(patched.json["webhooks"]?[0]?["timeoutSeconds"] == 3)
        #expect(patched.json["webhooks"]?[0]?["sideEffects"] == "None")
    }

    @Test func `gates may be taken off a pod and not put on`() async throws {
        let node = try TestNode()
        await node.pod { $0["spec"]?["schedulingGates"] = [["name": "a"], ["name": "b"]] }
        let path = TestNode.pods + "/web"
        let json = "application/json-patch+json"
        let removed = await node.call(
            "PATCH",
            path,
            [["op": "remove", "path": "/spec/schedulingGates/0"]],
            type: json
        )
        #expect(removed.status == 200, "\(removed.text)")
        #expect(removed.json["spec"]?["schedulingGates"] == [["name": "b"]])
        let added = await node.call(
            "PATCH",
            path,
            [["op": "add", "path": "/spec/schedulingGates/0", "value": ["name": "c"]]],
            type: json
        )
        let message = added.json["message"]?.string ?? ""
        #expect(message.contains("only deletion is allowed, but found new scheduling gate 'c'"))
    }
}
