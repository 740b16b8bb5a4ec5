import Basics
import Formats
import HTTP
import Reactor
import System
import TestKit
import Testing

@testable import Roles

@Suite("A reloader and its pod", .serialized) struct ReloadEndToEndTests {
    /// What a program was asked, and what it answers.
    @MainLoop private final class Program {
        var requests: [(method: String, path: String, user: String?)] = []
        var times: [Instant] = []
        var status = 200
        var text = "reloaded\n"
        var delay = Duration.zero
        private(set) var loopback: Loopback?

        init() throws {
            loopback = try Loopback { [weak self] request, responder in
                guard let self else { return }
                self.times.append(Loop.main.now)
                self.requests.append(
                    (request.method, request.path, request.headers["Authorization"])
                )
                if self.delay > .zero { try await Loop.main.sleep(for: self.delay) }
                try await responder.respond(self.status, text: self.text)
            }
        }

        func url(_ path: String = "/-/reload", _ user: String = "") -> String {
            "http://\(user)127.0.0.1:\(loopback?.server.port ?? 0)\(path)"
        }
    }

    @MainLoop private static func hook(_ url: String) throws -> ReloadSettings.Deed {
        .webhook(ReloadSettings.Webhook(address: try WebAddress(url), timeout: .seconds(1)))
    }

    @Test @MainLoop func `100 swaps are told, 99 of them within 50 ms`() async throws {
        // Neither the disk nor a machine that stands still is the reloader's to answer for.
        let folder = try TemporaryDirectory(in: TemporaryDirectory.memory)
        let stalls = MachineStalls()
        let volume = try ReloadPod.Volume(folder.file("config"))
        try volume.write(["app.conf": "0"])
        let program = try Program()
        let pod = try ReloadPod(in: folder) {
            $0.scope.trees = [volume.path]
            $0.deeds = [try Self.hook(program.url())]
        }
        pod.start()
        try await Loop.main.sleep(for: .milliseconds(100))
        var delays: [Duration] = []
        for round in 1...100 {
            try volume.write(["app.conf": "\(round)"])
            // The reloader has this thread from here on.
            let written = Loop.main.now
            try await eventually(within: .seconds(5), "a request", every: .milliseconds(2)) {
                program.times.count == round
            }
            let told = program.times[round - 1]
            delays.append(told - written - stalls.lost(from: written, to: told))
            try await eventually(within: .seconds(5), "its end", every: .milliseconds(2)) {
                pod.metric("configmap_reload_success_reloads_total") == Double(round)
            }
        }
        let sorted = delays.sorted()
        #expect(sorted[98] < .milliseconds(50), "p99 is \(sorted[98]), p50 \(sorted[50])")
        #expect(program.requests.allSatisfy { $0.method == "POST" && $0.path == "/-/reload" })
        #expect(pod.metric("reloader_reloads_failed_total") == 0)
        #expect(try await pod.end() == 0)
    }

    @Test @MainLoop func `a swap is told at once, although the old version is removed after it`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let volume = try ReloadPod.Volume(folder.file("config"))
        try volume.write(["app.conf": "0"])
        let program = try Program()
        let pod = try ReloadPod(in: folder) {
            $0.scope.trees = [volume.path]
            $0.deeds = [try Self.hook(program.url())]
            $0.pace.quiet = .seconds(60)
            $0.pace.longest = .seconds(60)
        }
        pod.start()
        try await Loop.main.sleep(for: .milliseconds(100))
        try volume.write(["app.conf": "1"])
        try await eventually(within: .seconds(20), "a request") { program.requests.count == 1 }
        #expect(try await pod.end() == 0)
    }

    @Test @MainLoop func `the same bytes are no change, and a plain file is one`() async throws {
        let folder = try TemporaryDirectory()
        let volume = try ReloadPod.Volume(folder.file("config"))
        try volume.write(["a": "1"])
        let plain = try folder.write("x", to: "plain/file")
        let program = try Program()
        let pod = try ReloadPod(in: folder) {
            $0.scope.trees = [volume.path]
            $0.scope.files = [plain]
            $0.deeds = [try Self.hook(program.url("/r", "us%3Aer:pw@"))]
        }
        pod.start()
        try await Loop.main.sleep(for: .milliseconds(200))
        try volume.write(["a": "1"])
        try await eventually(within: .seconds(5), "a look at the same") {
            pod.metric("companion_reload_unchanged_total") ?? 0 > 0
        }
        #expect(program.requests.isEmpty)
        try Files.write(plain, "y")
        try await eventually(within: .seconds(5), "a request") { program.requests.count == 1 }
        #expect(program.requests[0].user == "Basic dXM6ZXI6cHc=")
        #expect(try await pod.end() == 0)
    }

    @Test @MainLoop func `a page that is not there is named, and counted`() async throws {
        let folder = try TemporaryDirectory()
        let volume = try ReloadPod.Volume(folder.file("config"))
        try volume.write(["a": "1"])
        let program = try Program()
        program.status = 404
        program.text = "<html>\n<title>404 Not Found</title>"
        let pod = try ReloadPod(in: folder) {
            $0.scope.trees = [volume.path]
            $0.deeds = [try Self.hook(program.url())]
            $0.rules.tries = 1
        }
        pod.start()
        try await Loop.main.sleep(for: .milliseconds(200))
        try volume.write(["a": "2"])
        try await eventually(within: .seconds(5), "the error") { pod.says("given up") }
        #expect(pod.says("answered 404, not 2xx: it says \"404 Not Found\""))
        #expect(pod.metric("configmap_reload_last_reload_error") == 1)
        #expect(pod.work.metrics.contains("reason=\"client_response\""))
        #expect(pod.work.metrics.contains("reason=\"retries_exhausted\""))
        #expect(pod.work.metrics.contains("status_code=\"404\""))
        #expect(try await pod.end() == 0)
    }

    @Test @MainLoop func `a program that is dead is asked again until it lives`() async throws {
        let folder = try TemporaryDirectory()
        let volume = try ReloadPod.Volume(folder.file("config"))
        try volume.write(["a": "1"])
        let port = try FreePort.find()
        let pod = try ReloadPod(in: folder) {
            $0.scope.trees = [volume.path]
            $0.deeds = [try Self.hook("http://127.0.0.1:\(port)/")]
            $0.rules.backoff.initial = .milliseconds(100)
            $0.readiness = .success
        }
        pod.start()
        try await Loop.main.sleep(for: .milliseconds(200))
        #expect(pod.work.readiness.status == 503)
        try volume.write(["a": "2"])
        try await eventually(within: .seconds(5), "a second try") {
            pod.metric("reloader_reloads_failed_total") ?? 0 >= 2
        }
        #expect(pod.work.metrics.contains("reason=\"client_request_do\""))
        let listener = try StreamListener.listen(host: "127.0.0.1", port: UInt16(port))
        let server = HTTPServer(listener: listener) { _, responder in
            try await responder.respond(200, text: "ok")
        }
        let serving = Task { @MainLoop in await server.run() }
        try await eventually(within: .seconds(5), "a success") { pod.work.readiness.status == 200 }
        #expect(try await pod.end() == 0)
        await server.stop(within: .milliseconds(10))
        serving.cancel()
    }

    @Test @MainLoop
    func `a slow program is not waited for longer than told, and the end comes at once`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let volume = try ReloadPod.Volume(folder.file("config"))
        try volume.write(["a": "1"])
        let program = try Program()
        program.delay = .seconds(30)
        let pod = try ReloadPod(in: folder) {
            $0.scope.trees = [volume.path]
            $0.deeds = [try Self.hook(program.url())]
            $0.rules.backoff.initial = .seconds(60)
            $0.rules.backoff.cap = .seconds(60)
        }
        pod.start()
        try await Loop.main.sleep(for: .milliseconds(200))
        try volume.write(["a": "2"])
        try await eventually(within: .seconds(5), "the time-out") {
            pod.metric("reloader_reloads_failed_total") == 1
        }
        // It waits a minute for the next try now.
        let before = Loop.main.now
        #expect(try await pod.end(within: .seconds(20)) == 0)
        #expect(Loop.main.now - before < .seconds(1))
        #expect(pod.says("given up"))
    }

    @Test @MainLoop func `the end interrupts a validation that hangs, and nothing is replaced`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let source = try folder.write("new $(A)", to: "in/app.tmpl")
        let target = try folder.write("old", to: "out/app.conf")
        let pod = try ReloadPod(in: folder, environment: ["A": "1"]) {
            $0.renderings = [.init(source: source, target: target)]
            $0.validations = [.init(words: ["sleep", "60"]), .init(words: ["test", "-s", "{}"])]
        }
        pod.start()
        try await eventually(within: .seconds(5), "the new file") {
            try folder.text(of: "out/app.conf") == "new 1"
        }
        let before = Loop.main.now
        #expect(try await pod.end(within: .milliseconds(100)) == 0)
        #expect(Loop.main.now - before < .seconds(2))
        #expect(try folder.text(of: "out/app.conf") == "old")
        #expect(try Files.list(folder.file("out")) == ["app.conf"])
    }

    @Test @MainLoop func `a file is replaced only when it is found good`() async throws {
        let folder = try TemporaryDirectory()
        let source = try folder.write("good ${A}", to: "in/app.tmpl")
        let target = folder.file("out/app.conf")
        let pod = try ReloadPod(in: folder, environment: ["A": "1"]) {
            $0.renderings = [.init(source: source, target: target)]
            $0.validations = [.init(words: ["grep", "-q", "good", "{}"])]
            $0.deeds = [.touch(folder.file("touched"))]
        }
        pod.start()
        try await eventually(within: .seconds(5), "the file") {
            try folder.text(of: "out/app.conf") == "good 1"
        }
        #expect(!Files.exists(folder.file("touched")), "nothing had changed yet")
        try Files.write(source, "bad ${A}")
        try await eventually(within: .seconds(5), "the refusal") { pod.says("are refused") }
        #expect(try folder.text(of: "out/app.conf") == "good 1")
        try Files.write(source, "good ${MISSING}")
        try await eventually(within: .seconds(5), "the refusal") {
            pod.says("the variable MISSING")
        }
        #expect(pod.says("app.tmpl:1:6"))
        #expect(pod.metric("companion_reload_refusals_total") == 2)
        #expect(!Files.exists(folder.file("touched")))
        // gzip is unpacked.
        try Files.write(source, Gzip.encode(Array("good again".utf8).span))
        try await eventually(within: .seconds(5), "the new file") {
            try folder.text(of: "out/app.conf") == "good again"
        }
        try await eventually(within: .seconds(5), "the deed") {
            Files.exists(folder.file("touched"))
        }
        #expect(try Files.list(folder.file("out")) == ["app.conf"])
        #expect(try await pod.end() == 0)
    }

    @Test @MainLoop
    func `a full disk keeps the old file, and the new one comes when there is room`()
        async throws
    {
        let disk = try await TinyDisk()
        let folder = try TemporaryDirectory()
        let source = try folder.write("old", to: "app.tmpl")
        let target = disk.file("app.conf")
        let pod = try ReloadPod(in: folder) {
            $0.renderings = [.init(source: source, target: target)]
            $0.rules.backoff.initial = .milliseconds(50)
            $0.rules.backoff.cap = .milliseconds(100)
            $0.rules.tries = 0
        }
        pod.start()
        try await eventually(within: .seconds(5), "the file") { Files.exists(target) }
        try disk.fill()
        let text = String(repeating: "new ", count: 5000)
        try Files.write(source, text)
        try await eventually(within: .seconds(5), "the failure") { pod.says("No space left") }
        #expect(try Files.text(target) == "old")
        try disk.empty()
        try await eventually(within: .seconds(5), "the new file") { try Files.text(target) == text }
        #expect(try Files.list(disk.path) == ["app.conf"])
        #expect(try await pod.end() == 0)
    }

    @Test @MainLoop func `a directory may go and come back, and links may turn in circles`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let path = folder.file("config")
        let volume = try ReloadPod.Volume(path)
        try volume.write(["a": "1"])
        try Files.symlink(path + "/loop", to: "loop")
        try Files.symlink(path + "/up", to: "..")
        let program = try Program()
        let pod = try ReloadPod(in: folder) {
            $0.scope.trees = [path]
            $0.scope.isRecursive = true
            $0.deeds = [try Self.hook(program.url())]
        }
        pod.start()
        try await Loop.main.sleep(for: .milliseconds(200))
        try Files.removeTree(path)
        try await eventually(within: .seconds(5), "the warning") {
            pod.says("there is no directory")
        }
        #expect(pod.metric("companion_reload_missing") == 1)
        let again = try ReloadPod.Volume(path)
        try again.write(["a": "2"])
        try await eventually(within: .seconds(5), "a request") { program.requests.count >= 1 }
        try await eventually(within: .seconds(5), "the end of it") {
            pod.metric("companion_reload_missing") == 0
        }
        let count = program.requests.count
        try again.write(["a": "3"])
        try await eventually(within: .seconds(5), "another") { program.requests.count > count }
        #expect(try await pod.end() == 0)
    }

    @Test @MainLoop func `a directory that comes later is a change`() async throws {
        let folder = try TemporaryDirectory()
        let program = try Program()
        var told = ""
        let pod = try ReloadPod(in: folder) {
            $0.scope.trees = [folder.file("config")]
            $0.deeds = [try Self.hook(program.url("/r", "user:s3cret@"))]
            told = $0.json.text()
        }
        pod.start()
        try await eventually(within: .seconds(5), "the warning") {
            pod.says("there is no directory")
        }
        #expect(program.requests.isEmpty)
        let volume = try ReloadPod.Volume(folder.file("config"))
        try volume.write(["a": "1"])
        try await eventually(within: .seconds(5), "a request") { program.requests.count == 1 }
        #expect(pod.work.pages.contains { $0.path == "/config" })
        #expect(told.contains(folder.file("config")) && told.contains("POST http://127.0.0.1"))
        #expect(!told.contains("s3cret"))
        #expect(try await pod.end() == 0)
    }

    @Test @MainLoop func `a process gets its signal, by name and by its file`() async throws {
        let folder = try TemporaryDirectory()
        let file = try folder.write("1", to: "file")
        // A program of a name that nobody else has.
        let name = "rl-" + Random.hexadecimal(8)
        let script = try folder.write(
            "#!/bin/sh\ntrap 'echo x >> \(folder.file("got"))' HUP\n"
                + "echo $$ > \(folder.file("pid"))\nwhile true; do sleep 0.02; done\n",
            to: name
        )
        try Files.chmod(script, 0o755)
        let program = try TestProgram("/bin/sh", [script])
        try await eventually(within: .seconds(5), "its number") {
            (try? folder.text(of: "pid"))?.hasSuffix("\n") == true
        }
        let pod = try ReloadPod(in: folder) {
            $0.scope.files = [file]
            $0.deeds = [
                .signal(.init(number: 1, target: .file(folder.file("pid")))),
                .signal(.init(number: 1, target: .name("no-such-program"))),
            ]
            $0.rules.tries = 1
        }
        pod.start()
        try await Loop.main.sleep(for: .milliseconds(200))
        try Files.write(file, "2")
        try await eventually(within: .seconds(5), "the signal") { Files.exists(folder.file("got")) }
        try await eventually(within: .seconds(5), "the failure") { pod.says("given up") }
        #expect(pod.says("no process of no-such-program can be seen"))
        #expect(try await pod.end() == 0)
        // By its name: the kernel calls a script by the name of its file.
        let finder = try ProcessFinder.now()
        #expect(finder.entries.contains { $0.pid == program.pid })
        _ = program
    }

    @Test @MainLoop func `once, it does everything and ends`() async throws {
        let folder = try TemporaryDirectory()
        let source = try folder.write("x$(A)", to: "in")
        let pod = try ReloadPod(in: folder, environment: ["A": "y"]) {
            $0.renderings = [.init(source: source, target: folder.file("out"))]
            $0.deeds = [.run(.init(words: ["cp", folder.file("out"), folder.file("copy")]))]
            $0.rules.isOnce = true
        }
        pod.start()
        #expect(try await pod.code() == 0)
        #expect(try folder.text(of: "copy") == "xy")
    }

    @Test @MainLoop func `metrics are served to others, and nothing else`() async throws {
        let folder = try TemporaryDirectory()
        let file = try folder.write("1", to: "file")
        let pod = try ReloadPod(in: folder) {
            $0.scope.files = [file]
            $0.deeds = [.touch(folder.file("t"))]
            $0.listen = ListenAddress(host: "127.0.0.1", port: 0)
            $0.telemetryPath = "/m"
        }
        pod.start()
        try await eventually(within: .seconds(5), "a port") { pod.work.port != 0 }
        func get(_ method: String, _ path: String) async throws -> (Int, String) {
            let client = try await HTTPClient.connect(.tcp(host: "127.0.0.1", port: pod.work.port))
            defer { client.close() }
            let response = try await client.request(method, path)
            let body = try await response.collect(limit: 1 << 20)
            return (response.status, String(decoding: body, as: UTF8.self))
        }
        let (status, text) = try await get("GET", "/m")
        #expect(status == 200)
        for name in [
            "reloader_watches", "configmap_reload_watcher_errors_total", "companion_state",
        ] {
            #expect(text.contains("# TYPE \(name) "), "\(name)")
        }
        #expect(try await get("GET", "/readyz").0 == 200)
        #expect(try await get("POST", "/quitquitquit").0 == 404)
        #expect(try await pod.end() == 0)
    }

    @Test @MainLoop func `more changes than the kernel keeps are all seen in the end`() async throws
    {
        let folder = try TemporaryDirectory()
        let path = folder.file("config")
        try Files.makeDirectories(path)
        let program = try Program()
        let pod = try ReloadPod(in: folder) {
            $0.scope.trees = [path]
            $0.deeds = [try Self.hook(program.url())]
        }
        pod.start()
        try await Loop.main.sleep(for: .milliseconds(200))
        let text = (try? Files.text("/proc/sys/fs/inotify/max_queued_events")) ?? "16384"
        let limit = Int(text.trimmingSpace()) ?? 16384
        // The loop does not read while this runs, so the queue overflows.
        for round in 0...(limit + 100) { try Files.write("\(path)/f\(round % 50)", "\(round)") }
        try await eventually(within: .seconds(20), "a request") { program.requests.count >= 1 }
        #expect(pod.metric("companion_reload_watch_overflows_total") ?? 0 >= 1)
        let count = program.requests.count
        try Files.write("\(path)/last", "x")
        try await eventually(within: .seconds(5), "another") { program.requests.count > count }
        #expect(try await pod.end() == 0)
    }
}
