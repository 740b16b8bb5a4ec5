import Foundation
import Glibc
import TestKit
import Testing

/// `psql` and `pgbench` through relays of the real program.
@Suite("CompanionEndToEnd: PostgreSQL's clients", .serialized, .timeLimit(.minutes(5)))
struct CompanionEndToEndPostgresTests {
    /// A server behind a relay of bytes, and one that takes TLS off.
    private final class World {
        let servers: PostgresServers
        let folder: TemporaryDirectory
        let plainPort: UInt16
        let securePort: UInt16
        private let companion: TestProgram

        init() async throws {
            servers = try await PostgresServers()
            try await servers.start("primary")
            folder = try TemporaryDirectory()
            plainPort = try FreePort.find()
            securePort = try FreePort.find()
            let made = try await TestCertificate()
            let certificate = try folder.write(made.certificate, to: "relay.crt")
            let key = try folder.write(made.privateKey, to: "relay.key")
            let server = "127.0.0.1:\(servers.ports["primary"] ?? 0)"
            let path = try folder.write(
                """
                listeners:
                - {listen: "127.0.0.1:\(plainPort)", tcp: "\(server)"}
                - listen: 127.0.0.1:\(securePort)
                  tcp: \(server)
                  tls: {certificate: \(certificate), key: \(key)}
                """,
                to: "proxy.yaml"
            )
            let admin = try FreePort.find()
            let words = ["proxy", "--admin", "127.0.0.1:\(admin)", "--workers", "2", "-c", path]
            companion = try TestProgram(EndToEnd.binary(), words)
            try await eventually(within: .seconds(20), "the companion is ready") {
                try await EndToEnd.get("http://127.0.0.1:\(admin)/readyz").code == 200
            }
        }

        func start(_ name: String, _ port: UInt16, _ mode: String, _ more: [String]) throws
            -> TestProgram
        {
            let ownCertificate = port == securePort ? folder.file("relay.crt") : nil
            return try TestProgram(
                PostgresServers.binaries + "/" + name,
                ["-h", "127.0.0.1", "-p", "\(port)", "-U", "postgres"] + more,
                environment: [
                    "PGPASSWORD": "secret", "PGDATABASE": "postgres", "PGSSLMODE": mode,
                    "PGSSLROOTCERT": ownCertificate ?? servers.folder.file("tls.crt"),
                ]
            )
        }

        func run(_ name: String, _ port: UInt16, _ mode: String, _ more: [String]) async throws
            -> TestProgram.Result
        {
            try await start(name, port, mode, more).wait(within: .seconds(20))
        }
    }

    @Test func `TLS passes through a relay, or ends at it, as the client asks for it`() async throws
    {
        try #require(PostgresServers.isInstalled, "PostgreSQL is not installed")
        let world = try await World()
        let isSecure = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        for (port, mode, wanted) in [
            (world.plainPort, "disable", "f\n"), (world.plainPort, "require", "t\n"),
            (world.plainPort, "verify-full", "t\n"), (world.securePort, "require", "f\n"),
            (world.securePort, "prefer", "f\n"), (world.securePort, "verify-full", "f\n"),
        ] {
            let got = try await world.run("psql", port, mode, ["-Atc", isSecure])
            #expect(got.output == wanted, "\(mode) \(got.errors)")
        }
        let said = try await world.run("psql", world.securePort, "require", ["-c", "\\conninfo"])
        #expect(said.output.contains("SSL connection (protocol: TLSv1.3"), "\(said.output)")
        let plain = try await world.run("psql", world.securePort, "disable", ["-c", "SELECT 1"])
        #expect(!plain.succeeded && plain.output.isEmpty)

        // Many rows in both directions.
        let make = "SELECT n, repeat(md5(n::text), 30) FROM generate_series(1, 10000) AS n"
        let rows = try await world.run("psql", world.securePort, "require", ["-Atc", make])
        #expect(rows.output.utf8.count > 9_600_000)
        let file = try world.folder.write(rows.output, to: "rows")
        let copy = try await world.run(
            "psql",
            world.securePort,
            "require",
            [
                "-At", "-c", "CREATE TABLE rows (n int, text text)",
                "-c", "\\copy rows FROM '\(file)' DELIMITER '|'",
                "-c", "SELECT count(*), sum(length(text)) FROM rows",
            ]
        )
        #expect(copy.output.hasSuffix("10000|9600000\n"), "\(copy.errors)")

        // A wish to cancel comes on a connection of its own, without a hello.
        let sleeping = try world.start(
            "psql",
            world.plainPort,
            "require",
            ["-c", "SELECT pg_sleep(20)"]
        )
        try await eventually(within: .seconds(10), "the query runs") {
            let text = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%sleep(2' || '0)%'"
            return try await world.servers.query("primary", text) == "1"
        }
        sleeping.signal(SIGINT)
        let cancelled = try await sleeping.wait(within: .seconds(10))
        #expect(cancelled.errors.contains("canceling statement due to user request"))
    }

    @Test func `many short sessions through a relay that takes TLS off`() async throws {
        try #require(PostgresServers.isInstalled, "PostgreSQL is not installed")
        let world = try await World()
        let script = try world.folder.write("SELECT 1;\n", to: "script")
        let load = try await world.run(
            "pgbench",
            world.securePort,
            "require",
            ["-n", "-C", "-c", "8", "-j", "2", "-t", "10", "-f", script]
        )
        #expect(load.output.contains("actually processed: 80/80"), "\(load.output)\(load.errors)")
        #expect(load.output.contains("failed transactions: 0"), "\(load.output)")
    }
}
