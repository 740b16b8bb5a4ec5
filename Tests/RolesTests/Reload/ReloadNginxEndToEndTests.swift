import Basics
import HTTP
import Reactor
import System
import TestKit
import Testing

@testable import Roles

@Suite("A reloader beside nginx", .serialized) struct ReloadNginxEndToEndTests {
    @Test @MainLoop func `an edited volume changes nginx's answer, and a bad one does not`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let port = try FreePort.find()
        let volume = try ReloadPod.Volume(folder.file("conf.d"))
        func site(_ text: String) -> [String: String] {
            [
                "site.conf":
                    "server { listen 127.0.0.1:\(port); location / { return 200 \(text); } }"
            ]
        }
        try volume.write(site("first"))
        let main = try folder.write(
            """
            daemon off; pid \(folder.file("nginx.pid")); error_log \(folder.file("error.log"));
            events {}
            http { access_log off; include \(volume.path)/*.conf; }
            """,
            to: "nginx.conf"
        )
        let nginx = try TestProgram("nginx", ["-c", main, "-p", folder.path])
        func answer() async throws -> String {
            let client = try await HTTPClient.connect(.tcp(host: "127.0.0.1", port: port))
            defer { client.close() }
            let response = try await client.request("GET", "/")
            return String(decoding: try await response.collect(limit: 4096), as: UTF8.self)
        }
        try await eventually(within: .seconds(10), "nginx") { try await answer() == "first" }
        let pod = try ReloadPod(in: folder) {
            $0.scope.trees = [volume.path]
            $0.validations = [.init(words: ["nginx", "-t", "-c", main, "-p", folder.path])]
            $0.deeds = [.signal(.init(number: 1, target: .file(folder.file("nginx.pid"))))]
        }
        pod.start()
        try await Loop.main.sleep(for: .milliseconds(200))
        try volume.write(site("second"))
        try await eventually(within: .seconds(5), "the new answer") {
            try await answer() == "second"
        }
        try volume.write(site("third; oops"))
        try await eventually(within: .seconds(5), "the refusal") { pod.says("are refused") }
        #expect(pod.says("test failed") || pod.says("unknown directive"))
        // A worker of before the last reload may take a connection yet.
        try await eventually(within: .seconds(5), "the good answer") {
            try await answer() == "second"
        }
        try volume.write(site("fourth"))
        try await eventually(within: .seconds(5), "the next answer") {
            try await answer() == "fourth"
        }
        #expect(try await pod.end() == 0)
        // As configmap-reload does it: nginx has no such page.
        let old = try ReloadPod(in: folder) {
            $0.scope.trees = [volume.path]
            let address = try WebAddress("http://127.0.0.1:\(port)/-/reload")
            $0.deeds = [.webhook(.init(address: address, statuses: [201]))]
            $0.rules.tries = 1
        }
        old.start()
        try await Loop.main.sleep(for: .milliseconds(200))
        try volume.write(site("fifth"))
        try await eventually(within: .seconds(5), "the error") { old.says("given up") }
        #expect(old.says("answered 200, not 201: it says \"fourth\""))
        #expect(try await old.end() == 0)
        _ = nginx
    }
}
