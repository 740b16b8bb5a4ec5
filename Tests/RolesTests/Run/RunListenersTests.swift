import Basics
import Formats
import Reactor
import TestKit
import Testing

@testable import Roles

@Suite("Ports of roles in one process") @MainLoop struct RunListenersTests {
    private nonisolated static func listener(_ text: String) throws -> RoleListener {
        let parts = text.split(separator: "/")
        let address = try #require(ListenAddress(String(parts[0])))
        return RoleListener(address, parts.count == 2 ? .udp : .tcp)
    }

    @Test(arguments: [
        ("127.0.0.1:80", "127.0.0.1:80", true), (":80", "127.0.0.1:80", true),
        ("127.0.0.1:80", ":80", true), ("localhost:80", "127.0.0.1:80", true),
        ("127.0.0.1:80", "127.0.0.2:80", false), ("127.0.0.1:80", "127.0.0.1:81", false),
        (":0", ":0", false), (":80", ":80/udp", false), (":80/udp", "10.0.0.1:80/udp", true),
        ("[::]:80", "0.0.0.0:80", false), ("[::]:80", "[::1]:80", true),
        ("[::1]:80", "127.0.0.1:80", false), ("*:80", "0.0.0.0:80", true),
    ]) nonisolated func `two cannot have one`(_ one: String, _ other: String, _ isSo: Bool) throws {
        #expect(try Self.listener(one).excludes(Self.listener(other)) == isSo)
        #expect(try Self.listener(other).excludes(Self.listener(one)) == isSo)
    }

    private static let metrics = "--source=http://localhost:8080/x"

    /// What is found in a file with roles that listen, the process's admin pages at their usual place.
    private func findings(
        _ text: String,
        admin: ListenAddress? = ListenAddress(host: "127.0.0.1", port: 9900)
    ) throws -> [String] {
        let folder = try TemporaryDirectory()
        let roles = [MetricsRole.role, ReloadRole.role]
        let makers = RunMakers(roles: roles, directory: folder.file("state"))
        let file = try RunFile.read(
            Array(text.utf8),
            name: "r.yaml",
            roles: roles.map(\.name)
        )
        var listeners = RunListeners(admin: admin)
        return try file.entries.flatMap { entry in
            listeners.take(try makers.listeners(entry, [:]), for: entry).map { "\($0)" }
        }
    }

    @Test func `a second role on a port is told of the first`() throws {
        let found = try findings(
            """
            roles:
            - {name: one, role: metrics, args: [\(Self.metrics)]}
            - {name: two, role: metrics, args: [\(Self.metrics), "--listen=:9091"]}
            - {name: three, role: metrics, args: [\(Self.metrics), "--listen=127.0.0.1:9090"]}
            - {name: four, role: reload, args: [--url=http://a, --dir=/x, "--listen=:9091"]}
            """
        )
        #expect(
            found == [
                "r.yaml:4:23: roles[2]: the role three wants to listen on 127.0.0.1:9090, but the role "
                    + "one at r.yaml:2:21 listens on 0.0.0.0:9090; give one of them another port",
                "r.yaml:5:22: roles[3]: the role four wants to listen on 0.0.0.0:9091, but the role "
                    + "two at r.yaml:3:21 listens on 0.0.0.0:9091; give one of them another port",
            ]
        )
    }

    @Test func `the admin pages have their port`() throws {
        let text = "roles: [{role: metrics, args: [\(Self.metrics), \"--listen=:9900\"]}]"
        #expect(
            try findings(text) == [
                "r.yaml:1:16: roles[0]: the role metrics wants to listen on 0.0.0.0:9900, but the admin "
                    + "pages of the process are on 127.0.0.1:9900; give the role another port, or the "
                    + "process another --admin"
            ]
        )
        #expect(try findings(text, admin: nil).isEmpty)
    }

    @Test func `a configuration in the file counts, with its datagrams`() throws {
        let found = try findings(
            """
            roles:
            - name: one
              role: metrics
              config:
                listen: ":9100"
                sources: [{name: a, statsd: {udp: ":8125", tcp: ":8125"}}]
            - name: two
              role: metrics
              args: [--source=statsd://127.0.0.1:8125, "--listen=:9101"]
            """
        )
        #expect(found.count == 2, "\(found)")
        #expect(found.last?.contains("127.0.0.1:8125/udp, but the role one at r.yaml:3:9") == true)
    }

    @Test func `the check ends with 1 where two roles want one port`() async throws {
        let folder = try TemporaryDirectory()
        let role = RunRole.role { [MetricsRole.role, ReloadRole.role] }
        for (port, code) in [(9090, 1), (9091, 0), (9900, 1)] as [(Int, Int32)] {
            let path = try folder.write(
                """
                roles:
                - {name: one, role: metrics, args: [\(Self.metrics)]}
                - {name: two, role: metrics, args: [\(Self.metrics), "--listen=127.0.0.1:\(port)"]}
                """,
                to: "roles.yaml"
            )
            let parser = CommandParser(
                CommandSpec("companion", summary: "", subcommands: [role.spec])
            )
            let state = folder.file("state")
            guard
                case .run(let invocation) = try parser.parse(
                    ["run", "--check", "--roles", path, "--state", state]
                )
            else {
                Issue.record("it does not parse")
                return
            }
            #expect(try await role.run(invocation, "companion") == code, "\(port)")
        }
    }
}
