import Basics
import Glibc
import Reactor
import Security
import System
import TestKit
import Testing

@testable import Proxying

/// The checks against PostgreSQL itself: a primary and a standby that follows it.
@Suite(
    "PostgreSQL checks",
    .timeLimit(.minutes(3)),
    .enabled(if: PostgresServers.isInstalled && getuid() == 0, "needs PostgreSQL 15 and root")
) struct PostgresCheckTests {
    @MainLoop private static func check(
        _ port: UInt16,
        user: String = "postgres",
        password: String? = "secret",
        role: HealthCheckSettings.PostgresRole = .any,
        tls: TLSClientContext? = nil
    ) throws -> PostgresCheck {
        PostgresCheck(
            CheckTarget(
                address: try #require(SocketAddress(number: "127.0.0.1", port: port)),
                hostname: "db",
                security: tls
            ),
            PostgresLogin(user: user, password: password, database: "postgres"),
            role: role,
            keeps: true
        )
    }

    @MainLoop private static func run(_ check: PostgresCheck) async -> CheckOutcome {
        await check.run(deadline: Loop.main.now + .seconds(20))
    }

    @Test @MainLoop func `servers are told apart by what they are`() async throws {
        let servers = try await PostgresServers()
        try await servers.start("primary")
        let port = try #require(servers.ports["primary"])
        for (user, method) in [("old", "md5"), ("plain", "scram-sha-256"), ("trusted", "md5")] {
            _ = try await servers.query(
                "primary",
                "SET password_encryption = '\(method)'; "
                    + "CREATE ROLE \(user) LOGIN PASSWORD 'secret'"
            )
        }
        // Without a role the first word is enough, whatever the password.
        #expect(await Self.run(try Self.check(port, password: nil)) == .success)
        #expect(await Self.run(try Self.check(port, user: "trusted", password: nil)) == .success)
        let refused = await Self.run(try Self.check(port, user: "nobody", password: nil))
        #expect(refused.result == .refused)
        #expect(refused.note.contains("pg_hba.conf rejects"), "\(refused.note)")
        // Each way to log in.
        for user in ["postgres", "old", "plain", "trusted"] {
            let outcome = await Self.run(try Self.check(port, user: user, role: .primary))
            #expect(outcome.hasRole == true, "\(user): \(outcome.note)")
        }
        let wrong = await Self.run(try Self.check(port, password: "wrong", role: .primary))
        #expect(wrong.result == .refused && wrong.hasRole == nil)
        #expect(wrong.note.contains("password authentication failed"))
        let unknown = await Self.run(try Self.check(port, password: nil, role: .primary))
        #expect(unknown.result == .refused)
        #expect(unknown.note.contains("set PGPASSWORD"))
        // TLS.
        let tls = try TLSClientContext(TLSOptions(verification: .none))
        #expect(await Self.run(try Self.check(port, role: .primary, tls: tls)).hasRole == true)
        #expect(await Self.run(try Self.check(port, tls: tls)) == .success)
        // A standby, its promotion, and the session that is kept.
        try await servers.startStandby("standby", of: "primary")
        let other = try #require(servers.ports["standby"])
        let primary = try Self.check(other, role: .primary)
        let standby = try Self.check(other, role: .standby)
        var outcome = await Self.run(primary)
        #expect(outcome.result == .success && outcome.hasRole == false)
        #expect(outcome.note == "it takes no writes")
        #expect(await Self.run(standby).hasRole == true)
        let sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'comp%'"
        #expect(try await servers.query("standby", sessions) == "2")
        try await servers.promote("standby")
        outcome = await Self.run(primary)
        #expect(outcome.hasRole == true)
        #expect(await Self.run(standby).note == "it is a primary")
        #expect(try await servers.query("standby", sessions) == "2")
        // A server that was set read-only takes no writes either.
        _ = try await servers.query(
            "primary",
            "ALTER SYSTEM SET default_transaction_read_only = on"
        )
        _ = try await servers.query("primary", "SELECT pg_reload_conf()")
        try await eventually(within: .seconds(10), "the server is read-only") {
            try await Self.run(Self.check(port, role: .primary)).hasRole == false
        }
        // A server that is gone.
        try await servers.stop("standby")
        #expect(await Self.run(primary).result == .unreachable)
    }

    /// The hosts of a cluster that may be used, by their ports.
    @MainLoop private final class Watched {
        var hosts: [ClusterMembers.Host] = []
        var monitor: ClusterMonitor?

        init(_ ports: [UInt16], _ role: HealthCheckSettings.PostgresRole) {
            let check = HealthCheckSettings(
                check: .postgres(user: "postgres", role: role, password: "secret"),
                timeout: .seconds(1),
                interval: .milliseconds(500),
                noTrafficInterval: .milliseconds(500),
                unhealthyThreshold: 2,
                healthyThreshold: 1
            )
            let settings = ClusterSettings(
                name: role.rawValue,
                discovery: .fixed,
                endpoints: ports.map { Endpoint(address: HostPort(host: "127.0.0.1", port: $0)) },
                healthChecks: [check]
            )
            monitor = ClusterMonitor(
                settings,
                resolver: NameResolver.main,
                journal: .silent,
                publish: { [weak self] in self?.hosts = $0.hosts },
                refresh: {}
            )
            monitor?.start()
        }

        var ports: [UInt16] {
            hosts.filter { $0.record.health.flags.isDisjoint(with: .unhealthy) }
                .map(\.address.port)
        }
    }

    @Test @MainLoop func `a failover is followed within three seconds`() async throws {
        let servers = try await PostgresServers()
        try await servers.start("primary")
        try await servers.startStandby("standby", of: "primary")
        let first = try #require(servers.ports["primary"])
        let second = try #require(servers.ports["standby"])
        let writing = Watched([first, second], .primary)
        let reading = Watched([first, second], .standby)
        defer {
            writing.monitor?.stop()
            reading.monitor?.stop()
        }
        try await eventually(within: .seconds(20), "both roles are known") {
            writing.ports == [first] && reading.ports == [second]
        }
        // A host that nobody has asked yet is not used either: the reason comes with the answer.
        try await eventually(within: .seconds(20), "the standby is refused for its role") {
            writing.monitor?.report.contains("/wrong_role") == true
        }
        try await servers.stop("primary")
        try await servers.promote("standby")
        // How long PostgreSQL and its disk take to promote is not measured.
        let start = Loop.main.now
        try await eventually(within: .seconds(20), "the new primary is used") {
            writing.ports == [second] && reading.ports.isEmpty
        }
        #expect(Loop.main.now - start < .seconds(3))
    }
}
