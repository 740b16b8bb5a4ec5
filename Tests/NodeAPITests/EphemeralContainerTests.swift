import Formats
import ObjectStore
import Reactor
import Testing

@testable import NodeAPI

@MainLoop @Suite("Ephemeral containers over the API") struct EphemeralContainerTests {
    let node: TestNode
    let path = TestNode.pods + "/web/ephemeralcontainers"
    let strategic = "application/strategic-merge-patch+json"

    init() throws { node = try TestNode() }

    private func add(_ container: JSON) async -> TestNode.Reply {
        await node.call(
            "PATCH",
            path,
            ["spec": ["ephemeralContainers": [container]]],
            type: strategic
        )
    }

    private func names(_ reply: TestNode.Reply) -> [String] {
        reply.json["spec"]?["ephemeralContainers"]?.array?.compactMap { $0["name"]?.string } ?? []
    }

    @Test func `they are added one after the other, with their defaults`() async throws {
        let made = await node.pod()
        #expect(await node.call("GET", path).json["metadata"]?["name"] == "web")
        let first = await add(["name": "one", "image": "b", "targetContainerName": "app"])
        #expect(first.status == 200, "\(first.text)")
        #expect(names(first) == ["one"])
        let shown = first.json["spec"]?["ephemeralContainers"]?[0]
        #expect(shown?["terminationMessagePath"] == "/dev/termination-log")
        #expect(shown?["imagePullPolicy"] == "Always" && shown?["targetContainerName"] == "app")
        let generation = { (json: JSON) in json["metadata"]?["generation"]?.int ?? 0 }
        #expect(generation(first.json) == generation(made.json) + 1)
        // A strategic patch puts what is new in front; here it stays behind what runs already.
        #expect(names(await add(["name": "two", "image": "b"])) == ["one", "two"])
        let manager = first.json["metadata"]?["managedFields"]?.array?.last
        #expect(manager?["subresource"] == "ephemeralcontainers")
    }

    @Test func `nothing else of the pod is changed`() async throws {
        await node.pod()
        var pod = await node.call("GET", path).json
        pod["spec"]?["containers"]?[0]?["image"] = "other"
        pod["metadata"]?["labels"] = ["a": "b"]
        pod["spec"]?["ephemeralContainers"] = [["name": "one", "image": "b"]]
        let reply = await node.call("PUT", path, pod)
        #expect(reply.status == 200 && names(reply) == ["one"])
        #expect(reply.json["spec"]?["containers"]?[0]?["image"] == "remora/busybox")
        #expect(reply.json["metadata"]?["labels"] == nil)
        // The version is that of before.
        #expect(await node.call("PUT", path, pod).status == 409)
        // An ordinary change of the pod leaves them alone.
        let label: JSON = ["metadata": ["labels": ["c": "d"]]]
        let merge = "application/merge-patch+json"
        let labelled = await node.call("PATCH", TestNode.pods + "/web", label, type: merge)
        #expect(labelled.status == 200 && names(labelled) == ["one"])
    }

    @Test(
        arguments: [
            (
                ["name": "two", "image": "b", "ports": [["containerPort": 80]]],
                "spec.ephemeralContainers[1].ports: Forbidden: cannot be set for an Ephemeral Container"
            ),
            (
                ["name": "two", "image": "b", "resources": ["limits": ["cpu": "1"]]],
                "spec.ephemeralContainers[1].resources: Forbidden: cannot be set for an Ephemeral"
            ),
            (
                [
                    "name": "two", "image": "b",
                    "livenessProbe": ["exec": ["command": ["true"]]],
                ],
                "spec.ephemeralContainers[1].livenessProbe: Forbidden: cannot be set"
            ),
            (
                ["name": "two", "image": "b", "targetContainerName": "none"],
                "spec.ephemeralContainers[1].targetContainerName: Not found: \"none\""
            ),
            (
                ["name": "app", "image": "b"],
                "spec.ephemeralContainers[1].name: Duplicate value: \"app\""
            ),
            (["name": "two"], "spec.ephemeralContainers[1].image: Required value"),
            (
                ["name": "one", "image": "c"],
                "existing ephemeral containers \"one\" may not be changed"
            ),
        ] as [(JSON, String)]
    )
    func `what may not be added is refused`(container: JSON, message: String) async throws {
        await node.pod()
        #expect(await add(["name": "one", "image": "b"]).status == 200)
        let reply = await add(container)
        #expect(reply.status == 422)
        #expect(reply.json["message"]?.string?.contains(message) == true, "\(reply.text)")
    }

    @Test func `they cannot be removed, nor be made with the pod`() async throws {
        await node.pod()
        #expect(await add(["name": "one", "image": "b"]).status == 200)
        let patch: JSON = [["op": "remove", "path": "/spec/ephemeralContainers"]]
        let reply = await node.call("PATCH", path, patch, type: "application/json-patch+json")
        #expect(reply.status == 422)
        let message = reply.json["message"]?.string ?? ""
        #expect(message.contains("existing ephemeral containers \"one\" may not be removed"))
        #expect(await node.call("POST", path, [:]).status == 405)
        #expect(await node.call("GET", TestNode.pods + "/none/ephemeralcontainers").status == 404)
        let other = await node.pod("other") {
            $0["spec"]?["ephemeralContainers"] = [["name": "one", "image": "b"]]
        }
        #expect(other.status == 422)
    }
}
