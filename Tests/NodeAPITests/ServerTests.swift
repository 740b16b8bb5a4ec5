import Basics
import Formats
import Foundation
import HTTP
import ObjectStore
import Reactor
import System
import Testing

@testable import NodeAPI

@MainLoop @Suite("The API over HTTP", .timeLimit(.minutes(1))) struct ServerTests {
    let node: TestNode
    let server: HTTPServer

    init() throws {
        let node = try TestNode()
        self.node = node
        server = HTTPServer(listener: try StreamListener.listen(host: "127.0.0.1", port: 0)) {
            try await node.api.serve($0, $1)
        }
    }

    /// Runs the server for the time of a test.
    private func serving(_ body: @MainLoop () async throws -> Void) async throws {
        let work = Task { @MainLoop in await server.run() }
        let result = await Result.catching { try await body() }
        server.stop()
        await work.value
        try result.get()
    }

    private func client() async throws -> HTTPClient {
        try await HTTPClient.connect(.tcp(host: "127.0.0.1", port: server.port, tls: nil))
    }

    @Test func `objects go both ways, errors and warnings too`() async throws {
        try await serving {
            let client = try await client()
            let pod =
                #"{"metadata":{"name":"web"},"spec":{"bogus":1,"containers":[{"name":"a","image":"b"}]}}"#
            var reply = try await client.request(
                "POST",
                TestNode.pods,
                headers: ["Content-Type": "application/json; charset=utf-8"],
                body: Array(pod.utf8)
            )
            #expect(reply.status == 201)
            #expect(
                reply.headers["Warning"]?.hasPrefix(#"299 - "unknown field \"spec.bogus\""#) == true
            )
            _ = try await reply.collect(limit: 1 << 20)
            reply = try await client.request("GET", TestNode.pods + "/none")
            #expect(reply.status == 404)
            #expect(try JSON.parse(await reply.collect(limit: 1 << 20))["reason"] == "NotFound")
            reply = try await client.request("GET", TestNode.pods + "/web/log")
            #expect(reply.status == 400)
            _ = try await reply.collect(limit: 1 << 20)
            let big = [UInt8](repeating: 0x20, count: (3 << 20) + 1)
            reply = try await client.request("POST", TestNode.pods, body: big)
            #expect(reply.status == 413)
            client.close()
        }
    }

    @Test func `a watch arrives line by line, and ends when the client leaves`() async throws {
        try await serving {
            let client = try await client()
            let reply = try await client.request("GET", "/api/v1/pods?watch=true")
            #expect(reply.status == 200)
            await node.pod()
            let line = try await reply.next(deadline: Loop.main.now + .seconds(10)) ?? []
            #expect(try JSON.parse(line)["type"] == "ADDED")
            #expect(node.store.watchCount == 1)
            client.close()
            while node.store.watchCount > 0 { try await Loop.main.sleep(for: .milliseconds(2)) }
        }
    }

    @Test func `a program's streams go over a WebSocket`() async throws {
        try await serving {
            await node.pod()
            try node.setStatus([
                "phase": "Running",
                "containerStatuses": [["name": "app", "state": ["running": [:]]]],
            ])
            let target = TestNode.pods + "/web/exec?command=cat&stdin=true&stdout=true"
            node.engine.session.output.send(.stdout(Array("out".utf8)))
            let opened = try await client().openWebSocket(
                target,
                protocols: CommandChannels.subprotocols
            )
            guard case .open(let socket) = opened else {
                Issue.record("refused")
                return
            }
            #expect(socket.subprotocol == "v5.channel.k8s.io")
            try await socket.send([0] + Array("in".utf8))
            try await socket.send([255, 0])
            #expect(try await socket.receive()?.bytes == [1] + Array("out".utf8))
            let status = try await socket.receive()?.bytes ?? []
            #expect(status.first == 3)
            #expect(try JSON.parse(status.dropFirst())["status"] == "Success")
            #expect(try await socket.receive() == nil && socket.closeCode == 1000)
            #expect(node.engine.session.input == Array("in".utf8))
            let refused = try await client().openWebSocket(target, protocols: ["v1.other"])
            guard case .refused(let response) = refused else {
                Issue.record("opened")
                return
            }
            #expect(response.status == 403)
        }
    }

    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/kubectl"),
            "kubectl is not installed"
        )
    )
    func `kubectl works as with any cluster`() async throws {
        let home = FileManager.default.temporaryDirectory.appending(path: "remora-test-\(UUID())")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: home) }
        let manifest = home.appending(path: "pod.yaml")
        try Data(Self.manifest.utf8).write(to: manifest)
        func kubectl(_ arguments: String...) async throws -> (text: String, ok: Bool) {
            var command = Command(
                "/usr/bin/kubectl",
                ["-s", "http://127.0.0.1:\(server.port)"] + arguments
            )
            command.environment = ["HOME": home.path, "PATH": "/usr/bin:/bin"]
            let done = try await ChildProcess.run(command, deadline: .seconds(30))
            return (done.outputText + done.errorText, done.status == .exited(0))
        }
        try await serving {
            #expect(try await kubectl("apply", "-f", manifest.path).text == "pod/web created\n")
            #expect(try await kubectl("apply", "-f", manifest.path).text == "pod/web unchanged\n")
            #expect(try await kubectl("diff", "-f", manifest.path).text.isEmpty)
            let list = try await kubectl("get", "pods")
            #expect(list.text.contains("web    0/1     Pending   0"), "\(list.text)")
            #expect(
                try await kubectl("get", "po", "web", "-o", "jsonpath={.spec.nodeName}").text
                    == "box"
            )
            #expect(try await kubectl("label", "pod", "web", "a=b").text == "pod/web labeled\n")
            #expect(try await kubectl("get", "po", "-l", "a=b", "-o", "name").text == "pod/web\n")
            let made = try await kubectl("create", "configmap", "m", "--from-literal=k=v")
            #expect(made.text == "configmap/m created\n")
            #expect(try await kubectl("get", "cm", "m", "-o", "jsonpath={.data.k}").text == "v")
            #expect(try await kubectl("create", "ns", "n").text == "namespace/n created\n")
            let deployment = try await kubectl("create", "deployment", "d", "--image=x", "-n", "n")
            #expect(deployment.text == "deployment.apps/d created\n")
            #expect(
                try await kubectl("scale", "deploy/d", "--replicas=3", "-n", "n").text
                    == "deployment.apps/d scaled\n"
            )
            try node.setStatus([
                "phase": "Running",
                "containerStatuses": [["name": "app", "state": ["running": [:]]]],
            ])
            #expect(try await kubectl("logs", "web").text == "one\ntwo\n")
            node.engine.session.output.send(.stdout(Array("hello\n".utf8)))
            node.engine.session.output.finish()
            node.engine.session.ending = .exited(3)
            let exec = try await kubectl("exec", "web", "--", "echo", "hello")
            #expect(
                exec.text.hasPrefix("hello\n") && exec.text.contains("exit code 3") && !exec.ok,
                "\(exec.text)"
            )
            let described = try await kubectl("describe", "pod", "web")
            #expect(described.ok && described.text.contains("Node:"), "\(described.text)")
            #expect(try await kubectl("delete", "pod", "web", "--grace-period=0", "--force").ok)
            #expect(try await kubectl("get", "pods").text.contains("No resources found"))
            #expect(try await serverSideApply(home, kubectl))
            try await services(kubectl)
            let bad = try await kubectl(
                "create",
                "-f",
                manifest.path,
                "--dry-run=server",
                "-n",
                "none"
            )
            #expect(bad.text.contains(#"namespaces "none" not found"#), "\(bad.text)")
        }
    }

    /// What kubectl does with services, which it sends as protobuf when it makes them itself.
    private func services(
        _ kubectl: (String...) async throws -> (text: String, ok: Bool)
    ) async throws {
        func field(_ name: String, _ path: String) async throws -> String {
            try await kubectl("get", "svc", name, "-o", "jsonpath={.spec.\(path)}").text
        }
        let plain = try await kubectl("create", "service", "clusterip", "plain", "--tcp=80:web")
        #expect(plain.text == "service/plain created\n")
        #expect(try await field("plain", "ports[0].targetPort") == "web")
        #expect(try await field("plain", "clusterIP").hasPrefix("10.130."))
        #expect(try await kubectl("create", "service", "clusterip", "head", "--clusterip=None").ok)
        #expect(try await field("head", "clusterIP") == "None")
        let outer = try await kubectl(
            "create",
            "service",
            "nodeport",
            "outer",
            "--tcp=80:8080",
            "--node-port=30007"
        )
        #expect(outer.ok, "\(outer.text)")
        #expect(try await field("outer", "ports[0].nodePort") == "30007")
        #expect(try await kubectl("create", "service", "loadbalancer", "lb", "--tcp=80").ok)
        let external = try await kubectl(
            "create",
            "service",
            "externalname",
            "ext",
            "--external-name=example.com"
        )
        #expect(external.ok, "\(external.text)")
        let list = try await kubectl("get", "services").text
        #expect(list.contains("lb      LoadBalancer"), "\(list)")
        #expect(list.contains("<pending>") && list.contains("80:30007/TCP"))
        #expect(list.contains("ext     ExternalName   <none>"))
        #expect(try await kubectl("create", "deployment", "app", "--image=x", "--port=8080").ok)
        let exposed = try await kubectl(
            "expose",
            "deploy",
            "app",
            "--port=80",
            "--target-port=8080"
        )
        #expect(exposed.text == "service/app exposed\n")
        #expect(try await field("app", "ports[0].targetPort") == "8080")
        let slice: JSON = [
            "metadata": ["name": "app-x", "labels": ["kubernetes.io/service-name": "app"]],
            "addressType": "IPv4", "endpoints": [["addresses": ["10.0.0.9"]]],
            "ports": [["port": 8080]],
        ]
        let made = await node.call(
            "POST",
            "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
            slice
        )
        #expect(made.status == 201)
        let described = try await kubectl("describe", "service", "app")
        #expect(described.ok && described.text.contains("10.0.0.9:8080"), "\(described.text)")
        #expect(try await kubectl("delete", "svc", "app", "lb", "ext").ok)
    }

    /// What kubectl does with `--server-side`, from the first apply to taking over from client-side apply.
    private func serverSideApply(
        _ home: URL,
        _ kubectl: (String...) async throws -> (text: String, ok: Bool)
    ) async throws -> Bool {
        func file(_ name: String, _ data: String) throws -> String {
            let url = home.appending(path: name)
            let text = "{apiVersion: v1, kind: ConfigMap, metadata: {name: s}, data: \(data)}"
            try Data(text.utf8).write(to: url)
            return url.path
        }
        let both = try file("both.yaml", "{a: v, b: w}")
        let one = try file("one.yaml", "{a: u}")
        let served = try await kubectl("apply", "--server-side", "-f", both)
        #expect(served.text == "configmap/s serverside-applied\n")
        let other = try await kubectl(
            "apply",
            "--server-side",
            "--field-manager=you",
            "-f",
            one
        )
        #expect(!other.ok)
        #expect(
            other.text.contains(#"Apply failed with 1 conflict: conflict with "kubectl": .data.a"#),
            "\(other.text)"
        )
        let difference = try await kubectl("diff", "--server-side", "-f", one)
        #expect(difference.text.contains("-  b: w"), "\(difference.text)")
        #expect(try await kubectl("apply", "--server-side", "-f", one).ok)
        let data = try await kubectl("get", "cm", "s", "-o", "jsonpath={.data}")
        #expect(data.text == #"{"a":"u"}"#)
        // From the client to the server: kubectl moves its ownership over by itself.
        #expect(try await kubectl("delete", "cm", "s").ok)
        #expect(try await kubectl("apply", "-f", both).text == "configmap/s created\n")
        let moved = try await kubectl("apply", "--server-side", "-f", one)
        #expect(moved.ok, "\(moved.text)")
        let rest = try await kubectl("get", "cm", "s", "-o", "jsonpath={.data}")
        #expect(rest.text == #"{"a":"u"}"#)
        let managers = try await kubectl(
            "get",
            "cm",
            "s",
            "--show-managed-fields",
            "-o",
            "jsonpath={.metadata.managedFields[*].manager}"
        )
        // Which of them stands first depends on whether a second has passed between the two.
        let names = managers.text.split(separator: " ").sorted()
        #expect(names == ["kubectl", "kubectl-last-applied"], "\(managers.text)")
        return try await kubectl("delete", "cm", "s").ok
    }

    static let manifest = """
        apiVersion: v1
        kind: Pod
        metadata: {name: web}
        spec:
          containers:
          - name: app
            image: remora/busybox
        """
}

extension Result where Failure == any Error {
    @MainLoop fileprivate static func catching(_ body: @MainLoop () async throws -> Success) async
        -> Self
    {
        do { return .success(try await body()) } catch { return .failure(error) }
    }
}
