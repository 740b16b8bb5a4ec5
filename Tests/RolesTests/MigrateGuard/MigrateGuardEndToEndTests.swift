import Basics
import Glibc
import Postgres
import Reactor
import System
import TestKit
import Testing

@testable import Roles

/// Guards at a real PostgreSQL server.
@Suite("Guarded migrations", .serialized, .timeLimit(.minutes(5)))
struct MigrateGuardEndToEndTests {
    /// A server, and a file that commands write to.
    private final class World: @unchecked Sendable {
        let servers: PostgresServers
        let folder: TemporaryDirectory
        var port: UInt16 { servers.ports["primary"] ?? 0 }
        var url: String { "postgres://postgres:secret@127.0.0.1:\(port)/postgres?sslmode=require" }
        var log: [String] {
            ((try? folder.text(of: "log")) ?? "").split(separator: "\n").map(String.init)
        }

        init() async throws {
            servers = try await PostgresServers()
            try await servers.start("primary")
            folder = try TemporaryDirectory()
        }

        /// Runs a guard to its end.
        func run(_ options: [String], _ script: String) async throws -> (
            code: Int32, said: [String]
        ) {
            try await MigrateGuardEndToEndTests.run(
                ["-d", url] + options + [
                    "--", "sh", "-c", script.replacing("LOG", with: folder.file("log")),
                ]
            )
        }
    }

    @MainLoop private static func run(_ words: [String]) async throws -> (
        code: Int32, said: [String]
    ) {
        guard case .run(let invocation) = try CommandParser(MigrateGuardRole.role.spec).parse(words)
        else {
            return (-1, [])
        }
        let options = try GuardOptions(invocation, environment: [:])
        var said: [String] = []
        let code = try await GuardRun(
            options.plan,
            settings: options.settings,
            lock: options.lock,
            command: options.command,
            environment: [:]
        ) { said.append($0) }.run()
        return (code, said)
    }

    @Test func `three at once run one after the other`() async throws {
        let world = try await World()
        let script = "echo begin >> LOG; sleep 0.3; echo end >> LOG; exit 7"
        async let first = world.run(["--lock-retry", "50ms"], script)
        async let second = world.run(["--lock-retry", "50ms"], script)
        async let third = world.run(["--lock-retry", "50ms"], script)
        let results = try await [first, second, third]
        #expect(results.map(\.code) == [7, 7, 7])
        #expect(world.log == ["begin", "end", "begin", "end", "begin", "end"])
        #expect(results.filter { $0.said.contains("another has the lock; waiting") }.count >= 1)
        // Another key is another lock: each waits for a word of the other, for ten seconds at most.
        func word(_ word: String) -> String {
            "for i in $(seq 200); do grep -qx \(word) LOG && break; sleep 0.05; done"
        }
        async let one = world.run(["--key", "1"], "echo a >> LOG; \(word("c")); echo b >> LOG")
        async let two = world.run(["--key", "two"], "\(word("a")); echo c >> LOG")
        #expect(try await [one.code, two.code] == [0, 0])
        #expect(world.log.suffix(3) == ["a", "c", "b"])
    }

    @Test func `once is once for each version`() async throws {
        let world = try await World()
        let words = ["--once", "--version", "1", "--lock-retry", "50ms"]
        async let first = world.run(words, "sleep 0.2; echo x >> LOG")
        async let second = world.run(words, "sleep 0.2; echo x >> LOG")
        #expect(try await [first.code, second.code] == [0, 0])
        #expect(world.log == ["x"])
        #expect(try await world.run(["--once", "--version", "2"], "exit 5").code == 5)
        #expect(try await world.run(["--once", "--version", "2"], "echo y >> LOG").code == 0)
        #expect(try await world.run(["--once", "--version", "2"], "echo z >> LOG").code == 0)
        #expect(world.log == ["x", "y"])
        let count = try await world.servers.query(
            "primary",
            "SELECT count(*) FROM companion_migrations"
        )
        #expect(count == "2")
    }

    @Test func `a session that the server ends stops the command, and the next one goes on`()
        async throws
    {
        let world = try await World()
        let script = "echo begin >> LOG; trap 'echo told >> LOG; exit 0' TERM; sleep 20 & wait"
        async let first = world.run([], script)
        try await eventually(within: .seconds(10), "the command runs") { world.log == ["begin"] }
        async let second = world.run(["--lock-retry", "50ms"], "echo second >> LOG")
        try await eventually(within: .seconds(10), "the second one waits") {
            try await world.servers.query(
                "primary",
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'companion'"
            ) == "2"
        }
        _ = try await world.servers.query(
            "primary",
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        )
        let lost = try await first
        #expect(lost.code == 1)
        #expect(
            lost.said.contains { $0.contains("the lock is lost") && $0.contains("57P01") },
            "\(lost.said)"
        )
        #expect(try await second.code == 0)
        #expect(Set(world.log) == ["begin", "told", "second"])
    }

    @Test func `a server that restarts in the middle`() async throws {
        let world = try await World()
        async let holder = world.run(
            ["--grace", "300ms"],
            "echo begin >> LOG; trap '' TERM; sleep 20; true"
        )
        try await eventually(within: .seconds(10), "the command runs") { world.log == ["begin"] }
        async let other = world.run(["--lock-retry", "100ms"], "echo other >> LOG")
        async let carefree = world.run(
            ["--key", "k", "--on-loss", "continue"],
            "sleep 1; echo kept >> LOG; exit 3"
        )
        try await eventually(within: .seconds(10), "all are at the server") {
            try await world.servers.query(
                "primary",
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'companion'"
            ) == "3"
        }
        try await world.servers.stop("primary")
        let lost = try await holder
        #expect(lost.code == 1 && lost.said.contains { $0.contains("killed") }, "\(lost.said)")
        try await world.servers.start("primary")
        let kept = try await carefree
        #expect(
            kept.code == 3 && kept.said.contains { $0.contains("the command goes on") },
            "\(kept.said)"
        )
        #expect(try await other.code == 0)
        #expect(world.log.contains("other") && world.log.contains("kept"))
    }

    @Test func `what cannot be had is said`() async throws {
        let world = try await World()
        let wrong = try await Self.run([
            "-d", world.url.replacing("secret", with: "wrong"), "--", "true",
        ])
        #expect(wrong.code == 1 && wrong.said.last?.contains("28P01") == true, "\(wrong)")
        let start = ContinuousClock.now
        let missing = try await Self.run([
            "-d", world.url, "--keep-alive", "60s", "--", "/nowhere/x",
        ])
        // The session that listens until the next look is not waited for.
        #expect(ContinuousClock.now - start < .seconds(30))
        #expect(
            missing.code == 127 && missing.said.last?.contains("/nowhere/x") == true,
            "\(missing)"
        )
        async let holder = world.run([], "sleep 2")
        try await eventually(within: .seconds(10), "the lock is held") {
            try await world.servers.query(
                "primary",
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
            ) == "1"
        }
        let late = try await world.run(["-t", "300ms", "--lock-retry", "50ms"], "true")
        #expect(late.code == 1 && late.said.last?.contains("given up") == true, "\(late)")
        _ = try await holder
        let gone = try await Self.run([
            "-d", "postgres://a@127.0.0.1:1/x", "-t", "300ms", "--lock-retry", "50ms", "--", "true",
        ])
        #expect(gone.code == 1 && gone.said.first == "connection refused; waiting", "\(gone)")
    }

    @Test(arguments: [("transaction", 1), ("session", 0)]) func `a pooler is seen through`(
        _ mode: String,
        _ code: Int32
    ) async throws {
        let world = try await World()
        let port = try FreePort.find()
        try world.folder.write("\"postgres\" \"secret\"\n", to: "users")
        let configuration = try world.folder.write(
            """
            [databases]
            postgres = host=127.0.0.1 port=\(world.port) user=postgres password=secret
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = \(port)
            unix_socket_dir =
            auth_type = plain
            auth_file = \(world.folder.file("users"))
            pool_mode = \(mode)
            user = postgres
            """,
            to: "pgbouncer.ini"
        )
        // It gives up root, and reads its files as that user.
        try Files.chmod(world.folder.path, 0o755)
        let pooler = try TestProgram("pgbouncer", [configuration])
        defer { pooler.signal(SIGTERM) }
        let url = "postgres://postgres:secret@127.0.0.1:\(port)/postgres?sslmode=disable"
        try await eventually(within: .seconds(20), "the pooler answers: \(pooler.errors)") {
            try await Self.asked(url)
        }
        let result = try await Self.run(["-d", url, "--lock-retry", "50ms", "--", "true"])
        #expect(result.code == code, "\(result)")
        #expect(
            result.said.contains { $0.contains("transaction mode") } == (code == 1),
            "\(result)"
        )
    }

    @MainLoop private static func asked(_ url: String) async throws -> Bool {
        let target = try WaitTarget(url)
        return await TargetCheck().ask(target, until: Loop.main.now + .seconds(2)) == .there("")
    }
}
