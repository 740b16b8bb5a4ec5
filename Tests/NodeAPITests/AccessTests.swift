import Basics
import Formats
import ObjectStore
import Reactor
import Security
import Testing

@testable import NodeAPI

@MainLoop @Suite("Who may do what") struct AccessTests {
    let node: TestNode

    init() throws { node = try TestNode(credentials: Self.credentials()) }

    static func credentials() throws -> NodeCredentials {
        let now = Loop.main.moment.wall
        return NodeCredentials(
            authority: try CertificateAuthority(named: "test", life: .seconds(86_400), at: now),
            tokenKey: try SigningKey()
        )
    }

    private func call(
        _ method: String,
        _ path: String,
        as caller: Caller,
        _ body: JSON? = nil
    ) async -> TestNode.Reply {
        var request = APIRequest(
            method,
            path,
            contentType: body == nil ? "" : "application/json",
            body: body?.bytes() ?? []
        )
        request.caller = caller
        return await node.send(request)
    }

    static let jane = Caller(name: "jane", groups: ["dev", Caller.authenticated])

    @Test(arguments: [
        ("GET", "/api/v1/namespaces/a/pods", "list pods a"),
        ("GET", "/api/v1/namespaces/a/pods?watch=true", "watch pods a"),
        ("GET", "/api/v1/pods", "list pods "),
        ("GET", "/api/v1/namespaces/a/pods/p", "get pods a p"),
        ("GET", "/api/v1/namespaces/a/pods/p/log", "get pods/log a p"),
        ("POST", "/api/v1/namespaces/a/pods/p/exec", "create pods/exec a p"),
        ("POST", "/apis/apps/v1/namespaces/a/deployments", "create deployments.apps a"),
        (
            "PUT", "/apis/apps/v1/namespaces/a/deployments/d/scale",
            "update deployments/scale.apps a d"
        ),
        ("PATCH", "/api/v1/namespaces/a", "patch namespaces a a"),
        ("GET", "/api/v1/namespaces/a/status", "get namespaces/status a a"),
        ("DELETE", "/api/v1/namespaces/a/pods", "deletecollection pods a"),
        ("DELETE", "/api/v1/nodes/n", "delete nodes  n"),
        ("GET", "/version", "get /version"), ("GET", "/apis/apps/v1", "get /apis/apps/v1"),
        ("HEAD", "/", "head /"),
    ])
    func `a request is told by its path`(method: String, path: String, expected: String) {
        let wanted = AccessAttributes(APIRequest(method, path))
        var words = [wanted.verb]
        if wanted.isResource {
            let group = wanted.group.isEmpty ? "" : "." + wanted.group
            words += [wanted.qualifiedResource + group, wanted.namespace]
            if !wanted.name.isEmpty { words.append(wanted.name) }
        } else {
            words.append(wanted.path)
        }
        #expect(words.joined(separator: " ") == expected)
    }

    @Test func `strangers learn whether the engine is well, and no more`() async {
        for path in ["/livez", "/readyz", "/healthz", "/version"] {
            #expect(await call("GET", path, as: .anonymous).status == 200)
        }
        for path in ["/", "/api", "/apis", "/metrics", TestNode.pods, "/apis/remora/v1/node"] {
            let reply = await call("GET", path, as: .anonymous)
            #expect(reply.status == 401 && reply.json["reason"] == "Unauthorized", "\(path)")
        }
    }

    @Test func `users discover and ask about themselves, and no more`() async {
        for path in ["/api", "/api/v1", "/apis", "/apis/apps/v1", "/openapi/v3"] {
            #expect(await call("GET", path, as: Self.jane).status == 200)
        }
        for path in ["/metrics", "/api/v1/nodes", "/apis/remora/v1/images", TestNode.pods] {
            #expect(await call("GET", path, as: Self.jane).status == 403, "\(path)")
        }
        let refused = await call("GET", TestNode.pods + "/web", as: Self.jane)
        #expect(
            refused.json["message"]?.string
                == #"pods "web" is forbidden: User "jane" cannot get resource "pods" in API group "#
                + #""" in the namespace "default""#
        )
        #expect(await call("POST", "/apis/remora/v1/shutdown", as: Self.jane).status == 403)
        #expect(node.engine.stopped == nil)
    }

    private func role(_ rules: JSON, named name: String, in namespace: String? = nil) async {
        let group = "rbac.authorization.k8s.io"
        let kind = namespace == nil ? "ClusterRole" : "Role"
        let path = namespace.map { "namespaces/\($0)/roles" } ?? "clusterroles"
        let reply = await node.call(
            "POST",
            "/apis/\(group)/v1/\(path)",
            ["kind": .string(kind), "metadata": ["name": .string(name)], "rules": rules]
        )
        #expect(reply.status == 201, "\(reply.text)")
    }

    private func bind(
        _ role: String,
        _ kind: String,
        to subject: JSON,
        in namespace: String? = nil
    ) async {
        let path = namespace.map { "namespaces/\($0)/rolebindings" } ?? "clusterrolebindings"
        let reply = await node.call(
            "POST",
            "/apis/rbac.authorization.k8s.io/v1/\(path)",
            [
                "metadata": ["generateName": "b-"], "subjects": [subject],
                "roleRef": ["kind": .string(kind), "name": .string(role)],
            ]
        )
        #expect(reply.status == 201, "\(reply.text)")
    }

    @Test func `a role holds in its namespace`() async {
        await role(
            [["apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get", "list"]]],
            named: "reader",
            in: "default"
        )
        await bind("reader", "Role", to: ["kind": "User", "name": "jane"], in: "default")
        #expect(await call("GET", TestNode.pods, as: Self.jane).status == 200)
        #expect(await call("GET", "/api/v1/pods", as: Self.jane).status == 403)
        #expect(await call("POST", TestNode.pods, as: Self.jane, [:]).status == 403)
        let elsewhere = "/api/v1/namespaces/kube-system/pods"
        #expect(await call("GET", elsewhere, as: Self.jane).status == 403)
        #expect(await call("GET", TestNode.pods + "/x/log", as: Self.jane).status == 404)
        #expect(await call("GET", TestNode.pods + "/x/exec", as: Self.jane).status == 403)
    }

    @Test func `a cluster role holds where it is bound, for groups and accounts too`() async {
        await role(
            [
                [
                    "apiGroups": ["*"], "resources": ["configmaps"], "resourceNames": ["one"],
                    "verbs": ["get"],
                ],
                ["nonResourceURLs": ["/metrics", "/logs/*"], "verbs": ["get"]],
            ],
            named: "some"
        )
        await bind("some", "ClusterRole", to: ["kind": "Group", "name": "dev"])
        let path = "/api/v1/namespaces/default/configmaps"
        #expect(await call("GET", path + "/one", as: Self.jane).status == 404)
        #expect(await call("GET", path + "/two", as: Self.jane).status == 403)
        #expect(await call("GET", path, as: Self.jane).status == 403)
        #expect(await call("GET", "/metrics", as: Self.jane).status == 200)
        let account = Caller(
            name: "system:serviceaccount:a:robot",
            groups: [Caller.authenticated]
        )
        #expect(await call("GET", "/metrics", as: account).status == 403)
        let subject: JSON = ["kind": "ServiceAccount", "name": "robot", "namespace": "a"]
        await bind("some", "ClusterRole", to: subject)
        #expect(await call("GET", "/metrics", as: account).status == 200)
    }

    @Test func `a gathering cluster role has the rules of those that it selects`() async {
        let group = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
        let part: JSON = [
            "metadata": ["name": "part", "labels": ["into": "all"]],
            "rules": [["apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]]],
        ]
        #expect(await node.call("POST", group, part).status == 201)
        let whole: JSON = [
            "metadata": ["name": "whole"],
            "aggregationRule": ["clusterRoleSelectors": [["matchLabels": ["into": "all"]]]],
        ]
        #expect(await node.call("POST", group, whole).status == 201)
        await bind("whole", "ClusterRole", to: ["kind": "User", "name": "jane"])
        #expect(await call("GET", "/api/v1/nodes", as: Self.jane).status == 200)
    }

    @Test func `the usual cluster roles are there`() async {
        await bind("view", "ClusterRole", to: ["kind": "User", "name": "jane"], in: "default")
        #expect(await call("GET", TestNode.pods, as: Self.jane).status == 200)
        let secrets = "/api/v1/namespaces/default/secrets"
        #expect(await call("GET", secrets, as: Self.jane).status == 403)
        await bind("edit", "ClusterRole", to: ["kind": "User", "name": "jane"], in: "default")
        #expect(await call("GET", secrets, as: Self.jane).status == 200)
        let roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles"
        #expect(await call("GET", roles, as: Self.jane).status == 403)
        await bind("admin", "ClusterRole", to: ["kind": "User", "name": "jane"], in: "default")
        #expect(await call("GET", roles, as: Self.jane).status == 200)
        #expect(await call("GET", "/api/v1/nodes", as: Self.jane).status == 403)
        await bind("cluster-admin", "ClusterRole", to: ["kind": "User", "name": "jane"])
        #expect(await call("GET", "/api/v1/nodes", as: Self.jane).status == 200)
    }

    @Test func `a review says what a request would meet`() async {
        func allowed(_ kind: String, _ spec: JSON) async -> JSON? {
            let path = "/apis/authorization.k8s.io/v1/\(kind.lowercased())s"
            let reply = await call("POST", path, as: Self.jane, ["spec": spec])
            return reply.json["status"]?["allowed"]
        }
        let pods: JSON = ["verb": "list", "resource": "pods", "namespace": "default"]
        let kind = "SelfSubjectAccessReview"
        #expect(await allowed(kind, ["resourceAttributes": pods]) == false)
        await bind("view", "ClusterRole", to: ["kind": "User", "name": "jane"], in: "default")
        #expect(await allowed(kind, ["resourceAttributes": pods]) == true)
        let path: JSON = ["verb": "get", "path": "/version"]
        #expect(await allowed(kind, ["nonResourceAttributes": path]) == true)
        let both: JSON = ["resourceAttributes": pods, "nonResourceAttributes": path]
        #expect(await allowed(kind, both) == nil)
        // Only administrators may ask about others.
        let other: JSON = ["user": "jane", "resourceAttributes": pods]
        #expect(await allowed("SubjectAccessReview", other) == nil)
        let reviews = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        let answer = await node.call("POST", reviews, ["spec": other])
        #expect(answer.status == 201 && answer.json["status"]?["allowed"] == true)
        let whoami = await call(
            "POST",
            "/apis/authentication.k8s.io/v1/selfsubjectreviews",
            as: Self.jane,
            [:]
        )
        #expect(whoami.json["status"]?["userInfo"]?["username"] == "jane")
        let rules = await call(
            "POST",
            "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews",
            as: Self.jane,
            ["spec": ["namespace": "default"]]
        )
        let found = rules.json["status"]?["resourceRules"]?.array ?? []
        #expect(found.contains { $0["resources"]?.array?.contains("pods") == true })
        #expect(node.store.list(ObjectQuery("selfsubjectreviews")).isEmpty)
    }

    // MARK: Tokens

    private func bearer(_ token: String) throws(APIError) -> Caller {
        try node.api.caller(certificate: nil, authorization: "Bearer " + token)
    }

    private func requestToken(_ spec: JSON = [:], of account: String = "default") async
        -> TestNode.Reply
    {
        await node.call(
            "POST",
            "/api/v1/namespaces/default/serviceaccounts/\(account)/token",
            ["spec": spec]
        )
    }

    @Test func `a service account's token makes its bearer known`() async throws {
        let reply = await requestToken()
        #expect(reply.status == 201, "\(reply.text)")
        let token = try #require(reply.json["status"]?["token"]?.string)
        let caller = try bearer(token)
        #expect(caller.name == "system:serviceaccount:default:default")
        #expect(
            caller.groups == [
                "system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated",
            ]
        )
        #expect(throws: APIError.self) { try bearer(token + "x") }
        #expect(throws: APIError.self) { try bearer(String(token.dropLast(3)) + "AAA") }
        #expect(throws: APIError.self) { try bearer("") }
        #expect(throws: APIError.self) {
            try node.api.caller(certificate: nil, authorization: "Basic eDp5")
        }
        let review = await node.call(
            "POST",
            "/apis/authentication.k8s.io/v1/tokenreviews",
            ["spec": ["token": .string(token)]]
        )
        #expect(review.json["status"]?["authenticated"] == true)
        // The account goes, and comes again as another one.
        let path = "/api/v1/namespaces/default/serviceaccounts/default"
        let gone = await node.call("DELETE", path)
        #expect(gone.status == 200)
        let again = await node.call("GET", path)
        #expect(again.status == 200)
        #expect(again.json["metadata"]?["uid"] != gone.json["metadata"]?["uid"])
        #expect(throws: APIError.self) { try bearer(token) }
    }

    @Test func `a token is for its audience, and ends with its pod`() async throws {
        let vault = await requestToken(["audiences": ["vault"]])
        let other = try #require(vault.json["status"]?["token"]?.string)
        #expect(throws: APIError.self) { try bearer(other) }
        await node.pod()
        let bound: JSON = ["kind": "Pod", "apiVersion": "v1", "name": "web"]
        let reply = await requestToken(["boundObjectRef": bound])
        let token = try #require(reply.json["status"]?["token"]?.string)
        #expect(try bearer(token).extra["authentication.kubernetes.io/pod-name"] == ["web"])
        _ = await node.call("DELETE", TestNode.pods + "/web?gracePeriodSeconds=0")
        #expect(throws: APIError.self) { try bearer(token) }
        #expect(await requestToken(["boundObjectRef": bound]).status == 404)
        #expect(await requestToken(["expirationSeconds": 60]).status == 422)
        #expect(await requestToken(of: "nobody").status == 404)
    }

    @Test func `a token ends with its time`() throws {
        let key = try SigningKey()
        let start = Timestamp(seconds: 1_790_000_000)
        func tokens(_ seconds: Int) -> ServiceAccountTokens {
            ServiceAccountTokens(key: key, store: node.store, now: start + .seconds(seconds))
        }
        let wish = TokenWish(namespace: "default", account: "default")
        let (text, end) = try tokens(0).issue(wish)
        #expect(end == start + .seconds(3600))
        #expect(tokens(0).caller(of: text) != nil)
        #expect(tokens(3599).caller(of: text) != nil)
        #expect(tokens(3600).caller(of: text) == nil)
        // A clock that was set back does not make tokens hold that are not issued yet.
        #expect(tokens(-1).caller(of: text) == nil)
        let other = ServiceAccountTokens(key: try SigningKey(), store: node.store, now: start)
        #expect(other.caller(of: text) == nil)
    }

    @Test func `a pod has the pull secrets of its account, unless it names its own`() async {
        let path = "/api/v1/namespaces/default/serviceaccounts/default"
        let account: JSON = ["imagePullSecrets": [["name": "registry"]]]
        _ = await node.call("PATCH", path, account, type: "application/merge-patch+json")
        let plain = await node.pod("plain")
        #expect(plain.json["spec"]?["imagePullSecrets"] == [["name": "registry"]])
        let own = await node.pod("own") { $0["spec"]?["imagePullSecrets"] = [["name": "mine"]] }
        #expect(own.json["spec"]?["imagePullSecrets"] == [["name": "mine"]])
    }

    @Test func `administrators may be taken for others, and others may not`() throws {
        var wanted = Impersonation()
        wanted.user = "jane"
        wanted.groups = ["dev"]
        #expect(try node.api.impersonated(.node, wanted).name == "jane")
        #expect(
            try node.api.impersonated(.node, wanted).groups == ["dev", "system:authenticated"]
        )
        #expect(throws: APIError.self) { try node.api.impersonated(Self.jane, wanted) }
        wanted = Impersonation()
        wanted.user = "system:serviceaccount:a:b"
        #expect(
            try node.api.impersonated(.node, wanted).groups.contains("system:serviceaccounts:a")
        )
        wanted = Impersonation()
        wanted.groups = ["dev"]
        #expect(throws: APIError.self) { try node.api.impersonated(.node, wanted) }
    }
}
