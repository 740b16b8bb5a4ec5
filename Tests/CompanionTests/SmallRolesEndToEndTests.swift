import Foundation
import TestKit
import Testing

/// The small roles as the real program takes them, by their names and by those of the programs they stand for.
@Suite("SmallRolesEndToEnd", .serialized, .timeLimit(.minutes(5)))
struct SmallRolesEndToEndTests {
    private static func run(_ words: [String]) async throws -> TestProgram.Result {
        try await TestProgram.run(EndToEnd.binary(), words)
    }

    /// Asks a program to end as the kubelet does; its exit code.
    private static func end(_ program: TestProgram) async throws -> Int32 {
        program.signal(SIGTERM)
        return try await program.wait().code
    }

    /// Links by which the program is called, as images have them.
    private static func link(_ name: String, in folder: TemporaryDirectory) throws -> String {
        let path = folder.file(name)
        try FileManager.default.createSymbolicLink(
            atPath: path,
            withDestinationPath: EndToEnd.binary()
        )
        return path
    }

    @Test(arguments: [
        "proxy", "logs", "metrics", "reload", "wait", "fetch", "migrate-guard", "probe", "run",
        "explain", "sleep", "pause", "vrl",
    ])
    func `every role has help, and refuses what it does not know`(_ role: String) async throws {
        let all = try await Self.run(["--help"])
        #expect(all.succeeded && all.output.contains("\n  \(role) "), "\(all.output)")
        let help = try await Self.run([role, "--help"])
        #expect(help.succeeded && help.output.contains("companion \(role)"), "\(help.output)")
        let wrong = try await Self.run([role, "--no-such-option"])
        #expect(wrong.code == 2 && wrong.errors.contains("no-such-option"), "\(wrong.errors)")
    }

    @Test func `ports are waited for, and given up`() async throws {
        let world = try await EndToEnd()
        let there = try await Self.run(["wait", "127.0.0.1:\(world.applicationPort)", "-t", "5s"])
        #expect(there.succeeded, "\(there.errors)")
        let free = try FreePort.find()
        let missing = try await Self.run(["wait", "127.0.0.1:\(free)", "--timeout", "300ms"])
        #expect(missing.code == 1 && missing.errors.contains("\(free)"), "\(missing.errors)")
        let netcat = try Self.link("nc", in: world.folder)
        let port = String(world.applicationPort)
        #expect(try await TestProgram.run(netcat, ["-z", "127.0.0.1", port]).succeeded)
        #expect(try await TestProgram.run(netcat, ["-z", "127.0.0.1", "\(free)"]).code == 1)
        // What comes behind -- takes the process's place.
        let words = ["wait", "127.0.0.1:\(port)", "--", "/bin/sh", "-c", "echo next; exit 7"]
        let next = try await Self.run(words)
        #expect(next.code == 7 && next.output == "next\n", "\(next.errors)")
        let probe = try await Self.run(["probe", "http", "http://127.0.0.1:\(port)/none"])
        #expect(probe.code == 1 && probe.output.contains("404"), "\(probe.output)")
        #expect(try await Self.run(["probe", "tcp", port]).succeeded)
    }

    @Test func `a real gRPC server is asked for its health`() async throws {
        let folder = try TemporaryDirectory()
        let made = try await TestCertificate()
        let files = [
            try folder.write(made.certificate, to: "pem"),
            try folder.write(made.privateKey, to: "key"),
        ]
        let (plain, secure) = (try FreePort.find(), try FreePort.find())
        let python = "/usr/bin/python3"
        let servers = [
            try TestProgram(python, ["-c", GRPCPrograms.health, "\(plain)"]),
            try TestProgram(python, ["-c", GRPCPrograms.health, "\(secure)"] + files),
        ]
        let up = ["wait", "grpc://127.0.0.1:\(plain)", "-t", "20s"]
        let awaited = try await Self.run(up)
        #expect(awaited.succeeded, "\(awaited.errors) \(servers.map(\.errors))")
        for (service, code, text) in [
            ("up", Int32(0), ""), ("down", 1, "NOT_SERVING"), ("else", 1, "unknown"),
        ] {
            let asked = try await Self.run(["probe", "grpc", "\(plain)", "-s", service, "-t", "5s"])
            #expect(
                asked.code == code && (text.isEmpty || asked.output.contains(text)),
                "\(service): \(asked.output)"
            )
        }
        #expect(try await Self.run(["probe", "grpc", "127.0.0.1:\(plain)", "-t", "5s"]).succeeded)
        let probe = try Self.link("grpc_health_probe", in: folder)
        let authority = ["-tls", "-tls-ca-cert", files[0], "-tls-server-name", "localhost"]
        for (words, code, text) in [
            (["-addr=127.0.0.1:\(plain)"], Int32(0), "status: SERVING"),
            (["-addr=127.0.0.1:\(plain)", "-service", "down"], 4, "NOT_SERVING"),
            (["-addr=127.0.0.1:\(plain)", "-service", "else"], 3, "unknown"),
            (["-addr=127.0.0.1:\(secure)"] + authority, 0, "status: SERVING"),
            (["-addr=127.0.0.1:\(secure)", "-tls", "-tls-no-verify"], 0, "status: SERVING"),
            (["-addr=127.0.0.1:\(try FreePort.find())"], 2, "failed to connect"),
        ] {
            let asked = try await TestProgram.run(probe, words)
            #expect(asked.code == code, "\(words): \(asked.output) \(asked.errors)")
            #expect((asked.output + asked.errors).contains(text), "\(asked.output) \(asked.errors)")
        }
    }

    @Test func `a shell's loop is done without a shell`() async throws {
        let world = try await EndToEnd()
        let script = """
            until nc -z 127.0.0.1 \(world.applicationPort); do
              echo "Waiting for database..."
              sleep 1
            done
            echo "Database is ready"
            """
        let done = try await Self.run(["wait", "--as", "sh", "--", "-c", script])
        #expect(done.succeeded && done.output == "Database is ready\n", "\(done)")
    }

    @Test func `files are fetched whole or not at all, with curl's words too`() async throws {
        let world = try await EndToEnd("content")
        let url = "http://127.0.0.1:\(world.applicationPort)"
        let path = world.folder.file("out")
        let done = try await Self.run(["fetch", "-o", path, "\(url)/index.html"])
        #expect(done.succeeded, "\(done.errors)")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "content")
        let none = try await Self.run(["fetch", "-o", path, "\(url)/none"])
        #expect(none.code != 0 && none.errors.contains("404"), "\(none.errors)")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "content")
        let curl = try Self.link("curl", in: world.folder)
        let failed = try await TestProgram.run(curl, ["-sSf", "-o", path, "\(url)/none"])
        #expect(failed.code == 22, "\(failed.errors)")
        #expect(failed.errors.contains("curl: (22) The requested URL returned error: 404"))
        #expect(try await TestProgram.run(curl, ["-s", "\(url)/index.html"]).output == "content")
    }

    @Test func `numbers are shown to Prometheus, and checked by its own tool`() async throws {
        let folder = try TemporaryDirectory()
        let source = try folder.write(
            #"{"requests_total": 3, "queue": {"depth": 4}}"#,
            to: "s.json"
        )
        let port = try FreePort.find()
        let words = ["metrics", "--source", "file://\(source)", "--listen", "127.0.0.1:\(port)"]
        let program = try TestProgram(EndToEnd.binary(), words + ["--admin", "off"])
        var page = ""
        try await eventually(within: .seconds(10), "numbers are shown: \(program.errors)") {
            page = (try? await EndToEnd.get("http://127.0.0.1:\(port)/metrics").body) ?? ""
            return page.contains("queue_depth 4")
        }
        #expect(page.contains("requests_total 3") && page.contains("stats_exporter_up 1"))
        let file = try folder.write(page, to: "page")
        let shell = ["-c", "exec promtool check metrics < '\(file)'"]
        let verdict = try await TestProgram.run("sh", shell)
        #expect(verdict.succeeded, "\(verdict.output)\(verdict.errors)")
        // A source that goes takes its series with it.
        try FileManager.default.removeItem(atPath: source)
        page = try await EndToEnd.get("http://127.0.0.1:\(port)/metrics").body
        #expect(page.contains("stats_exporter_up 0") && !page.contains("queue_depth"))
        #expect(try await Self.end(program) == 0)
    }

    @Test func `several roles share a process, its admin port and its end`() async throws {
        let world = try await EndToEnd()
        let source = try world.folder.write(#"{"depth": 4}"#, to: "s.json")
        let port = try FreePort.find()
        let list = try world.folder.write(
            """
            roles:
            - name: numbers
              role: metrics
              args: ["--source=file://\(source)", "--listen=127.0.0.1:\(port)"]
            - role: reload
              args: ["--dir=\(world.folder.file("www"))", "--touch=\(world.folder.file("touched"))"]
            """,
            to: "roles.yaml"
        )
        let check = try await Self.run(["run", "--roles", list, "--check"])
        #expect(check.succeeded, "\(check.errors)")
        let admin = "127.0.0.1:\(world.adminPort)"
        let words = ["run", "--roles", list, "--admin", admin]
        let program = try TestProgram(EndToEnd.binary(), words)
        try await eventually(within: .seconds(10), "all roles are ready: \(program.errors)") {
            try await world.admin("/readyz").code == 200
        }
        let metrics = try await world.admin("/metrics").body
        #expect(metrics.contains(#"companion_role_up{role="numbers"} 1"#), "\(metrics)")
        #expect(try await EndToEnd.get("http://127.0.0.1:\(port)/metrics").body.contains("depth 4"))
        #expect(try await Self.end(program) == 0, "\(program.errors)")
    }

    @Test func `pause and sleep end at once and well`() async throws {
        let pause = try TestProgram(EndToEnd.binary(), ["pause"])
        let sleep = try TestProgram(EndToEnd.binary(), ["sleep", "infinity"])
        #expect(try await Self.run(["sleep", "0.05"]).succeeded)
        try await eventually(within: .seconds(5), "both wait for signals") {
            let words = ["-o", "stat=", "-p", "\(pause.pid),\(sleep.pid)"]
            return try await TestProgram.run("ps", words).output.split(separator: "\n").count == 2
        }
        #expect(try await Self.end(pause) == 0)
        #expect(try await Self.end(sleep) == 0)
    }

    @Test func `what would stand in for an image is explained`() async throws {
        let words = ["explain", "--image", "busybox:1.36", "--command", "sh", "--command", "-c"]
        let wait = try await Self.run(
            words + ["--command", "until nc -z db 5432; do sleep 2; done"]
        )
        #expect(wait.succeeded && wait.output.contains("wait"), "\(wait.output)\(wait.errors)")
        let application = try await Self.run(["explain", "--image", "myapp:latest"])
        #expect(application.code == 1, "\(application.output)")
    }
}
