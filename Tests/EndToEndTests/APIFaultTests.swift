import Foundation
import TestKit
import Testing

/// Clients and ends that the API must survive.
@Suite("The API under stress", .engineLimit) struct APIFaultTests {
    /// What the scripts below begin with: requests over the engine's socket.
    private static let client = """
        import http.client, json, socket, sys, time
        class Connection(http.client.HTTPConnection):
            def __init__(self, path):
                super().__init__("node", timeout=20)
                self.path = path
            def connect(self):
                self.sock = socket.socket(socket.AF_UNIX)
                self.sock.settimeout(20)
                self.sock.connect(self.path)
            def call(self, method, target, body=None, kind="application/json"):
                self.request(method, target, json.dumps(body) if body else None, {"Content-Type": kind})
                answer = self.getresponse()
                return answer.status, answer.read()
        maps = "/api/v1/namespaces/default/configmaps"
        path = sys.argv[1]

        """

    private func python(_ engine: TestEngine, _ text: String) throws -> TestProgram {
        let file = try engine.folder.write(
            Self.client + text,
            to: "client-\(UUID().uuidString).py"
        )
        return try TestProgram("python3", ["-u", file, engine.socket])
    }

    @Test func `no object that was acknowledged is lost by a kill, and none is half there`()
        async throws
    {
        try await withEngine { engine in
            var acknowledged: Set<String> = []
            for round in 0..<4 {
                let writer = try python(
                    engine,
                    """
                    connection = Connection(path)
                    for number in range(100000):
                        name = "map-\(round)-%d" % number
                        status, _ = connection.call("POST", maps, {"metadata": {"name": name}, "data": {"k": "v" * 500}})
                        if status == 201:
                            print(name)
                        if number % 3 == 0 and number:
                            connection.call("DELETE", maps + "/map-\(round)-%d" % (number - 1))
                            print("-map-\(round)-%d" % (number - 1))
                    """
                )
                try await eventually(within: .seconds(20), "200 objects are acknowledged") {
                    writer.output.split(separator: "\n").count > 200
                }
                try await engine.crash()
                _ = try await writer.wait(within: .seconds(20))
                for line in writer.output.split(separator: "\n") {
                    if line.hasPrefix("-") {
                        acknowledged.remove(String(line.dropFirst()))
                    } else {
                        acknowledged.insert(String(line))
                    }
                }
                try await engine.start()
                let list = try await engine.remora("get", "configmaps", "-o", "name")
                let there = Set(
                    list.output.split(separator: "\n").map { String($0.split(separator: "/")[1]) }
                )
                let lost = acknowledged.subtracting(there)
                // The last deletion may have been done and not been heard of.
                #expect(lost.count <= 1, "lost: \(lost.sorted().prefix(5))")
                acknowledged.subtract(lost)
            }
            let check = try await TestProgram.run(
                "sqlite3",
                [engine.root + "/node.db", "PRAGMA integrity_check"]
            )
            #expect(check.output == "ok\n")
        }
    }

    @Test func `a watcher that takes nothing is dropped, told why, and costs a bounded amount`()
        async throws
    {
        try await withEngine { engine in
            let run = try python(
                engine,
                """
                watch = socket.socket(socket.AF_UNIX)
                watch.connect(path)
                watch.sendall(f"GET {maps}?watch=true HTTP/1.1\\r\\nHost: node\\r\\n\\r\\n".encode())
                time.sleep(0.2)
                connection = Connection(path)
                status, _ = connection.call("POST", maps, {"metadata": {"name": "m"}})
                assert status == 201
                for number in range(200):
                    patch = {"data": {"k": "%d" % number + "x" * 100000}}
                    status, text = connection.call("PATCH", maps + "/m", patch, "application/merge-patch+json")
                    assert status == 200, text
                # Now it reads again: what was kept for it, and then why it ends.
                watch.settimeout(20)
                rest = b""
                while b'"type":"ERROR"' not in rest[-4096:]:
                    more = watch.recv(1 << 20)
                    if not more:
                        break
                    rest = rest[-4096:] + more
                print(rest[-600:].decode(errors="replace"))
                """
            )
            let result = try await run.wait(within: .seconds(90))
            #expect(result.succeeded, "\(result.errors)")
            #expect(result.output.contains("Expired"), "\(result.output)")
            #expect(result.output.contains("the watch was too slow"))
            let metrics = try await TestProgram.run(
                "curl",
                ["-s", "--unix-socket", engine.socket, "http://node/metrics"]
            )
            #expect(metrics.output.contains("remora_watches_expired_total 1"))
        }
    }

    @Test func `clients that stop in the middle hold nobody up`() async throws {
        try await withEngine { engine in
            let run = try python(
                engine,
                """
                stuck = []
                heads = [
                    b"POST /api/v1/namespaces/default/configmaps HTTP/1.1\\r\\nHost: n\\r\\nContent-Length: 100\\r\\n\\r\\n{",
                    b"GET /api/v1/pods HT", b"", b"GET /api/v1/configmaps?watch=1 HTTP/1.1\\r\\nHost: n\\r\\n\\r\\n",
                ]
                for number in range(200):
                    one = socket.socket(socket.AF_UNIX)
                    one.connect(path)
                    one.sendall(heads[number % 4])
                    stuck.append(one)
                connection = Connection(path)
                start = time.monotonic()
                for number in range(50):
                    status, _ = connection.call("GET", "/api/v1/pods")
                    assert status == 200
                print("took", time.monotonic() - start)
                for one in stuck:
                    one.close()
                """
            )
            let result = try await run.wait(within: .seconds(60))
            #expect(result.succeeded, "\(result.errors)")
            let seconds = Double(result.output.split(separator: " ").last?.dropLast() ?? "") ?? 99
            #expect(seconds < 10)
        }
    }
}
