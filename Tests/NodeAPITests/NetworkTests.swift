import Basics
import Formats
import Foundation
import HTTP
import Reactor
import Security
import System
import Testing

@testable import NodeAPI

@MainLoop @Suite("The API over TLS", .timeLimit(.minutes(1))) struct NetworkTests {
    let node: TestNode
    let credentials: NodeCredentials
    let server: HTTPServer

    init() throws {
        let credentials = try AccessTests.credentials()
        let node = try TestNode(credentials: credentials)
        let leaf = try credentials.authority.issue(
            CertificateRequest(
                commonName: "remora",
                hosts: ["127.0.0.1"],
                use: .server,
                life: .seconds(3600)
            ),
            at: Loop.main.moment.wall
        )
        var identity = TLSIdentity(
            certificates: leaf.certificate,
            privateKey: leaf.privateKey
        )
        identity.clientAuthorities = credentials.authority.certificate
        identity.requiresClientCertificate = false
        self.node = node
        self.credentials = credentials
        let listener = try StreamListener.listen(host: "127.0.0.1", port: 0)
        server = HTTPServer(listener: listener, identity: identity) {
            try await node.api.serve($0, $1, from: .network)
        }
    }

    private func serving(_ body: @MainLoop () async throws -> Void) async throws {
        let work = Task { @MainLoop in await server.run() }
        do { try await body() } catch {
            server.stop()
            await work.value
            throw error
        }
        server.stop()
        await work.value
    }

    private func get(
        _ path: String,
        identity: TLSIdentity? = nil,
        headers: HTTPHeaders = [:]
    ) async throws -> Int {
        var options = TLSOptions(
            verification: .authorities(pem: credentials.authority.certificate)
        )
        options.identity = identity
        let client = try await HTTPClient.connect(
            .tcp(host: "127.0.0.1", port: server.port, tls: options)
        )
        defer { client.close() }
        let response = try await client.request("GET", path, headers: headers)
        _ = try await response.collect(limit: 1 << 20)
        return response.status
    }

    private func identity(
        _ authority: CertificateAuthority,
        _ user: String,
        _ groups: [String]
    ) throws -> TLSIdentity {
        let leaf = try authority.issue(
            CertificateRequest(
                commonName: user,
                organizations: groups,
                use: .client,
                life: .seconds(3600)
            ),
            at: Loop.main.moment.wall
        )
        return TLSIdentity(certificates: leaf.certificate, privateKey: leaf.privateKey)
    }

    @Test func `certificates and tokens say who asks, and nothing says nobody`() async throws {
        try await serving {
            #expect(try await get("/readyz") == 200)
            #expect(try await get(TestNode.pods) == 401)
            let admin = try identity(credentials.authority, "me", [Caller.masters])
            #expect(try await get(TestNode.pods, identity: admin) == 200)
            let jane = try identity(credentials.authority, "jane", ["dev"])
            #expect(try await get(TestNode.pods, identity: jane) == 403)
            #expect(try await get("/api", identity: jane) == 200)
            let stranger = try CertificateAuthority(
                named: "stranger",
                life: .seconds(3600),
                at: Loop.main.moment.wall
            )
            let other = try identity(stranger, "me", [Caller.masters])
            // A certificate of somebody else's ends the handshake.
            await #expect(throws: Failure.self) { try await get(TestNode.pods, identity: other) }
            let token = try node.api.token(TokenWish(namespace: "default", account: "default"))
            let bearer: HTTPHeaders = ["Authorization": "Bearer \(token.text)"]
            #expect(try await get("/api", headers: bearer) == 200)
            #expect(try await get(TestNode.pods, headers: bearer) == 403)
            #expect(try await get("/api", headers: ["Authorization": "Bearer x"]) == 401)
            let asJane: HTTPHeaders = ["Impersonate-User": "jane"]
            #expect(try await get(TestNode.pods, identity: admin, headers: asJane) == 403)
            #expect(
                try await get("/api", identity: jane, headers: ["Impersonate-User": "x"]) == 403
            )
        }
    }

    @Test func `a connection without TLS is not answered`() async throws {
        try await serving {
            let client = try await HTTPClient.connect(
                .tcp(host: "127.0.0.1", port: server.port, tls: nil)
            )
            await #expect(throws: Failure.self) { try await client.request("GET", "/readyz") }
            client.close()
        }
    }

    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/kubectl"),
            "kubectl is not installed"
        )
    )
    func `kubectl works with a certificate, and with a token`() async throws {
        let home = FileManager.default.temporaryDirectory.appending(path: "remora-test-\(UUID())")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: home) }
        func kubectl(_ form: JSON, _ arguments: String...) async throws -> (text: String, ok: Bool)
        {
            let reply = await node.call("POST", "/apis/remora/v1/credentials", form)
            let made = reply.json
            func data(_ field: String) -> String {
                Data((made[field]?.string ?? "").utf8).base64EncodedString()
            }
            let user =
                made["token"]?.string.map { "token: \($0)" }
                    ?? """
                    client-certificate-data: \(data("certificate"))
                        client-key-data: \(data("privateKey"))
                    """
            let text = """
                apiVersion: v1
                kind: Config
                clusters:
                - name: c
                  cluster:
                    server: https://127.0.0.1:\(server.port)
                    certificate-authority-data: \(data("certificateAuthority"))
                users:
                - name: u
                  user:
                    \(user)
                contexts:
                - name: x
                  context: {cluster: c, user: u}
                current-context: x
                """
            let file = home.appending(path: "config")
            try Data(text.utf8).write(to: file)
            var command = Command("/usr/bin/kubectl", arguments)
            command.environment = [
                "HOME": home.path, "PATH": "/usr/bin:/bin", "KUBECONFIG": file.path,
            ]
            let done = try await ChildProcess.run(command, deadline: .seconds(30))
            return (done.outputText + done.errorText, done.status == .exited(0))
        }
        try await serving {
            let who = try await kubectl(
                [:],
                "auth",
                "whoami",
                "-o",
                "jsonpath={.status.userInfo.username}"
            )
            #expect(who.text == "remora-admin")
            let token: JSON = ["form": "token", "user": "jane", "groups": ["dev"]]
            let jane = try await kubectl(
                token,
                "auth",
                "whoami",
                "-o",
                "jsonpath={.status.userInfo}"
            )
            #expect(jane.text.contains("jane") && jane.text.contains("dev"), "\(jane.text)")
            #expect(
                try await kubectl([:], "auth", "can-i", "create", "deployments").text == "yes\n"
            )
            #expect(try await kubectl(token, "auth", "can-i", "get", "pods").text == "no\n")
            let list = try await kubectl(token, "auth", "can-i", "--list")
            #expect(list.ok && list.text.contains("selfsubjectreviews"), "\(list.text)")
            let role = try await kubectl(
                [:],
                "create",
                "role",
                "r",
                "--verb=get,list",
                "--resource=pods"
            )
            #expect(role.text == "role.rbac.authorization.k8s.io/r created\n")
            let binding = try await kubectl(
                [:],
                "create",
                "rolebinding",
                "b",
                "--role=r",
                "--user=jane"
            )
            #expect(binding.text == "rolebinding.rbac.authorization.k8s.io/b created\n")
            #expect(try await kubectl(token, "get", "pods").text.contains("No resources found"))
            let refused = try await kubectl(token, "get", "secrets")
            #expect(refused.text.contains("secrets is forbidden"), "\(refused.text)")
            let other = try await kubectl([:], "get", "secrets", "--as=jane")
            #expect(other.text.contains("secrets is forbidden"), "\(other.text)")
            let made = try await kubectl([:], "create", "token", "default", "--duration=1h")
            #expect(made.ok && made.text.split(separator: ".").count == 3)
            #expect(try await kubectl([:], "create", "quota", "q", "--hard=pods=0").ok)
            let run = try await kubectl([:], "run", "p", "--image=x")
            #expect(run.text.contains("exceeded quota: q"), "\(run.text)")
            let explained = try await kubectl([:], "explain", "pod.spec.containers.resources")
            #expect(
                explained.ok && explained.text.contains("limits\t<map[string]Quantity>"),
                "\(explained.text)"
            )
            let top = try await kubectl([:], "top", "node")
            #expect(top.text.contains("box") && top.text.contains("250m"), "\(top.text)")
        }
    }
}
