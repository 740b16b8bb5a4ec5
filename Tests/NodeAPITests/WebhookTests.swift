import Basics
import Formats
import HTTP
import ObjectStore
import Reactor
import Security
import Testing

@testable import NodeAPI

/// A webhook over TLS that answers what the test says.
@MainLoop final class FakeWebhook {
    let authority: CertificateAuthority
    private(set) var reviews: [JSON] = []
    var answer: @MainLoop (JSON) async -> JSON = { _ in [:] }
    private var server: HTTPServer?
    private var work: Task<Void, Never>?

    init() throws {
        let now = Loop.main.moment.wall
        authority = try CertificateAuthority(named: "hooks", life: .seconds(3600), at: now)
        let leaf = try authority.issue(
            CertificateRequest(
                commonName: "hook",
                hosts: ["localhost", "127.0.0.1"],
                use: .server,
                life: .seconds(3600)
            ),
            at: now
        )
        let identity = TLSIdentity(
            certificates: leaf.certificate,
            privateKey: leaf.privateKey
        )
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        let server = HTTPServer(listener: listener, identity: identity) {
            [unowned self] request, responder in
            let review = (try? JSON.parse(try await request.body(limit: 1 << 20))) ?? .null
            reviews.append(review)
            var response = await answer(review["request"] ?? .null)
            response["uid"] = response["uid"] ?? review["request"]?["uid"]
            let body: JSON = [
                "kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1",
                "response": response,
            ]
            try await responder.respond(
                200,
                headers: ["Content-Type": "application/json"],
                body: body.bytes()
            )
        }
        self.server = server
        work = Task { @MainLoop in await server.run() }
    }

    func stop() async {
        server?.stop()
        await work?.value
    }

    var port: UInt16 { server?.port ?? 0 }

    /// A configuration that calls it for new pods.
    func configuration(
        _ name: String,
        _ change: (inout JSON) -> Void = { _ in }
    ) -> JSON {
        var webhook: JSON = [
            "name": .string("\(name).hooks.example"), "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
            "clientConfig": [
                "url": .string("https://localhost:\(port)/mutate"),
                "caBundle": .string(Base64.encode(Array(authority.certificate.utf8))),
            ],
            "rules": [
                [
                    "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"],
                    "resources": ["pods"],
                ]
            ],
        ]
        change(&webhook)
        return ["metadata": ["name": .string(name)], "webhooks": [webhook]]
    }

    /// An answer that adds a label.
    static func label(_ name: String, _ value: String) -> JSON {
        let patch: JSON = [
            ["op": "add", "path": "/metadata/labels", "value": [name: .string(value)]]
        ]
        return [
            "allowed": true, "patchType": "JSONPatch",
            "patch": .string(Base64.encode(patch.bytes())),
        ]
    }
}

@MainLoop @Suite("Mutating webhooks", .timeLimit(.minutes(1))) struct WebhookTests {
    let node: TestNode
    let hook: FakeWebhook
    static let path = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"

    init() throws {
        node = try TestNode()
        hook = try FakeWebhook()
    }

    private func configure(_ configuration: JSON) async {
        let reply = await node.call("POST", Self.path, configuration)
        #expect(reply.status == 201, "\(reply.text)")
    }

    @Test func `a new pod is what the webhook makes of it`() async throws {
        await configure(hook.configuration("one"))
        hook.answer = { _ in
            var answer = FakeWebhook.label("added", "yes")
            answer["warnings"] = ["look here"]
            return answer
        }
        let reply = await node.pod()
        #expect(reply.status == 201, "\(reply.text)")
        #expect(reply.json["metadata"]?["labels"] == ["added": "yes"])
        #expect(reply.warnings.contains("look here"))
        let request = try #require(hook.reviews.first?["request"])
        #expect(request["operation"] == "CREATE" && request["dryRun"] == false)
        #expect(request["resource"] == ["group": "", "version": "v1", "resource": "pods"])
        #expect(request["namespace"] == "default" && request["name"] == "web")
        #expect(request["userInfo"]?["username"] == "system:admin")
        #expect(request["object"]?["spec"]?["containers"]?[0]?["image"] == "remora/busybox")
        await hook.stop()
    }

    @Test func `what a webhook adds must be valid too`() async throws {
        await configure(hook.configuration("one"))
        hook.answer = { _ in FakeWebhook.label("not a label!", "x") }
        #expect(await node.pod().status == 422)
        await hook.stop()
    }

    @Test func `it is asked only for what its rules and selectors name`() async throws {
        await configure(
            hook.configuration("one") {
                $0["objectSelector"] = ["matchLabels": ["inject": "yes"]]
                $0["namespaceSelector"] = [
                    "matchExpressions": [
                        [
                            "key": "kubernetes.io/metadata.name", "operator": "In",
                            "values": ["default"],
                        ]
                    ]
                ]
            }
        )
        hook.answer = { _ in ["allowed": true] }
        await node.pod("plain")
        #expect(hook.reviews.isEmpty)
        let map: JSON = ["metadata": ["name": "m", "labels": ["inject": "yes"]]]
        _ = await node.call("POST", "/api/v1/namespaces/default/configmaps", map)
        #expect(hook.reviews.isEmpty)
        await node.pod("wanted") { $0["metadata"]?["labels"] = ["inject": "yes"] }
        #expect(hook.reviews.count == 1)
        await hook.stop()
    }

    @Test func `a refusal is the client's answer`() async throws {
        await configure(hook.configuration("one"))
        hook.answer = { _ in ["allowed": false, "status": ["message": "not today", "code": 403]] }
        let reply = await node.pod()
        #expect(reply.status == 403)
        #expect(
            reply.json["message"]
                == #"admission webhook "one.hooks.example" denied the request: not today"#
        )
        hook.answer = { _ in ["allowed": false] }
        let silent = await node.pod()
        #expect(silent.status == 400)
        #expect(silent.json["message"]?.string?.hasSuffix("without explanation") == true)
        #expect(node.store.count("pods") == 0)
        await hook.stop()
    }

    @Test(arguments: ["gone", "wrong uid", "bad patch", "slow", "stranger"])
    func `one that fails is a failure or is ignored, as it says`(fault: String) async throws {
        let other = try CertificateAuthority(
            named: "other",
            life: .seconds(60),
            at: Loop.main.moment.wall
        )
        func configuration(_ policy: JSON) -> JSON {
            hook.configuration("one") {
                $0["failurePolicy"] = policy
                $0["timeoutSeconds"] = 1
                guard fault == "stranger" else { return }
                let bundle = Base64.encode(Array(other.certificate.utf8))
                $0["clientConfig"]?["caBundle"] = .string(bundle)
            }
        }
        let fail = configuration("Fail")
        let ignore = configuration("Ignore")
        switch fault {
        case "wrong uid": hook.answer = { _ in ["uid": "other", "allowed": true] }
        case "bad patch":
            let patch = Base64.encode(Array(#"[{"op":"remove","path":"/no/such"}]"#.utf8))
            hook.answer = { _ in
                ["allowed": true, "patchType": "JSONPatch", "patch": .string(patch)]
            }
        case "slow":
            hook.answer = { _ in
                try? await Loop.main.sleep(for: .seconds(30))
                return ["allowed": true]
            }
        case "gone": await hook.stop()
        default: break
        }
        await configure(fail)
        let reply = await node.pod()
        #expect(reply.status == 500)
        let message = reply.json["message"]?.string ?? ""
        #expect(
            message.hasPrefix(
                #"Internal error occurred: failed calling webhook "one.hooks.example": "#
            ),
            "\(message)"
        )
        #expect(node.store.count("pods") == 0)
        #expect(await node.call("DELETE", Self.path + "/one").status == 200)
        await configure(ignore)
        let accepted = await node.pod()
        #expect(accepted.status == 201)
        #expect(accepted.warnings.contains { $0.hasSuffix("it is ignored") })
        await hook.stop()
    }

    @Test func `one that wants to see later changes is asked again once`() async throws {
        let first = try FakeWebhook()
        await configure(first.configuration("a") { $0["reinvocationPolicy"] = "IfNeeded" })
        await configure(hook.configuration("b") { $0["reinvocationPolicy"] = "IfNeeded" })
        first.answer = { _ in ["allowed": true] }
        hook.answer = { _ in FakeWebhook.label("b", "was-here") }
        let reply = await node.pod()
        #expect(reply.json["metadata"]?["labels"] == ["b": "was-here"], "\(reply.text)")
        #expect(first.reviews.count == 2 && hook.reviews.count == 1)
        #expect(first.reviews[1]["request"]?["object"]?["metadata"]?["labels"] != nil)
        await first.stop()
        await hook.stop()
    }

    @Test func `server-side apply asks as well, when it creates`() async throws {
        await configure(hook.configuration("one"))
        hook.answer = { _ in FakeWebhook.label("added", "yes") }
        let pod: JSON = [
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "web"],
            "spec": ["containers": [["name": "app", "image": "x"]]],
        ]
        for status in [201, 200] {
            let reply = await node.call(
                "PATCH",
                TestNode.pods + "/web?fieldManager=me",
                pod,
                type: "application/apply-patch+yaml"
            )
            #expect(reply.status == status, "\(reply.text)")
            #expect(reply.json["metadata"]?["labels"] == ["added": "yes"])
        }
        #expect(hook.reviews.count == 1)
        await hook.stop()
    }
}
