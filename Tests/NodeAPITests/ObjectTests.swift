import Basics
import Formats
import ObjectStore
import Reactor
import Testing

@testable import NodeAPI

@MainLoop @Suite("Objects over the API") struct ObjectTests {
    let node: TestNode

    init() throws { node = try TestNode() }

    let web = TestNode.pods + "/web"

    @Test func `a pod is created with defaults, a node and a status`() async {
        let reply = await node.pod { $0["status"] = ["phase": "Running"] }
        #expect(reply.status == 201)
        #expect(reply.json["metadata"]?["namespace"] == "default")
        #expect(reply.json["spec"]?["nodeName"] == "box")
        #expect(reply.json["spec"]?["restartPolicy"] == "Always")
        #expect(
            reply.json.value(at: FieldPath("spec.containers")[0] + "imagePullPolicy") == "Always"
        )
        #expect(reply.json["status"] == ["phase": "Pending", "qosClass": "BestEffort"])
        let read = await node.call("GET", web)
        #expect(read.json == reply.json)
        #expect(read.json["kind"] == "Pod" && read.json["apiVersion"] == "v1")
    }

    @Test func `a body may lack kind, version and content type`() async {
        let body: JSON = ["metadata": ["name": "m"], "data": ["k": "v"]]
        let reply = await node.send(
            APIRequest("POST", "/api/v1/namespaces/default/configmaps", body: body.bytes())
        )
        #expect(reply.status == 201)
        #expect(reply.json["kind"] == "ConfigMap")
    }

    @Test func `the same name twice already exists`() async {
        await node.pod()
        let reply = await node.pod()
        #expect(reply.status == 409)
        #expect(
            reply.json == [
                "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
                "message": #"pods "web" already exists"#, "reason": "AlreadyExists",
                "details": ["name": "web", "kind": "pods"], "code": 409,
            ]
        )
    }

    @Test(arguments: [
        ("GET", "/api/v1/namespaces/default/pods/none", 404, #"pods "none" not found"#),
        (
            "GET", "/apis/apps/v1/namespaces/default/deployments/none", 404,
            #"deployments.apps "none" not found"#
        ),
        ("DELETE", "/api/v1/namespaces/default/pods/none", 404, #"pods "none" not found"#),
        (
            "GET", "/api/v1/namespaces/default/bogus", 404,
            "the server could not find the requested resource"
        ),
        ("GET", "/nonsense", 404, "the server could not find the requested resource"),
        (
            "PUT", "/api/v1/namespaces/default/pods", 405,
            "the server does not allow this method on the requested resource"
        ),
        (
            "POST", "/api/v1/pods", 405,
            "the server does not allow this method on the requested resource"
        ),
        (
            "DELETE", "/api/v1/nodes/box", 405,
            "the server does not allow this method on the requested resource"
        ),
        (
            "DELETE", "/api/v1/namespaces/default", 403,
            #"namespaces "default" is forbidden: this namespace may not be deleted"#
        ),
        ("GET", "/api/v1/pods?fieldSelector=a.b=c", 400, "field label not supported: a.b"),
        (
            "GET", "/api/v1/pods?watch=1&resourceVersion=x", 400,
            #"resourceVersion "x" was not issued by this server"#
        ),
        (
            "GET", "/api/v1/pods?watch=1&resourceVersion=99999", 410,
            "too old resource version: 99999 (1)"
        ),
        ("GET", "/api/v1/namespaces/default/pods/none/log", 404, #"pods "none" not found"#),
    ])
    func `a request that cannot be met has its status`(
        method: String,
        path: String,
        code: Int,
        message: String
    ) async {
        let reply = await node.call(method, path)
        #expect(reply.status == code)
        #expect(reply.json["message"]?.string == message)
        #expect(reply.json["code"]?.int == code && reply.json["status"] == "Failure")
    }

    @Test func `a namespace must exist and is furnished`() async {
        var reply = await node.call(
            "POST",
            "/api/v1/namespaces/none/configmaps",
            ["metadata": ["name": "a"]]
        )
        #expect(reply.status == 404 && reply.json["message"] == #"namespaces "none" not found"#)
        reply = await node.call("POST", "/api/v1/namespaces", ["metadata": ["name": "none"]])
        #expect(reply.status == 201 && reply.json["status"]?["phase"] == "Active")
        reply = await node.call("GET", "/api/v1/namespaces/none/serviceaccounts/default")
        #expect(reply.status == 200)
        reply = await node.call(
            "POST",
            "/api/v1/namespaces/none/configmaps",
            ["metadata": ["name": "a", "namespace": "other"]]
        )
        #expect(reply.status == 400)
    }

    @Test func `an invalid pod is refused with all causes`() async {
        let reply = await node.pod("Bad_Name") {
            $0["spec"]?["containers"] = [["name": "a"], ["name": "a", "image": "x"]]
        }
        #expect(reply.status == 422)
        #expect(reply.json["reason"] == "Invalid")
        let fields =
            reply.json["details"]?["causes"]?.array?.compactMap { $0["field"]?.string } ?? []
        #expect(fields.contains("metadata.name"))
        #expect(fields.contains("spec.containers[0].image"))
        #expect(fields.contains("spec.containers[1].name"))
        #expect(reply.json["message"]?.string?.hasPrefix(#"Pod "Bad_Name" is invalid: ["#) == true)
    }

    @Test func `unknown fields are judged as the request asks`() async {
        let path = TestNode.pods + "?fieldValidation="
        func pod(_ name: String) -> JSON {
            [
                "metadata": ["name": .string(name)],
                "spec": ["bogus": 1, "containers": [["name": "a", "image": "b"]]],
            ]
        }
        let strict = await node.call("POST", path + "Strict", pod("a"))
        #expect(strict.status == 400)
        #expect(
            strict.json["message"]?.string?.hasPrefix(
                #"Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.bogus""#
            ) == true
        )
        let warned = await node.call("POST", path + "Warn", pod("b"))
        #expect(warned.status == 201 && warned.warnings.contains { $0.contains("spec.bogus") })
        let ignored = await node.call("POST", path + "Ignore", pod("c"))
        #expect(ignored.status == 201 && ignored.warnings.isEmpty)
    }

    @Test(arguments: [
        ("{", "application/json", 400), ("[]", "application/json", 400),
        ("{\"a\":1,\"a\":2}", "application/json", 400),
        ("{}", "text/html", 415), (#"{"kind":"Secret"}"#, "application/json", 400),
        (#"{"apiVersion":"v2"}"#, "application/json", 400),
        (#"{"metadata":{"name":"x"},"spec":{"containers":3}}"#, "application/json", 400),
    ])
    func `a body that is no pod is refused`(body: String, type: String, code: Int) async {
        let reply = await node.send(
            APIRequest("POST", TestNode.pods, contentType: type, body: Array(body.utf8))
        )
        #expect(reply.status == code, "\(reply.text)")
    }

    @Test func `a dry run stores nothing`() async {
        let reply = await node.call(
            "POST",
            TestNode.pods + "?dryRun=All",
            ["metadata": ["name": "dry"], "spec": ["containers": [["name": "a", "image": "b"]]]]
        )
        #expect(reply.status == 201 && reply.json["metadata"]?["uid"] != nil)
        #expect(await node.call("GET", TestNode.pods + "/dry").status == 404)
    }

    @Test func `an update changes what may change`() async {
        var pod = await node.pod().json
        pod.set("two", at: FieldPath("spec.containers")[0] + "image")
        pod["status"] = ["phase": "Failed"]
        let reply = await node.call("PUT", web, pod)
        #expect(reply.status == 200, "\(reply.text)")
        #expect(reply.json["status"]?["phase"] == "Pending")
        #expect(reply.json["metadata"]?["generation"] == 2)
        let stale = await node.call("PUT", web, pod)
        #expect(stale.status == 409 && stale.json["reason"] == "Conflict")
        #expect(
            stale.json["message"]?.string?.hasPrefix(
                #"Operation cannot be fulfilled on pods "web": the object has been modified"#
            ) == true
        )
        var other = reply.json
        other["spec"]?["hostname"] = "x"
        let refused = await node.call("PUT", web, other)
        #expect(refused.status == 422)
        #expect(await node.call("PUT", TestNode.pods + "/other", reply.json).status == 404)
    }

    @Test func `status is written through its own path`() async {
        var pod = await node.pod().json
        pod["status"] = ["phase": "Running"]
        pod["metadata"]?["labels"] = ["a": "b"]
        let reply = await node.call("PUT", web + "/status", pod)
        #expect(reply.json["status"]?["phase"] == "Running")
        #expect(reply.json["metadata"]?["labels"] == nil)
        let patched = await node.call(
            "PATCH",
            web + "/status",
            ["status": ["message": "m"]],
            type: "application/merge-patch+json"
        )
        #expect(patched.json["status"] == ["phase": "Running", "message": "m"])
    }

    @Test func `patches of all three kinds are applied`() async {
        await node.pod()
        var reply = await node.call(
            "PATCH",
            web,
            ["metadata": ["labels": ["a": "1", "b": "2"]]],
            type: "application/merge-patch+json"
        )
        #expect(reply.json["metadata"]?["labels"] == ["a": "1", "b": "2"])
        reply = await node.call(
            "PATCH",
            web,
            [["op": "remove", "path": "/metadata/labels/a"]],
            type: "application/json-patch+json"
        )
        #expect(reply.json["metadata"]?["labels"] == ["b": "2"])
        reply = await node.call(
            "PATCH",
            web,
            ["spec": ["containers": [["name": "app", "image": "new"]]]],
            type: "application/strategic-merge-patch+json"
        )
        #expect(reply.json.value(at: FieldPath("spec.containers")[0] + "image") == "new")
        #expect(
            reply.json.value(at: FieldPath("spec.containers")[0] + "terminationMessagePath")
                == "/dev/termination-log"
        )
        reply = await node.call(
            "PATCH",
            web,
            [["op": "test", "path": "/kind", "value": "x"]],
            type: "application/json-patch+json"
        )
        #expect(reply.status == 422)
        reply = await node.call(
            "PATCH",
            web,
            ["metadata": ["resourceVersion": "1"]],
            type: "application/merge-patch+json"
        )
        #expect(reply.status == 409)
        let accounts = "/api/v1/namespaces/default/serviceaccounts"
        #expect(await node.call("POST", accounts, ["metadata": ["name": "A/b"]]).status == 422)
        let robot: JSON = ["metadata": ["name": "robot.1", "labels": [:], "annotations": [:]]]
        let made = await node.call("POST", accounts, robot)
        #expect(made.status == 201 && made.json["metadata"]?["annotations"] == nil)
        #expect(await node.call("POST", web + "/portforward").status == 400)
        reply = await node.call("PATCH", web, [:], type: "application/xml")
        #expect(reply.status == 415)
    }

    @Test func `a running pod is deleted in two phases`() async throws {
        await node.pod { $0["spec"]?["terminationGracePeriodSeconds"] = 7 }
        let reply = await node.call("DELETE", web, ["propagationPolicy": "Background"])
        #expect(reply.status == 200 && reply.json["kind"] == "Pod")
        #expect(reply.json["metadata"]?["deletionGracePeriodSeconds"] == 7)
        #expect(reply.json["metadata"]?["deletionTimestamp"] != nil)
        let shorter = await node.call("DELETE", web, ["gracePeriodSeconds": 2])
        #expect(shorter.json["metadata"]?["deletionGracePeriodSeconds"] == 2)
        let now = await node.call("DELETE", web + "?gracePeriodSeconds=0")
        #expect(now.status == 200 && now.json["kind"] == "Pod")
        #expect(await node.call("GET", web).status == 404)
    }

    @Test func `a finished pod goes at once, a negative grace is one second`() async throws {
        await node.pod()
        try node.setStatus(["phase": "Succeeded"])
        #expect(await node.call("DELETE", web).status == 200)
        #expect(await node.call("GET", web).status == 404)
        await node.pod()
        let reply = await node.call("DELETE", web, ["gracePeriodSeconds": -5])
        #expect(reply.json["metadata"]?["deletionGracePeriodSeconds"] == 1)
    }

    @Test func `preconditions and other kinds`() async {
        let made = await node.call(
            "POST",
            "/api/v1/namespaces/default/configmaps",
            ["metadata": ["name": "m"]]
        )
        let path = "/api/v1/namespaces/default/configmaps/m"
        #expect(await node.call("DELETE", path, ["preconditions": ["uid": "other"]]).status == 409)
        let reply = await node.call("DELETE", path)
        #expect(
            reply.json["status"] == "Success"
                && reply.json["details"]?["uid"] == made.json["metadata"]?["uid"]
        )
    }

    @Test func `a collection is deleted by selector`() async {
        await node.pod("a") { $0["metadata"]?["labels"] = ["x": "1"] }
        await node.pod("b") { $0["metadata"]?["labels"] = ["x": "1"] }
        await node.pod("c")
        let reply = await node.call(
            "DELETE",
            TestNode.pods + "?labelSelector=x=1&gracePeriodSeconds=0"
        )
        #expect(reply.json["items"]?.array?.count == 2)
        #expect(await node.call("GET", TestNode.pods).json["items"]?.array?.count == 1)
    }

    @Test func `lists are pages of one version`() async {
        for name in ["a", "b", "c"] { await node.pod(name) }
        let first = await node.call("GET", "/api/v1/pods?limit=2")
        #expect(first.json["kind"] == "PodList")
        #expect(first.json["items"]?.array?.count == 2)
        #expect(first.json["metadata"]?["remainingItemCount"] == 1)
        let token = first.json["metadata"]?["continue"]?.string ?? ""
        let request = APIRequest(
            "GET",
            "/api/v1/pods",
            query: [("limit", "2"), ("continue", token)]
        )
        let second = await node.send(request)
        #expect(
            second.json["items"]?.array?.compactMap { $0["metadata"]?["name"]?.string } == ["c"]
        )
        #expect(second.json["metadata"]?["continue"] == nil)
        #expect(
            second.json["metadata"]?["resourceVersion"]
                == first.json["metadata"]?["resourceVersion"]
        )
        let selected = await node.call(
            "GET",
            "/api/v1/pods?fieldSelector=metadata.name=b,status.phase!=Failed"
        )
        #expect(selected.json["items"]?.array?.count == 1)
    }

    @Test func `deployments are scaled through the scale form`() async {
        let deployment: JSON = [
            "metadata": ["name": "d"],
            "spec": [
                "selector": ["matchLabels": ["app": "d"]],
                "template": [
                    "metadata": ["labels": ["app": "d"]],
                    "spec": ["containers": [["name": "a", "image": "b"]]],
                ],
            ],
        ]
        let path = "/apis/apps/v1/namespaces/default/deployments"
        let made = await node.call("POST", path, deployment)
        #expect(made.status == 201 && made.json["spec"]?["replicas"] == 1, "\(made.text)")
        let scaled = await node.call(
            "PATCH",
            path + "/d/scale",
            ["spec": ["replicas": 3]],
            type: "application/merge-patch+json"
        )
        #expect(
            scaled.json["spec"]?["replicas"] == 3 && scaled.json["status"]?["selector"] == "app=d"
        )
        let read = await node.call("GET", path + "/d")
        #expect(read.json["spec"]?["replicas"] == 3 && read.json["metadata"]?["generation"] == 2)
        #expect(await node.call("PUT", path + "/d/scale", ["spec": ["replicas": -1]]).status == 400)
    }

    @Test func `a namespace that is deleted takes nothing new`() async throws {
        _ = await node.call("POST", "/api/v1/namespaces", ["metadata": ["name": "n"]])
        let reply = await node.call("DELETE", "/api/v1/namespaces/n")
        #expect(reply.json["status"]?["phase"] == "Terminating")
        let refused = await node.call(
            "POST",
            "/api/v1/namespaces/n/pods",
            ["metadata": ["name": "q"], "spec": ["containers": [["name": "a", "image": "b"]]]]
        )
        #expect(refused.status == 403)
        #expect(
            refused.json.value(at: FieldPath("details.causes")[0] + "reason")
                == "NamespaceTerminating"
        )
    }

    @Test func `orphans lose their owner and stay`() async throws {
        let base = "/api/v1/namespaces/default/configmaps"
        let owner = await node.call("POST", base, ["metadata": ["name": "o"]])
        let uid = owner.json["metadata"]?["uid"] ?? ""
        let reference: JSON = ["apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": uid]
        _ = await node.call(
            "POST",
            base,
            ["metadata": ["name": "d", "ownerReferences": [reference]]]
        )
        _ = await node.call("DELETE", base + "/o", ["propagationPolicy": "Orphan"])
        #expect(
            await node.call("GET", base + "/d").json["metadata"]?["ownerReferences"]?.array?.isEmpty
                != false
        )
    }

    @Test func `a pod is evicted`() async {
        await node.pod()
        let reply = await node.call(
            "POST",
            web + "/eviction",
            ["deleteOptions": ["gracePeriodSeconds": 3]]
        )
        #expect(reply.status == 201)
        #expect(await node.call("GET", web).json["metadata"]?["deletionGracePeriodSeconds"] == 3)
    }
}
