import Basics
import System
import TestKit
import Testing

@testable import Reactor

/// The resolver against a name server that others wrote.
@Suite("Name resolver with dnsmasq", .timeLimit(.minutes(1))) struct DnsmasqTests {
    static let path = "/usr/sbin/dnsmasq"

    @Test(.enabled(if: Files.exists(path), "dnsmasq is not installed"))
    @MainLoop func `records, time to live and missing names`() async throws {
        let port = try FreePort.find()
        let program = try TestProgram(
            Self.path,
            [
                "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts",
                "--no-daemon", "--pid-file=", "--bind-interfaces", "--listen-address=127.0.0.1",
                "--port=\(port)", "--local=/example/", "--local-ttl=11",
                "--host-record=web.example,10.9.0.1,fd00::9",
                "--address=/four.example/10.9.0.4", "--cname=alias.example,web.example",
            ]
        )
        defer { _ = program }
        let resolver = NameResolver()
        @MainLoop func find(_ name: String) async throws(Failure) -> ResolvedNames {
            try await resolver.addresses(of: name, servers: ["127.0.0.1:\(port)"])
        }
        try await eventually(within: .seconds(10), "dnsmasq answers") {
            try await !find("web.example").addresses.isEmpty
        }
        let found = try await find("web.example")
        #expect(found.addresses.map(\.host) == ["fd00::9", "10.9.0.1"])
        #expect(found.ttl == .seconds(11))
        #expect(try await find("alias.example").addresses.map(\.host) == ["fd00::9", "10.9.0.1"])
        #expect(try await find("four.example").addresses.map(\.host) == ["10.9.0.4"])
        await #expect(throws: Failure.self) { try await find("none.example") }
    }
}
