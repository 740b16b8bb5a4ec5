import Formats
import ObjectStore
import Reactor
import Testing

@testable import NodeAPI

@MainLoop @Suite("Resources of running pods over the API") struct ResizeTests {
    let node: TestNode
    let path = TestNode.pods + "/web/resize"

    init() throws { node = try TestNode() }

    private func make() async {
        await node.pod {
            $0["spec"]?["containers"]?[0]?["resources"] = [
                "requests": ["cpu": "100m", "memory": "64Mi"], "limits": ["memory": "128Mi"],
            ]
            $0["spec"]?["initContainers"] = [
                ["name": "init", "image": "b", "resources": ["requests": ["cpu": "1"]]]
            ]
        }
    }

    private func patch(_ container: JSON, _ list: String = "containers") async -> TestNode.Reply {
        await node.call(
            "PATCH",
            path,
            ["spec": [list: [container]]],
            type: "application/strategic-merge-patch+json"
        )
    }

    @Test func `requests and limits change, and nothing else`() async throws {
        await make()
        let reply = await patch([
            "name": "app", "image": "other",
            "resources": ["requests": ["cpu": "200m"], "limits": ["cpu": "1"]],
        ])
        #expect(reply.status == 200, "\(reply.text)")
        let container = reply.json["spec"]?["containers"]?[0]
        #expect(container?["image"] == "remora/busybox")
        #expect(
            container?["resources"] == [
                "requests": ["cpu": "200m", "memory": "64Mi"],
                "limits": ["memory": "128Mi", "cpu": "1"],
            ]
        )
        #expect(reply.json["metadata"]?["generation"] == 2)
        #expect(await node.call("GET", path).json["metadata"]?["name"] == "web")
        // Elsewhere they stay fixed.
        let pod: JSON = ["spec": ["containers": [["name": "app", "resources": [:]]]]]
        let merge = "application/strategic-merge-patch+json"
        let update: JSON = [
            "spec": ["containers": [["name": "app", "resources": ["requests": ["cpu": "1"]]]]]
        ]
        #expect(await node.call("PATCH", TestNode.pods + "/web", update, type: merge).status == 422)
        #expect(await node.call("PATCH", TestNode.pods + "/web", pod, type: merge).status == 200)
    }

    @Test func `the limits of the namespace hold for it`() async throws {
        await make()
        let base = "/api/v1/namespaces/default/"
        let range: JSON = [
            "apiVersion": "v1", "kind": "LimitRange", "metadata": ["name": "range"],
            "spec": ["limits": [["type": "Container", "max": ["cpu": "2"]]]],
        ]
        #expect(await node.call("POST", base + "limitranges", range).status == 201)
        var reply = await patch(["name": "app", "resources": ["limits": ["cpu": "3"]]])
        #expect(reply.status == 403)
        #expect(reply.json["message"]?.string?.contains("maximum cpu usage per Container") == true)
        #expect(await node.call("DELETE", base + "limitranges/range").status == 200)
        let quota: JSON = [
            "apiVersion": "v1", "kind": "ResourceQuota", "metadata": ["name": "quota"],
            "spec": ["hard": ["requests.memory": "100Mi"]],
        ]
        #expect(await node.call("POST", base + "resourcequotas", quota).status == 201)
        reply = await patch(["name": "app", "resources": ["requests": ["memory": "120Mi"]]])
        #expect(reply.status == 403)
        #expect(reply.json["message"]?.string?.contains("exceeded quota: quota") == true)
        reply = await patch(["name": "app", "resources": ["requests": ["memory": "80Mi"]]])
        #expect(reply.status == 200, "\(reply.text)")
    }

    @Test(
        arguments: [
            (
                "containers", ["name": "app", "resources": ["requests": ["cpu": JSON.null]]],
                "spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed"
            ),
            (
                "containers", ["name": "app", "resources": ["limits": ["memory": JSON.null]]],
                "spec.containers[0].resources.limits: Forbidden: resource limits cannot be removed"
            ),
            (
                "containers",
                [
                    "name": "app",
                    "resources": [
                        "requests": ["cpu": "1", "memory": "128Mi"], "limits": ["cpu": "1"],
                    ],
                ],
                "spec: Invalid value: \"Guaranteed\": Pod QOS Class may not change as a result of resizing"
            ),
            (
                "containers",
                ["name": "app", "resources": ["requests": ["ephemeral-storage": "1Gi"]]],
                "Forbidden: only cpu and memory resources are mutable"
            ),
            (
                "initContainers", ["name": "init", "resources": ["requests": ["cpu": "2"]]],
                "Forbidden: resources for non-sidecar init containers are immutable"
            ),
            (
                "containers", ["name": "app", "resources": ["requests": ["memory": "1Gi"]]],
                "must be less than or equal to memory limit"
            ),
        ] as [(String, JSON, String)]
    )
    func `what may not change is refused`(
        list: String,
        container: JSON,
        message: String
    ) async throws {
        await make()
        if message.contains("Guaranteed") {
            // Without its init container the pod can become one of that class.
            await node.pod("web2")
            _ = await node.call("DELETE", TestNode.pods + "/web?gracePeriodSeconds=0")
            await node.pod {
                $0["spec"]?["containers"]?[0]?["resources"] = [
                    "requests": ["cpu": "100m", "memory": "64Mi"], "limits": ["memory": "128Mi"],
                ]
            }
        }
        let reply = await patch(container, list)
        #expect(reply.status == 422)
        #expect(reply.json["message"]?.string?.contains(message) == true, "\(reply.text)")
    }
}
