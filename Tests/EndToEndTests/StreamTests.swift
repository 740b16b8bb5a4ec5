import Foundation
import TestKit
import Testing

/// The streams of running containers with the real kubectl: `exec`, `cp`, `attach`, `run -i`, `debug`.
@Suite struct StreamTests {
    /// kubectl against an engine; `SPDY=1` keeps it from WebSockets, as before version 1.30.
    struct Kubectl {
        let engine: TestEngine
        let server: String

        func start(_ line: String, spdy: Bool = false) throws -> TestProgram {
            // By a shell, so that a test may put things before and behind it.
            try TestProgram(
                "/bin/sh",
                ["-c", line.replacing("kubectl ", with: "kubectl --server \(server) ")],
                environment: [
                    "HOME": engine.folder.path,
                    "KUBECTL_REMOTE_COMMAND_WEBSOCKETS": spdy ? "false" : "true",
                ]
            )
        }

        func run(_ line: String, spdy: Bool = false) async throws -> TestProgram.Result {
            try await start(line, spdy: spdy).wait(within: .seconds(40))
        }
    }

    private func withKubectl(_ body: (TestEngine, Kubectl) async throws -> Void) async throws {
        try await withEngine { engine in
            let bridge = try await SocketBridge(to: engine.socket)
            do {
                try await body(engine, Kubectl(engine: engine, server: bridge.server))
            } catch {
                await bridge.stop()
                throw error
            }
            await bridge.stop()
        }
    }

    private static func pod(_ name: String, _ command: String, _ more: String = "") -> String {
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: \(name)}
        spec:
          terminationGracePeriodSeconds: 1
          restartPolicy: Never
          containers:
          - name: app
            image: remora/busybox
            \(more)
            command: [sh, -c, '\(command)']
        ---

        """
    }

    @Test func `exec and cp work over WebSockets and over SPDY, and lose nothing`() async throws {
        try await withKubectl { engine, kubectl in
            try await engine.apply(Self.pod("web", "sleep 1000"))
            try await engine.waitUntilReady("web")
            let bytes = Data((0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) })
            let file = engine.folder.file("big")
            try bytes.write(to: URL(filePath: file))
            for spdy in [false, true] {
                let both = try await kubectl.run(
                    "echo in | kubectl exec -i web -- sh -c 'cat; echo err >&2; exit 7'",
                    spdy: spdy
                )
                #expect(both.output == "in\n" && both.code == 7)
                #expect(both.errors.hasPrefix("err\n"))
                let missing = try await kubectl.run("kubectl exec web -- nothere", spdy: spdy)
                #expect(missing.code != 0 && missing.errors.contains("nothere"))
                let copied = try await kubectl.run(
                    "kubectl cp \(file) web:/tmp/big && kubectl cp web:/tmp/big \(file).back",
                    spdy: spdy
                )
                #expect(copied.succeeded, "\(copied.errors)")
                #expect(try Data(contentsOf: URL(filePath: file + ".back")) == bytes)
                let wrong = try await kubectl.run("kubectl exec web -c no -- true", spdy: spdy)
                #expect(wrong.errors.contains("container no is not valid for pod web"))
            }
            // Each would show an exit code of 0 if its first frames were lost.
            let many = try await kubectl.run(
                "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do "
                    + "kubectl exec web -- sh -c 'exit 3' 2>/dev/null; echo $?; done"
            )
            #expect(many.output == String(repeating: "3\n", count: 25))
            for spdy in [false, true] {
                let leaver = try kubectl.start("exec kubectl exec web -- sleep 777", spdy: spdy)
                try await eventually(within: .seconds(10), "the program runs") {
                    try await engine.remora("exec", "web", "--", "ps").output
                        .contains("sleep 777")
                }
                leaver.signal(SIGKILL)
                try await eventually(within: .seconds(10), "the program has ended") {
                    try await !engine.remora("exec", "web", "--", "ps").output
                        .contains("sleep 777")
                }
            }
        }
    }

    @Test func `attach connects to the container's own program`() async throws {
        try await withKubectl { engine, kubectl in
            let input = "stdin: true\n    stdinOnce: true"
            try await engine.apply(
                Self.pod("cat", "exec cat", input) + Self.pod("over", "exec cat", input)
                    + Self.pod("ticks", "while true; do echo tick; sleep 0.1; done")
            )
            for name in ["cat", "over", "ticks"] { try await engine.waitUntilReady(name) }
            // One that only looks on neither sends nor ends the input.
            let watcher = try kubectl.start("exec kubectl attach cat")
            try await eventually(within: .seconds(10), "it is attached") {
                watcher.errors.contains("command prompt")
            }
            watcher.signal(SIGKILL)
            _ = try await watcher.wait(within: .seconds(10))
            #expect(try await engine.field(".status.phase", of: "cat") == "Running")
            let second = try kubectl.start("exec kubectl attach cat")
            try await eventually(within: .seconds(10), "it is attached") {
                second.errors.contains("command prompt")
            }
            try await Task.sleep(for: .milliseconds(300))
            let first = try await kubectl.run("echo hello | kubectl attach -i cat")
            #expect(first.output == "hello\n" && first.succeeded, "\(first.errors)")
            #expect(try await second.wait(within: .seconds(10)).output == "hello\n")
            try await engine.waitForPhase("Succeeded", of: "cat")
            let late = try await kubectl.run("kubectl attach cat")
            #expect(late.errors.contains("cannot attach a container in a completed pod"))
            let spdy = try await kubectl.run("echo again | kubectl attach -i over", spdy: true)
            #expect(spdy.output == "again\n" && spdy.succeeded, "\(spdy.errors)")
            // Leaving does not end the program, and several may look on.
            let lookers = try (0..<3).map { _ in try engine.attach("ticks") }
            for looker in lookers {
                try await eventually(within: .seconds(10), "it ticks") {
                    looker.output.contains("tick\ntick\n")
                }
                looker.signal(SIGKILL)
            }
            #expect(try await engine.field(".status.phase", of: "ticks") == "Running")
            let refused = try await engine.remora("attach", "-i", "ticks")
            #expect(refused.errors.contains("it has no standard input"))
        }
    }

    @Test func `run -i passes input, output and the exit code, on a terminal too`() async throws {
        try await withKubectl { engine, kubectl in
            let run = "kubectl run once --image=remora/busybox --restart=Never --rm"
            let piped = try await kubectl.run("echo in | \(run) -i -- sh -c 'cat; exit 5'")
            #expect(piped.output.contains("in\n") && piped.code == 5, "\(piped.errors)")
            let command = "\(run) -it -- sh -c \"sleep 1; tty; stty size\""
            let terminal = try await kubectl.run(
                "(sleep 3) | script -qec '\(command)' /dev/null"
            )
            #expect(terminal.output.contains("/dev/pts/0"), "\(terminal.output)")
            try await engine.waitUntilGone("once")
        }
    }

    @Test func `debug adds a container that sees the processes of its target`() async throws {
        try await withKubectl { engine, kubectl in
            try await engine.apply(Self.pod("web", "exec sleep 1234"))
            try await engine.waitUntilReady("web")
            let debug = "kubectl debug web --image=remora/busybox --profile=general"
            let shown = try await kubectl.run(
                "echo 'ps; exit 3' | \(debug) -i -c one --target=app -- sh"
            )
            #expect(shown.output.contains("sleep 1234"), "\(shown.output) \(shown.errors)")
            let status = ".status.ephemeralContainerStatuses"
            try await eventually(within: .seconds(10), "it has ended") {
                try await engine.field(status + "[0].state.terminated.exitCode", of: "web") == "3"
            }
            let started = try await kubectl.run(
                "\(debug) -c two -- sh -c 'ls /proc/1/cwd/ >/dev/null; echo mine; exec sleep 99'"
            )
            #expect(started.succeeded, "\(started.errors)")
            try await eventually(within: .seconds(10), "it runs") {
                try await engine.remora("logs", "web", "-c", "two").output == "mine\n"
            }
            // Its processes are its own without a target.
            let ps = try await kubectl.run("kubectl exec web -c two -- ps")
            #expect(ps.output.contains("sleep 99") && !ps.output.contains("sleep 1234"))
            try await engine.crash()
            try await engine.start()
            let path = status + "[*].state.*.startedAt"
            #expect(try await engine.field(path, of: "web").split(separator: " ").count == 2)
            #expect(try await kubectl.run("kubectl exec web -c two -- true").succeeded)
            #expect(try await engine.field(".status.phase", of: "web") == "Running")
            #expect(
                try await engine.field(".status.containerStatuses[0].restartCount", of: "web")
                    == "0"
            )
            let again = try await kubectl.run("\(debug) -c app -- true")
            #expect(again.code != 0 && again.errors.contains("app"))
            #expect(try await kubectl.run("kubectl delete pod web").succeeded)
        }
    }
}

extension TestEngine {
    /// Starts `remora attach`.
    func attach(_ pod: String) throws -> TestProgram {
        try TestProgram(binary, ["--root", root, "--run-root", runRoot, "attach", pod])
    }
}
