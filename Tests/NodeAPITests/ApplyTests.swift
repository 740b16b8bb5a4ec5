import Basics
import Formats
import ObjectStore
import Reactor
import Testing

@testable import NodeAPI

@MainLoop @Suite("Server-side apply over the API") struct ApplyTests {
    let node: TestNode
    let map = "/api/v1/namespaces/default/configmaps/m"

    init() throws { node = try TestNode() }

    private func apply(
        _ data: JSON,
        as manager: String = "me",
        _ options: String = "",
        to path: String? = nil
    ) async -> TestNode.Reply {
        await node.call(
            "PATCH",
            (path ?? map) + "?fieldManager=\(manager)\(options)",
            ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "m"], "data": data],
            type: "application/apply-patch+yaml"
        )
    }

    private func owners(_ reply: TestNode.Reply) -> [String: JSON] {
        var owners: [String: JSON] = [:]
        for entry in reply.json["metadata"]?["managedFields"]?.array ?? [] {
            let name = "\(entry["manager"]?.string ?? "") \(entry["operation"]?.string ?? "")"
            owners[name] = entry["fieldsV1"]
        }
        return owners
    }

    @Test func `an object is made, changed and left as it is`() async {
        let made = await apply(["a": "x"])
        #expect(made.status == 201 && made.json["data"] == ["a": "x"])
        #expect(owners(made) == ["me Apply": ["f:data": ["f:a": [:]]]])
        let entry = made.json["metadata"]?["managedFields"]?.array?.first
        #expect(entry?["apiVersion"] == "v1" && entry?["fieldsType"] == "FieldsV1")
        #expect(entry?["time"]?.string?.hasSuffix("Z") == true)
        let same = await apply(["a": "x"])
        #expect(same.status == 200 && same.json == made.json)
        let other = await apply(["b": "y"])
        #expect(other.json["data"] == ["b": "y"])
        #expect(other.json["metadata"]?["uid"] == made.json["metadata"]?["uid"])
    }

    @Test func `what another owns is a conflict until it is forced`() async {
        _ = await apply(["a": "x", "b": "y"])
        let refused = await apply(["a": "z", "b": "y"], as: "you")
        #expect(
            refused.json == [
                "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
                "message": #"Apply failed with 1 conflict: conflict with "me": .data.a"#,
                "reason": "Conflict",
                "details": [
                    "causes": [
                        [
                            "reason": "FieldManagerConflict",
                            "message": #"conflict with "me""#, "field": ".data.a",
                        ]
                    ]
                ],
                "code": 409,
            ]
        )
        let tried = await apply(["a": "z", "b": "y"], as: "you", "&force=true&dryRun=All")
        #expect(tried.status == 200 && tried.json["data"]?["a"] == "z")
        #expect(await node.call("GET", map).json["data"]?["a"] == "x")
        let forced = await apply(["a": "z", "b": "y"], as: "you", "&force=true")
        #expect(forced.json["data"] == ["a": "z", "b": "y"])
        #expect(
            owners(forced) == [
                "me Apply": ["f:data": ["f:b": [:]]],
                "you Apply": ["f:data": ["f:a": [:], "f:b": [:]]],
            ]
        )
    }

    @Test func `updates own what they change, under the name of the client`() async {
        let body: JSON = ["metadata": ["name": "m", "labels": ["l": "m"]], "data": ["a": "x"]]
        let made = await node.send(
            APIRequest(
                "POST",
                "/api/v1/namespaces/default/configmaps",
                userAgent: "kubectl/v1.32.4 (linux/amd64)",
                body: body.bytes()
            )
        )
        #expect(
            owners(made) == [
                "kubectl Update": [
                    "f:data": [".": [:], "f:a": [:]],
                    "f:metadata": ["f:labels": [".": [:], "f:l": [:]]],
                ]
            ]
        )
        let merge = "application/merge-patch+json"
        let patched = await node.call(
            "PATCH",
            map + "?fieldManager=editor",
            ["data": ["a": "y", "b": "z"]],
            type: merge
        )
        #expect(owners(patched)["editor Update"] == ["f:data": ["f:a": [:], "f:b": [:]]])
        #expect(owners(patched)["kubectl Update"]?["f:data"] == [:])
        let refused = await apply(["b": "w"])
        #expect(
            refused.json["message"]
                == #"Apply failed with 1 conflict: conflict with "editor" using v1: .data.b"#
        )
        let same = await node.call("PATCH", map, ["data": ["a": "y"]], type: merge)
        #expect(same.json == patched.json)
    }

    @Test func `a status is owned apart, and nobody owns it through the object`() async throws {
        _ = await node.pod()
        let status: JSON = ["status": ["phase": "Running", "message": "up"]]
        let merge = "application/merge-patch+json"
        let web = TestNode.pods + "/web"
        let path = web + "/status?fieldManager=kubelet"
        let reply = await node.call("PATCH", path, status, type: merge)
        let entries = reply.json["metadata"]?["managedFields"]?.array ?? []
        let entry = try #require(entries.first { $0["manager"] == "kubelet" })
        #expect(entry["subresource"] == "status")
        #expect(entry["fieldsV1"] == ["f:status": ["f:message": [:], "f:phase": [:]]])
        let label = await node.call(
            "PATCH",
            web + "?fieldManager=me",
            [
                "apiVersion": "v1", "kind": "Pod", "metadata": ["labels": ["a": "b"]],
                "status": ["phase": "Failed"],
            ],
            type: "application/apply-patch+yaml"
        )
        #expect(label.json["status"]?["phase"] == "Running")
        #expect(owners(label)["me Apply"] == ["f:metadata": ["f:labels": ["f:a": [:]]]])
    }

    @Test func `who scaled owns the replicas`() async {
        let apps = "/apis/apps/v1/namespaces/default/deployments"
        let template: JSON = [
            "metadata": ["labels": ["a": "b"]],
            "spec": ["containers": [["name": "c", "image": "i"]]],
        ]
        func deployment(_ replicas: JSON?) -> JSON {
            var body: JSON = [
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "d"],
                "spec": ["selector": ["matchLabels": ["a": "b"]], "template": template],
            ]
            body["spec"]?["replicas"] = replicas
            return body
        }
        let path = apps + "/d?fieldManager=me"
        let type = "application/apply-patch+yaml"
        #expect(await node.call("PATCH", path, deployment(2), type: type).status == 201)
        let scale = apps + "/d/scale?fieldManager=scaler"
        let merge = "application/merge-patch+json"
        let scaled = await node.call("PATCH", scale, ["spec": ["replicas": 4]], type: merge)
        #expect(scaled.status == 200)
        let refused = await node.call("PATCH", path, deployment(2), type: type)
        #expect(
            refused.json["message"]?.string?.hasSuffix(
                #"conflict with "scaler" with subresource "scale" using apps/v1: .spec.replicas"#
            ) == true
        )
        let kept = await node.call("PATCH", path, deployment(nil), type: type)
        #expect(kept.json["spec"]?["replicas"] == 4)
    }

    @Test func `managed fields that a client writes are taken, and emptied ones removed`() async {
        _ = await apply(["a": "x"])
        let entries: JSON = [
            [
                "manager": "legacy", "operation": "Update", "apiVersion": "v1",
                "fieldsType": "FieldsV1", "fieldsV1": ["f:data": ["f:a": [:]]],
            ]
        ]
        func write(_ value: JSON) async -> TestNode.Reply {
            await node.call(
                "PATCH",
                map + "?fieldManager=writer",
                [["op": "replace", "path": "/metadata/managedFields", "value": value]],
                type: "application/json-patch+json"
            )
        }
        #expect(owners(await write(entries)) == ["legacy Update": ["f:data": ["f:a": [:]]]])
        let bad = await write([["manager": "x", "operation": "Steal"]])
        #expect(bad.status == 422)
        let none = await write([[:]])
        #expect(none.status == 200 && none.json["metadata"]?["managedFields"] == nil)
        // From before there were owners.
        let refused = await apply(["a": "y"])
        #expect(
            refused.json["message"]?.string?.hasSuffix(
                #"conflict with "before-first-apply" using v1: .data.a"#
            ) == true
        )
    }

    @Test func `kubectl takes over what it applied on the client`() async {
        let last =
            #"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m"},"data":{"a":"x","b":"y"}}"#
        let annotation = "kubectl.kubernetes.io/last-applied-configuration"
        let body: JSON = [
            "metadata": ["name": "m", "annotations": [annotation: .string(last)]],
            "data": ["a": "x", "b": "y"],
        ]
        let maps = "/api/v1/namespaces/default/configmaps?fieldManager=kubectl-client-side-apply"
        #expect(await node.call("POST", maps, body).status == 201)
        #expect(await apply(["a": "z", "b": "y"], as: "other").status == 409)
        let taken = await apply(["a": "z", "b": "y"], as: "kubectl")
        #expect(taken.status == 200 && taken.json["data"]?["a"] == "z")
        let text = taken.json["metadata"]?["annotations"]?[annotation]?.string ?? ""
        #expect(text.contains(#""a":"z""#))
        // A value that somebody changed meanwhile is theirs.
        let merge = "application/merge-patch+json"
        _ = await node.call(
            "PATCH",
            map + "?fieldManager=editor",
            ["data": ["b": "edited"]],
            type: merge
        )
        let refused = await apply(["a": "z", "b": "mine"], as: "kubectl")
        #expect(refused.json["message"]?.string?.hasSuffix(#""editor" using v1: .data.b"#) == true)
    }

    @Test(
        arguments: [
            ("", ["data": [:]], 422, "fieldManager: Required value: is required for apply patch"),
            (
                "?fieldManager=me", ["metadata": ["name": "other"]], 400,
                "does not match the name on"
            ),
            (
                "?fieldManager=me", ["metadata": ["managedFields": [["manager": "x"]]]], 400,
                "metadata.managedFields must be nil"
            ),
            ("?fieldManager=me", ["kind": "Pod"], 400, "does not match the expected kind"),
            (
                "?fieldManager=me&fieldValidation=Strict", ["dat": [:]], 400,
                #"strict decoding error: unknown field "dat""#
            ),
            ("?fieldManager=" + String(repeating: "x", count: 129), [:], 422, "Too long"),
            ("?fieldManager=a%0Ab", [:], 422, "printable"),
            ("?fieldManager=me", ["metadata": ["resourceVersion": "1"]], 409, "has been modified"),
            ("?fieldManager=me", ["metadata": ["uid": "1"]], 422, "field is immutable"),
        ] as [(String, JSON, Int, String)]
    )
    func `what cannot be applied says why`(
        _ query: String,
        _ body: JSON,
        _ code: Int,
        _ why: String
    ) async {
        _ = await apply(["a": "x"], as: "first")
        let decoded = query.replacing("%0A", with: "\n")
        let reply = await node.call(
            "PATCH",
            map + decoded,
            body,
            type: "application/apply-patch+yaml"
        )
        #expect(reply.status == code, "\(reply.text)")
        #expect(reply.json["message"]?.string?.contains(why) == true, "\(reply.text)")
    }

    @Test func `only an apply can be forced, and a status only of what is there`() async {
        _ = await apply(["a": "x"])
        let merge = "application/merge-patch+json"
        let reply = await node.call("PATCH", map + "?force=true", [:], type: merge)
        #expect(reply.status == 422)
        #expect(reply.json["message"]?.string?.contains("force: Forbidden") == true)
        let missing = await node.call(
            "PATCH",
            TestNode.pods + "/none/status?fieldManager=me",
            ["status": [:]],
            type: "application/apply-patch+yaml"
        )
        #expect(missing.status == 404)
    }
}
