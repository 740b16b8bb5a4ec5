import Foundation
import TestKit
import Testing

/// postStart and preStop on real containers: upstream's `lifecycle_hook.go` and the hooks of
/// `container_lifecycle_test.go`.
@Suite("Lifecycle hooks") struct LifecycleHookTests {
    /// A container that runs until it is stopped, with hooks.
    private func hooked(
        _ name: String,
        _ hooks: String,
        script: ContainerScript = ContainerScript(runs: nil),
        isSidecar: Bool = false,
        more: [String] = []
    ) -> ScriptedContainer {
        ScriptedContainer(
            name: name,
            script: script,
            isSidecar: isSidecar,
            fields: ["lifecycle: {\(hooks)}"] + more
        )
    }

    /// An HTTP and an HTTPS server on the loopback address; they answer 500 and note what came.
    ///
    /// The third port speaks plain HTTP and answers a TLS greeting as such servers do.
    private final class Servers {
        let program: TestProgram
        private(set) var ports: [Int] = []
        var lines: [String] { program.output.split(separator: "\n").map(String.init) }

        init(_ engine: TestEngine) async throws {
            let certificate = engine.folder.file("cert.pem")
            let key = engine.folder.file("key.pem")
            try await TestProgram.run(
                "openssl",
                [
                    "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=self",
                    "-days", "2", "-keyout", key, "-out", certificate,
                ]
            )
            let text = """
                import http.server, ssl, sys, threading
                class Handler(http.server.BaseHTTPRequestHandler):
                    def do_GET(self):
                        words = [self.server.name, self.path, self.headers['User-Agent'],
                            str(self.headers['X-Token'])]
                        print(' '.join(words), flush=True)
                        self.send_response(500)
                        self.end_headers()
                    def send_error(self, code, message=None, explain=None):
                        self.wfile.write(b'HTTP/1.1 400 Bad Request\\r\\n\\r\\n')
                    def log_message(self, *arguments): pass
                ports = []
                for name in ['http', 'https', 'plain']:
                    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
                    server.name = name
                    ports.append(str(server.server_port))
                    if name == 'https':
                        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                        context.load_cert_chain(sys.argv[1], sys.argv[2])
                        server.socket = context.wrap_socket(server.socket, server_side=True)
                    threading.Thread(target=server.serve_forever).start()
                print(' '.join(ports), flush=True)
                """
            program = try TestProgram("python3", ["-c", text, certificate, key])
            ports = try await eventually(within: .seconds(20), "the servers listen") {
                if program.poll() != nil { throw Trouble(program.errors) }
                let numbers = lines.first?.split(separator: " ").compactMap { Int($0) } ?? []
                return numbers.count == 3 ? numbers : nil
            }
        }

        func get(_ server: Int, _ path: String, _ more: String = "") -> String {
            let scheme = server == 0 ? "HTTP" : "HTTPS"
            return "httpGet: {host: 127.0.0.1, port: \(ports[server]), scheme: \(scheme), "
                + "path: \"\(path)\"\(more)}"
        }
    }

    // "should execute poststart exec hook properly", "should execute prestop exec hook properly"
    @Test func `exec hooks run in the container, without a shell and without expansion`()
        async throws
    {
        try await withEngine { engine in
            let gates = try Gates(engine)
            let post = #"["sh", "-c", "echo $WHO $(WHO) $0 > /gates/post", "$(WHO)"]"#
            let pre = #"["sh", "-c", "cat /inside > /gates/pre"]"#
            try await engine.apply(
                scriptedPod(
                    "exec",
                    restartPolicy: "Always",
                    mains: [
                        hooked(
                            "main",
                            "postStart: {exec: {command: \(post)}}, "
                                + "preStop: {exec: {command: \(pre)}}",
                            more: [Gates.mount, "env: [{name: WHO, value: me}]"]
                        )
                    ],
                    fields: [gates.volume]
                )
            )
            try await engine.waitUntilReady("exec")
            func file(_ name: String) throws -> String {
                try String(contentsOfFile: gates.directory + "/" + name, encoding: .utf8)
            }
            // The shell takes $(WHO) for a command, which there is not.
            #expect(try file("post").split(separator: " ") == ["me", "$(WHO)\n"])
            _ = try await engine.remora("exec", "exec", "--", "sh", "-c", "echo here > /inside")
            #expect(try await engine.delete("exec").phase == "Succeeded")
            #expect(try file("pre") == "here\n")
        }
    }

    // "should execute poststart/prestop http(s) hook properly", on mains and on sidecars
    @Test func `HTTP hooks reach their server, over TLS without a check of the certificate`()
        async throws
    {
        try await withEngine { engine in
            let servers = try await Servers(engine)
            let header = ", httpHeaders: [{name: X-Token, value: t1}]"
            try await engine.apply(
                scriptedPod(
                    "http",
                    inits: [
                        hooked(
                            "side",
                            "postStart: {\(servers.get(0, "/side/start?a=b", header))}, "
                                + "preStop: {\(servers.get(1, "/side/stop"))}",
                            isSidecar: true
                        )
                    ],
                    mains: [
                        hooked(
                            "main",
                            "postStart: {\(servers.get(1, "/main/start"))}, "
                                + "preStop: {\(servers.get(0, "/main/stop"))}"
                        ),
                        hooked(
                            "plain",
                            "postStart: {\(servers.get(2, "/plain/start"))}, "
                                + "preStop: {httpGet: {host: 127.0.0.1, port: 9}}"
                        ),
                    ]
                )
            )
            try await engine.waitUntilReady("http")
            #expect(try await engine.delete("http").phase == "Succeeded")
            let lines = Array(servers.lines.dropFirst())
            let agent = "kube-lifecycle/1.36"
            #expect(lines.first == "http /side/start?a=b \(agent) t1")
            #expect(lines.contains("https /main/start \(agent) None"))
            #expect(lines.contains("plain /plain/start \(agent) None"))
            #expect(lines.contains("http /main/stop \(agent) None"))
            #expect(lines.contains("https /side/stop \(agent) None"))
            // 500 is an answer like any other; a refused connection is not.
            let notices = try await engine.notices(of: "http")
            #expect(!notices.contains { $0.reason == "FailedPostStartHook" })
            let failed = notices.filter { $0.reason == "FailedPreStopHook" }
            #expect(failed.map(\.fieldPath) == ["spec.containers{plain}"])
            let fallback = notices.filter { $0.reason == "LifecycleHTTPFallback" }
            #expect(fallback.map(\.fieldPath) == ["spec.containers{plain}"])
        }
    }

    @Test func `a failed postStart kills the container with its preStop and restarts it`()
        async throws
    {
        try await withEngine(["--stop-pods", "--crash-loop-max", "1s"]) { engine in
            let post = ContainerScript.hook("PostStart", exit: 3)
            let pre = ContainerScript.hook("PreStop")
            let hooks = "postStart: {exec: {command: \(post)}}, preStop: {exec: {command: \(pre)}}"
            try await engine.apply(
                scriptedPod("post", restartPolicy: "Always", mains: [hooked("main", hooks)])
            )
            try await engine.apply(
                scriptedPod(
                    "never",
                    mains: [
                        hooked(
                            "main",
                            hooks,
                            script: ContainerScript(runs: nil, terminationCode: 4)
                        )
                    ]
                )
            )
            try await engine.waitForRestarts(2, of: "main", in: "post")
            let history = History(lines: try engine.history(of: "post"))
            let post1 = try #require(history.first("PostStart-Exiting", "main"))
            let pre1 = try #require(history.first("PreStop-Starting", "main"))
            let end1 = try #require(history.first("Exiting", "main"))
            #expect(post1 <= pre1 && pre1 <= end1)
            #expect(try await engine.field(".status.phase", of: "post") != "Failed")
            let notices = try await engine.notices(of: "post")
            let failed = notices.first { $0.reason == "FailedPostStartHook" }
            #expect(failed?.message == "PostStartHook failed")
            #expect(failed?.type == "Warning")
            #expect(notices.contains { $0.reason == "Killing" && $0.type == "Normal" })
            // What a hook writes may be secret: it is in no event and no status.
            #expect(!notices.contains { $0.message.contains("PostStart-") })
            try await eventually(within: .seconds(20), "the status names the hook or the back-off")
            {
                let row = try await engine.row(of: "post")
                return ["PostStartHookError", "CrashLoopBackOff"].contains(row?.status ?? "")
            }
            try await engine.waitForPhase("Failed", of: "never")
            #expect(try await engine.restarts(of: "main", in: "never") == 0)
            let state = try await engine.state(of: "main", in: "never")
            #expect(state.fields["exitCode"] as? Int == 4)
        }
    }

    // A sidecar has started when its postStart has ended.
    @Test func `a sidecar's postStart holds back what comes after it, not its own process`()
        async throws
    {
        try await withEngine { engine in
            let gates = try Gates(engine)
            let text = [
                ContainerScript.say("PostStart"), Gates.wait("go"), ContainerScript.say("Done"),
            ].joined(separator: "; ")
            let post = #"["sh", "-c", "\#(text)"]"#
            try await engine.apply(
                scriptedPod(
                    "side",
                    inits: [
                        hooked(
                            "rinit1",
                            "postStart: {exec: {command: \(post)}}",
                            isSidecar: true,
                            more: [Gates.mount]
                        )
                    ],
                    mains: [ScriptedContainer(name: "main")],
                    fields: [gates.volume]
                )
            )
            try await engine.waitForLine("PostStart", from: "rinit1", in: "side")
            try await engine.waitForLine("Started", from: "rinit1", in: "side")
            #expect(try await engine.row(of: "side")?.status == "Init:0/1")
            #expect(try await engine.state(of: "rinit1", in: "side").name == "waiting")
            try gates.open("go")
            try await engine.waitForPhase("Succeeded", of: "side")
            let history = History(lines: try engine.history(of: "side"))
            let done = try #require(history.first("Done", "rinit1"))
            let begin = try #require(history.first("Starting", "main"))
            #expect(done <= begin)
        }
    }

    // "valid prestop hook using sleep action", "reduce GracePeriodSeconds during runtime",
    // "ignore terminated container", "zero duration"
    @Test func `a sleep hook lasts, is cut by the grace, and is left out where nothing runs`()
        async throws
    {
        try await withEngine { engine in
            func sleeper(_ name: String, _ seconds: Int, runs: Double? = nil) -> String {
                scriptedPod(
                    name,
                    mains: [
                        hooked(
                            "main",
                            "preStop: {sleep: {seconds: \(seconds)}}",
                            script: ContainerScript(runs: runs)
                        )
                    ]
                )
            }
            try await engine.apply(
                [
                    sleeper("full", 2), sleeper("cut", 29), sleeper("none", 0),
                    sleeper("ended", 29, runs: 0),
                ]
                .joined(separator: "---\n")
            )
            // A container that ends by itself is not slept for.
            try await engine.waitForPhase("Succeeded", of: "ended", within: .seconds(20))
            for name in ["full", "cut", "none"] { try await engine.waitUntilReady(name) }
            let clock = ContinuousClock()
            let begin = clock.now
            async let full = engine.delete("full")
            async let cut = engine.delete("cut", "--grace-period", "2")
            async let none = engine.delete("none")
            #expect(try await none.codes["main"] == 0)
            #expect(clock.now - begin < .seconds(25))
            #expect(try await full.codes["main"] == 0)
            #expect(try await cut.codes["main"] == 0)
            #expect(clock.now - begin >= .seconds(2))
            #expect(clock.now - begin < .seconds(25))
        }
    }

    // "should respect termination grace period seconds with long-running preStop hook"
    @Test func `an endless preStop eats the grace, then the process still gets two seconds`()
        async throws
    {
        try await withEngine { engine in
            let endless = #"["sh", "-c", "sleep 10000"]"#
            let hook = "preStop: {exec: {command: \(endless)}}"
            let polite = ContainerScript(runs: nil, terminates: 0.5)
            let deaf = ContainerScript(runs: nil, terminates: nil)
            try await engine.apply(
                scriptedPod(
                    "endless",
                    grace: 2,
                    mains: [
                        hooked("polite", hook, script: polite), hooked("deaf", hook, script: deaf),
                    ]
                )
            )
            try await engine.waitUntilReady("endless")
            let begin = ContinuousClock().now
            let final = try await engine.delete("endless")
            #expect(ContinuousClock().now - begin >= .seconds(2))
            #expect(ContinuousClock().now - begin < .seconds(25))
            #expect(final.codes == ["polite": 0, "deaf": 137])
            #expect(final.reasons == ["polite": "Completed", "deaf": "Error"])
            #expect(final.phase == "Failed")
        }
    }

    @Test func `a pod deleted during postStart runs preStop and never starts the next main`()
        async throws
    {
        try await withEngine { engine in
            let gates = try Gates(engine)
            let endless = #"["sh", "-c", "touch /gates/post; sleep 10000"]"#
            let mark = #"["touch", "/gates/pre"]"#
            try await engine.apply(
                scriptedPod(
                    "during",
                    restartPolicy: "Always",
                    mains: [
                        hooked(
                            "first",
                            "postStart: {exec: {command: \(endless)}}, "
                                + "preStop: {exec: {command: \(mark)}}",
                            more: [Gates.mount]
                        ),
                        ScriptedContainer(
                            name: "second",
                            shell: "touch /gates/second",
                            fields: [Gates.mount]
                        ),
                    ],
                    fields: [gates.volume]
                )
            )
            func exists(_ name: String) -> Bool {
                FileManager.default.fileExists(atPath: gates.directory + "/" + name)
            }
            try await eventually(within: .seconds(20), "the hook runs") { exists("post") }
            #expect(try await engine.row(of: "during")?.status == "ContainerCreating")
            let final = try await engine.delete("during")
            #expect(final.phase == "Failed")
            #expect(final.codes["first"] == 0)
            #expect(final.reasons["second"] == "ContainerStatusUnknown")
            #expect(exists("pre"))
            #expect(!exists("second"))
        }
    }

    // "should terminate sidecars in reverse order even when their preStop hooks fail"
    @Test func `preStop hooks of sidecars that fail neither fail the pod nor change the order`()
        async throws
    {
        try await withEngine { engine in
            let hook = ContainerScript.hook("PreStop", exit: 1)
            try await engine.apply(
                scriptedPod(
                    "failing",
                    inits: ["rinit1", "rinit2"].map {
                        hooked($0, "preStop: {exec: {command: \(hook)}}", isSidecar: true)
                    },
                    mains: [
                        hooked(
                            "regular1",
                            "preStop: {exec: {command: \(hook)}}",
                            script: ContainerScript(runs: 0.5)
                        )
                    ]
                )
            )
            try await engine.waitForPhase("Succeeded", of: "failing")
            let history = History(lines: try engine.history(of: "failing"))
            #expect(history.first("PreStop-Starting", "rinit1") != nil)
            #expect(history.first("PreStop-Starting", "rinit2") != nil)
            // It ended by itself.
            #expect(history.first("PreStop-Starting", "regular1") == nil)
            #expect(history.exits("rinit2", before: "rinit1"))
            for name in ["rinit1", "rinit2"] {
                let state = try await engine.state(of: name, in: "failing")
                #expect(state.fields["exitCode"] as? Int == 0)
            }
            let failed = try await engine.notices(of: "failing")
                .filter { $0.reason == "FailedPreStopHook" }
            let paths = Set(failed.map(\.fieldPath))
            #expect(paths == ["spec.initContainers{rinit1}", "spec.initContainers{rinit2}"])
        }
    }
}
