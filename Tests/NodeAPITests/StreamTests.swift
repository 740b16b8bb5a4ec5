import Basics
import Formats
import ObjectStore
import Reactor
import Testing

@testable import NodeAPI

@MainLoop @Suite("Streams over the API") struct StreamTests {
    let node: TestNode

    init() throws { node = try TestNode() }

    let running: JSON = [
        "phase": "Running", "containerStatuses": [["name": "app", "state": ["running": [:]]]],
    ]

    /// Starts a watch and hands over its client.
    private func watch(
        _ query: String,
        accept: String = "application/json"
    ) async throws -> WatchClient {
        let request = APIRequest("GET", "/api/v1/pods?watch=true" + query, accept: accept)
        guard case .watch(let feed) = await node.api.answer(request) else {
            throw Failure(.invalid, "the watch was refused")
        }
        return WatchClient(feed)
    }

    @Test func `a watch shows what is there and what happens`() async throws {
        await node.pod("a")
        let client = try await watch("")
        await node.pod("b")
        try node.setStatus(running, of: "a")
        try node.store.delete(ObjectKey("pods", "default", "a"))
        client.leave()
        let lines = client.text.split(separator: "\n").compactMap { try? JSON.parse(String($0)) }
        #expect(
            lines.compactMap { $0["type"]?.string } == ["ADDED", "ADDED", "MODIFIED", "DELETED"]
        )
        #expect(lines.last?["object"]?["kind"] == "Pod")
        #expect(
            lines.last?["object"]?["metadata"]?["resourceVersion"]?.string
                == String(node.store.version)
        )
        #expect(node.store.watchCount == 0)
    }

    @Test func `a watch from a version shows only what came after`() async throws {
        await node.pod("a")
        let list = await node.call("GET", "/api/v1/pods")
        await node.pod("b")
        let client = try await watch(
            "&resourceVersion=" + (list.json["metadata"]?["resourceVersion"]?.string ?? "")
        )
        client.leave()
        #expect(client.text.contains("\"name\":\"b\"") && !client.text.contains("\"name\":\"a\""))
    }

    @Test func `initial events end with a bookmark`() async throws {
        await node.pod("a")
        let client = try await watch(
            "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
        )
        client.leave()
        let lines = client.text.split(separator: "\n").compactMap { try? JSON.parse(String($0)) }
        #expect(lines.prefix(2).compactMap { $0["type"]?.string } == ["ADDED", "BOOKMARK"])
        #expect(
            lines[1]["object"]?["metadata"]?["annotations"]?["k8s.io/initial-events-end"] == "true"
        )
        #expect(
            lines[1]["object"]?["metadata"]?["resourceVersion"]?.string
                == String(node.store.version)
        )
    }

    @Test func `a watch ends after its time`() async throws {
        let reply = await node.call(
            "GET",
            "/api/v1/pods?watch=true&timeoutSeconds=1&allowWatchBookmarks=true"
        )
        #expect(reply.lines.map { $0["type"] } == ["BOOKMARK"])
    }

    @Test func `a watch in tables names the columns once`() async throws {
        let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
        let client = try await watch("", accept: accept)
        await node.pod("a")
        await node.pod("b")
        client.leave()
        let lines = client.text.split(separator: "\n").compactMap { try? JSON.parse(String($0)) }
        #expect(lines.map { $0["object"]?["kind"] } == ["Table", "Table"])
        #expect(lines[0]["object"]?["columnDefinitions"]?.array?.isEmpty == false)
        #expect(lines[1]["object"]?["columnDefinitions"] == .null)
        #expect(lines[1]["object"]?["rows"]?[0]?["cells"]?[0] == "b")
    }

    @Test func `a log request says what is wanted`() async throws {
        await node.pod()
        try node.setStatus(running)
        let reply = await node.call(
            "GET",
            TestNode.pods
                + "/web/log?container=app&follow=true&timestamps=true&tailLines=5&limitBytes=9&sinceTime=2024-01-01T00:00:00Z"
        )
        #expect(reply.text == "one\ntwo\n" && reply.contentType == "text/plain")
        let log = try #require(node.engine.lastLog)
        #expect(log.follows && log.withTimestamps && !log.isPrevious)
        #expect(
            log.tailLines == 5 && log.limitBytes == 9
                && log.since == Timestamp(rfc3339: "2024-01-01T00:00:00Z")
        )
    }

    @Test(arguments: [
        ("?container=x", "container x is not valid for pod web"),
        (
            "",
            "a container name must be specified for pod web, choose one of: [app side] or one of the init containers: [init]"
        ),
        (
            "?container=app&previous=true",
            #"previous terminated container "app" in pod "web" not found"#
        ),
        ("?container=app", #"container "app" in pod "web" is waiting to start: PodInitializing"#),
        (
            "?container=side",
            #"container "side" in pod "web" is waiting to start: ImagePullBackOff: no such image"#
        ),
        ("?container=init&tailLines=-1", "tailLines must not be negative"),
        ("?container=init&tailLines=x", #"the query parameter tailLines is no whole number: "x""#),
        ("?container=init&sinceTime=x", #"sinceTime "x" is no RFC 3339 time"#),
        ("?container=init&sinceSeconds=0", "sinceSeconds must be greater than 0"),
    ])
    func `a log that cannot be had says why`(query: String, message: String) async throws {
        await node.pod {
            $0["spec"]?["containers"] = [
                ["name": "app", "image": "a"], ["name": "side", "image": "b"],
            ]
            $0["spec"]?["initContainers"] = [["name": "init", "image": "c"]]
        }
        try node.setStatus([
            "containerStatuses": [
                ["name": "app", "state": ["waiting": ["reason": "PodInitializing"]]],
                [
                    "name": "side",
                    "state": [
                        "waiting": ["reason": "ImagePullBackOff", "message": "no such image"]
                    ],
                ],
            ],
            "initContainerStatuses": [["name": "init", "state": ["running": [:]]]],
        ])
        let reply = await node.call("GET", TestNode.pods + "/web/log" + query)
        #expect(reply.status == 400)
        #expect(reply.json["message"]?.string == message)
    }

    @Test func `a failure of the engine's log is an error response`() async throws {
        await node.pod()
        try node.setStatus(running)
        node.engine.logFailure = Failure(.invalid, "the log is gone")
        let reply = await node.call("GET", TestNode.pods + "/web/log")
        #expect(reply.status == 400 && reply.json["message"] == "the log is gone")
    }

    private func session(_ query: String, agent: String = "") async throws -> CommandSession? {
        await node.pod()
        try node.setStatus(running)
        let request = APIRequest("GET", TestNode.pods + "/web/exec?" + query, userAgent: agent)
        guard case .command(let session) = await node.api.answer(request) else { return nil }
        return session
    }

    @Test func `a program's streams are channels`() async throws {
        let found = try await session(
            "command=cat&command=-n&stdin=true&stdout=true&stderr=true",
            agent: "kubectl/v1.32.5"
        )
        let session = try #require(found)
        let socket = FakeSocket()
        let fake = node.engine.session
        fake.ending = .exited(7)
        fake.output.send(.stdout([0x61]))
        fake.output.send(.stderr([0x62]))
        socket.incoming.send([0, 0x68, 0x69])
        socket.incoming.send([4] + Array("{\"Width\":80,\"Height\":24}\n".utf8))
        socket.incoming.send([255, 0])
        await session.run(CommandChannels(socket))
        #expect(node.engine.lastExec?.command == ["cat", "-n"])
        #expect(fake.input == [0x68, 0x69] && fake.size == [80, 24] && fake.isInputClosed)
        #expect(socket.sent.prefix(2) == [[1, 0x61], [2, 0x62]])
        let status = try JSON.parse(socket.sent[2].dropFirst())
        #expect(socket.sent[2].first == 3 && status["reason"] == "NonZeroExitCode")
        #expect(
            status.value(at: FieldPath("details.causes")[0]) == [
                "reason": "ExitCode", "message": "7",
            ]
        )
        #expect(socket.isClosed)
    }

    @Test func `success and failure to start have their status`() async throws {
        #expect(ExecResult.exited(0).status == ["metadata": [:], "status": "Success"])
        let found = try await session("command=x&stdout=true")
        node.engine.execFailure = Failure(.notFound, "no such program")
        let socket = FakeSocket()
        await found?.run(CommandChannels(socket))
        let status = try JSON.parse(#require(socket.sent.first).dropFirst())
        #expect(status["reason"] == "InternalError" && status["message"] == "no such program")
        #expect(socket.isClosed)
    }

    @Test func `a client that leaves hangs the program up`() async throws {
        let found = try await session("command=x&stdin=true&stdout=true")
        let socket = FakeSocket()
        socket.hasLeft = true
        socket.incoming.finish()
        await found?.run(CommandChannels(socket))
        #expect(node.engine.session.isHungUp && !socket.isClosed)
    }

    @Test(arguments: [
        ("GET", "exec?stdout=true", "you must specify at least 1 command for the container"),
        ("GET", "exec?command=x", "you must specify at least one of stdin, stdout, stderr"),
        ("GET", "exec?command=x&stdout=true&container=y", "container y is not valid for pod web"),
    ])
    func `an exec that cannot be had is refused before the upgrade`(
        method: String,
        path: String,
        message: String
    ) async throws {
        await node.pod()
        try node.setStatus(running)
        let reply = await node.call(method, TestNode.pods + "/web/" + path)
        #expect(reply.status == 400 && reply.json["message"]?.string == message)
    }

    @Test func `only running containers take programs and attachments`() async throws {
        await node.pod()
        for path in ["exec?command=x&stdout=true", "attach?stdout=true"] {
            let reply = await node.call("GET", TestNode.pods + "/web/" + path)
            #expect(reply.status == 400)
            #expect(reply.json["message"]?.string?.contains("is not running") == true)
        }
        try node.setStatus(running)
        for method in ["GET", "POST"] {
            for path in ["exec?command=x&stdout=true", "attach?stdout=true"] {
                let reply = await node.call(method, TestNode.pods + "/web/" + path)
                #expect(reply.status == 101)
            }
        }
        #expect(await node.call("PUT", TestNode.pods + "/web/attach?stdout=true").status == 405)
        try node.setStatus(["phase": "Succeeded"])
        let reply = await node.call("GET", TestNode.pods + "/web/attach?stdout=true")
        #expect(
            reply.json["message"]
                == "cannot attach a container in a completed pod; current phase is Succeeded"
        )
    }

    @Test func `images and the engine have paths of their own`() async throws {
        let pull = await node.call("POST", "/apis/remora/v1/images/pull", ["name": "busybox"])
        #expect(pull.lines == [["step": 1], ["result": ["ok": true]]])
        let failed = await node.call("POST", "/apis/remora/v1/images/pull", ["name": "missing"])
        #expect(failed.lines.last?["error"]?["message"] == "cannot pull missing")
        #expect(await node.call("POST", "/apis/remora/v1/images/pull", [:]).status == 400)
        #expect(await node.call("GET", "/apis/remora/v1/images").json["ok"] == true)
        #expect(await node.call("GET", "/apis/remora/v1/images/inspect?name=x").status == 200)
        #expect(await node.call("DELETE", "/apis/remora/v1/images?name=x").status == 200)
        #expect(
            node.engine.operations.suffix(3) == [.list, .inspect("x"), .remove("x", force: false)]
        )
        #expect(await node.call("GET", "/apis/remora/v1/node").json["version"] == "0.1.0")
        #expect(await node.call("POST", "/apis/remora/v1/shutdown?pods=stop").status == 202)
        #expect(node.engine.stopped == true)
        #expect(await node.call("POST", "/apis/remora/v1/shutdown?pods=x").status == 400)
        await node.pod()
        #expect(
            await node.call("GET", "/apis/remora/v1/pods/default/web/timeline").json["uid"] != nil
        )
        #expect(await node.call("GET", "/apis/remora/v1/pods/default/no/timeline").status == 404)
    }
}
