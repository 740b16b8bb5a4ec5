import Basics
import Formats
import Reactor
import System
import TestKit
import Testing

@testable import Proxying

/// Whole clusters: DNS, servers and checks of the test's own, with short intervals.
@Suite("Cluster monitor", .timeLimit(.minutes(2))) struct ClusterMonitorTests {
    /// A monitor, what it published, and its name server.
    @MainLoop final class World {
        let server: DNSResponder
        let resolver = NameResolver()
        var monitor: ClusterMonitor?
        var published: [ClusterMembers] = []
        var refreshes = 0
        var listeners = LoopbackListeners(v4: true)

        init(_ reply: @escaping (DNSResponder.Question) -> DNSResponder.Reply = { _ in .silence })
            throws
        {
            server = try DNSResponder(reply)
        }

        @discardableResult
        func start(_ settings: ClusterSettings, journal: Journal = .silent) -> ClusterMonitor {
            var settings = settings
            settings.resolvers = [HostPort(host: "127.0.0.1", port: server.port)]
            let monitor = ClusterMonitor(
                settings,
                resolver: resolver,
                journal: journal,
                seed: 5,
                listeners: { [weak self] _ in self?.listeners ?? LoopbackListeners() },
                publish: { [weak self] in self?.published.append($0) },
                refresh: { [weak self] in self?.refreshes += 1 }
            )
            self.monitor = monitor
            monitor.start()
            return monitor
        }

        var addresses: [String]? { published.last?.hosts.map(\.address.description) }

        /// Hosts that may be used.
        var healthy: [String] {
            (published.last?.hosts ?? []).filter {
                $0.record.health.flags.isDisjoint(with: .unhealthy)
            }.map(\.address.description)
        }

        func stop() {
            monitor?.stop()
            server.close()
        }
    }

    private static func settings(
        _ names: [String],
        _ discovery: ClusterSettings.Discovery = .strictDNS,
        port: UInt16 = 80,
        checks: [HealthCheckSettings] = []
    ) -> ClusterSettings {
        ClusterSettings(
            name: "users",
            discovery: discovery,
            endpoints: names.map { Endpoint(address: HostPort(host: $0, port: port)) },
            healthChecks: checks,
            refresh: .milliseconds(30)
        )
    }

    private static func tcp(startsHealthy: Bool = false, fall: Int = 2) -> HealthCheckSettings {
        HealthCheckSettings(
            check: .tcp(send: [], expect: []),
            timeout: .seconds(5),
            interval: .milliseconds(20),
            noTrafficInterval: .milliseconds(20),
            unhealthyThreshold: fall,
            healthyThreshold: 2,
            startsHealthy: startsHealthy
        )
    }

    // MARK: DNS

    @Test @MainLoop func `hosts follow DNS through changes, failures and empty answers`()
        async throws
    {
        let world = try World { $0.isV6 ? .addresses([]) : .addresses(["10.0.0.1", "10.0.0.2"]) }
        defer { world.stop() }
        let monitor = world.start(Self.settings(["users.example"]))
        #expect(!monitor.isReady)
        #expect(await monitor.whenReady(deadline: Loop.main.now + .seconds(20)))
        #expect(world.addresses == ["10.0.0.1:80", "10.0.0.2:80"])
        let first = try #require(world.published.last?.hosts.first)
        world.server.reply = {
            $0.isV6 ? .addresses([]) : .addresses(["10.0.0.3", "10.0.0.1"])
        }
        try await eventually(within: .seconds(20), "the change is followed") {
            world.addresses == ["10.0.0.1:80", "10.0.0.3:80"]
        }
        // Who stays is the same host.
        #expect(world.published.last?.hosts.first?.record.health === first.record.health)
        let count = world.published.count
        for code in [UInt8(2), 5] {
            world.server.reply = { _ in .code(code) }
            let failures = monitor.discovery.failures
            try await eventually(within: .seconds(30), "a question fails") {
                monitor.discovery.failures > failures
            }
        }
        #expect(world.published.count == count)
        world.server.reply = { _ in .code(3) }
        try await eventually(within: .seconds(30), "the name is gone") { world.addresses == [] }
        world.server.reply = { $0.isV6 ? .addresses([]) : .addresses(["10.0.0.9"]) }
        try await eventually(within: .seconds(30), "the name is back") {
            world.addresses == ["10.0.0.9:80"]
        }
    }

    @Test @MainLoop func `a name server that is silent is not waited for longer than asked`()
        async throws
    {
        let world = try World()
        defer { world.stop() }
        let monitor = world.start(Self.settings(["users.example", "127.0.0.1"]))
        #expect(world.addresses == ["127.0.0.1:80"])
        #expect(await !monitor.whenReady(deadline: Loop.main.now + .milliseconds(50)))
        monitor.stop()
        #expect(monitor.isReady)
    }

    @Test @MainLoop func `a logical host moves and stays the same host`() async throws {
        let world = try World { $0.isV6 ? .addresses([]) : .addresses(["10.0.0.1", "10.0.0.2"]) }
        defer { world.stop() }
        let monitor = world.start(Self.settings(["users.example"], .logicalDNS))
        #expect(await monitor.whenReady(deadline: Loop.main.now + .seconds(20)))
        #expect(world.addresses == ["10.0.0.1:80"])
        let first = world.published.last?.hosts.first?.record
        world.server.reply = { $0.isV6 ? .addresses([]) : .addresses(["10.0.0.7"]) }
        try await eventually(within: .seconds(20), "it moves") {
            world.addresses == ["10.0.0.7:80"]
        }
        let second = world.published.last?.hosts.first?.record
        #expect(first?.health === second?.health)
        #expect(first?.key == second?.key)
    }

    @Test @MainLoop func `the servers of a service are hosts with ports of their own`()
        async throws
    {
        var offered = [
            ResolvedService(host: "a.example", port: 8080),
            ResolvedService(host: "b.example", port: 8081),
            ResolvedService(host: "spare.example", port: 9, priority: 1),
            ResolvedService(host: "gone.example", port: 10),
        ]
        let world = try World { question in
            if question.isService { return .services(offered) }
            if question.isV6 { return .addresses([]) }
            let known = ["a.example": "10.0.0.1", "b.example": "10.0.0.2", "spare.example": "::1"]
            return known[question.name].map { .addresses([$0]) } ?? .code(3)
        }
        defer { world.stop() }
        var settings = Self.settings(["_http._tcp.users.example"], port: 0)
        settings.endpoints[0].isService = true
        let monitor = world.start(settings)
        try await eventually(within: .seconds(20), "those of the first priority are found") {
            world.addresses == ["10.0.0.1:8080", "10.0.0.2:8081"]
        }
        offered = [ResolvedService(host: "b.example", port: 8082)]
        try await eventually(within: .seconds(20), "another port is another host") {
            world.addresses == ["10.0.0.2:8082"]
        }
        // A question that fails keeps the hosts.
        let before = monitor.discovery.failures
        world.server.reply = { $0.isService ? .services(offered) : .code(2) }
        try await eventually(within: .seconds(20), "it fails") {
            monitor.discovery.failures > before
        }
        #expect(world.addresses == ["10.0.0.2:8082"])
        world.server.reply = { _ in .code(3) }
        try await eventually(within: .seconds(20), "the service is withdrawn") {
            world.addresses == []
        }
    }

    @Test @MainLoop func `localhost is the address at which somebody listens`() async throws {
        let world = try World()
        defer { world.stop() }
        world.listeners = LoopbackListeners()
        world.start(Self.settings(["localhost"], port: 8080))
        try await eventually(within: .seconds(20), "a guess") {
            world.addresses == ["127.0.0.1:8080"]
        }
        world.listeners = LoopbackListeners(v6: true)
        try await eventually(within: .seconds(20), "IPv6 is found") {
            world.addresses == ["[::1]:8080"]
        }
        world.listeners = LoopbackListeners(v4: true, v6: true)
        let questions = world.monitor?.discovery.attempts ?? 0
        try await eventually(within: .seconds(20), "it is asked again") {
            (world.monitor?.discovery.attempts ?? 0) > questions + 2
        }
        #expect(world.addresses == ["[::1]:8080"])
        world.listeners = LoopbackListeners(v4: true)
        try await eventually(within: .seconds(20), "IPv4 is found") {
            world.addresses == ["127.0.0.1:8080"]
        }
        #expect(world.server.questions.isEmpty)
    }

    // MARK: Checks

    @Test @MainLoop func `hosts are used while they answer checks`() async throws {
        let world = try World()
        defer { world.stop() }
        let one = try StreamListener.listen(host: "127.0.0.2", port: 0)
        var two: StreamListener? = try StreamListener.listen(host: "127.0.0.3", port: one.port)
        let names = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
        let settings = Self.settings(names, .fixed, port: one.port, checks: [Self.tcp()])
        let monitor = world.start(settings)
        #expect(world.addresses?.count == 3)
        #expect(world.healthy.isEmpty)
        #expect(monitor.report.contains("::health_flags::/pending_active_hc\n"))
        #expect(await monitor.whenReady(deadline: Loop.main.now + .seconds(20)))
        let both = ["127.0.0.2:\(one.port)", "127.0.0.3:\(one.port)"]
        #expect(world.healthy == both)
        #expect(monitor.report.contains("users::\(both[0])::health_flags::healthy\n"))
        #expect(
            monitor.report.contains("users::127.0.0.4:\(one.port)::health_flags::/failed_active_hc")
        )
        two?.close()
        two = nil
        try await eventually(within: .seconds(20), "the fall is seen") {
            world.healthy == [both[0]]
        }
        #expect(world.refreshes > 0)
        two = try StreamListener.listen(host: "127.0.0.3", port: one.port)
        try await eventually(within: .seconds(20), "the rise is seen") { world.healthy == both }
        let counts = Dictionary(uniqueKeysWithValues: monitor.counts.map { ($0.name, $0.value) })
        #expect(counts["membership_total"] == 3 && counts["membership_healthy"] == 2)
        #expect((counts["health_check.failure"] ?? 0) > 2)
        #expect((counts["health_check.success"] ?? 0) > 2)
        let hosts = monitor.reportJSON["host_statuses"]?.array ?? []
        #expect(hosts.count == 3)
        #expect(hosts[2]["health_status"]?["failed_active_health_check"]?.bool == true)
        two?.close()
        one.close()
    }

    @Test @MainLoop func `hosts that are taken for healthy are not waited for`() async throws {
        let world = try World { $0.isV6 ? .addresses([]) : .addresses(["127.0.0.9"]) }
        defer { world.stop() }
        let check = Self.tcp(startsHealthy: true)
        let monitor = world.start(Self.settings(["users.example"], port: 1, checks: [check]))
        #expect(!monitor.isReady, "its name is")
        #expect(await monitor.whenReady(deadline: Loop.main.now + .seconds(20)))
        #expect(world.addresses == ["127.0.0.9:1"])
    }

    @Test @MainLoop func `a host that checks leave out is healthy, and waited for by nobody`()
        async throws
    {
        let world = try World()
        defer { world.stop() }
        var settings = Self.settings(["127.0.0.9"], .fixed, port: 1, checks: [Self.tcp()])
        settings.endpoints[0].skipsHealthChecks = true
        let monitor = world.start(settings)
        #expect(world.healthy == ["127.0.0.9:1"])
        #expect(monitor.isReady)
    }

    @Test @MainLoop func `a host that DNS forgot stays as long as it answers checks`()
        async throws
    {
        let listener = try StreamListener.listen(host: "127.0.0.5", port: 0)
        let world = try World { $0.isV6 ? .addresses([]) : .addresses(["127.0.0.5", "127.0.0.6"]) }
        defer { world.stop() }
        let checks = [Self.tcp()]
        let settings = Self.settings(["users.example"], port: listener.port, checks: checks)
        let monitor = world.start(settings)
        #expect(await monitor.whenReady(deadline: Loop.main.now + .seconds(20)))
        let name = "127.0.0.5:\(listener.port)"
        #expect(world.healthy == [name])
        world.server.reply = { _ in .code(3) }
        try await eventually(within: .seconds(20), "only the healthy one is left") {
            world.addresses == [name]
        }
        #expect(monitor.report.contains("::health_flags::/pending_dynamic_removal"))
        listener.close()
        try await eventually(within: .seconds(20), "it is gone with its last check") {
            world.addresses == []
        }
    }

    @Test @MainLoop func `stopping ends everything`() async throws {
        let world = try World { _ in .addresses(["127.0.0.1"]) }
        let monitor = world.start(
            Self.settings(["127.0.0.1", "users.example"], port: 9, checks: [Self.tcp()])
        )
        monitor.stop()
        world.published = []
        let refreshes = world.refreshes
        try await Loop.main.sleep(for: .milliseconds(100))
        #expect(world.published.isEmpty && world.refreshes == refreshes)
        #expect(monitor.isReady)
        world.stop()
    }

    // MARK: Outliers

    @Test @MainLoop func `hosts that workers complain about are ejected and let back`()
        async throws
    {
        let world = try World()
        defer { world.stop() }
        var settings = Self.settings(["10.0.0.1", "10.0.0.2"], .fixed)
        settings.outliers = OutlierSettings(
            interval: .milliseconds(20),
            // Long enough to be seen by a test on a busy machine.
            baseEjection: .seconds(3),
            ejectionMaximum: .seconds(3)
        )
        let lines = AsyncQueue<String>(capacity: 100)
        let journal = Journal(
            level: .info,
            isJSON: false,
            time: { "" },
            write: { line in Task { @MainLoop in lines.send(line) } }
        )
        let monitor = world.start(settings, journal: journal)
        let host = try #require(world.published.last?.hosts.first)
        let mailbox = monitor.mailbox
        let health = host.record.health
        try await Loop.main.offload {
            for _ in 0..<3 { mailbox.send(health, .consecutive5xx) }
        }
        try await eventually(within: .seconds(20), "it is ejected") {
            world.healthy == ["10.0.0.2:80"]
        }
        let line = try #require(await lines.next())
        #expect(line.contains("host ejected") && line.contains("host=10.0.0.1:80"))
        #expect(line.contains("type=consecutive_5xx") && line.contains("cluster=users"))
        try await eventually(within: .seconds(20), "it is let back") { world.healthy.count == 2 }
        #expect(monitor.ejections?.enforced == 1)
        #expect(world.refreshes >= 2)
    }

    @Test @MainLoop func `hosts that fail as often as max_fails says are set aside`() async throws {
        let world = try World()
        defer { world.stop() }
        var settings = Self.settings(["10.0.0.1", "10.0.0.2"], .fixed)
        settings.endpoints[0].failuresMaximum = 2
        settings.endpoints[0].failureWindow = .seconds(8)
        let monitor = world.start(settings)
        let health = try #require(world.published.last?.hosts.first).record.health
        for _ in 0..<2 { monitor.mailbox.send(health, []) }
        try await eventually(within: .seconds(20), "it is set aside") {
            world.healthy == ["10.0.0.2:80"]
        }
        #expect(monitor.report.contains("10.0.0.1:80::health_flags::/set_aside"))
        try await eventually(within: .seconds(20), "it is let back") { world.healthy.count == 2 }
    }

    @Test func `a mailbox that nobody reads is bounded`() {
        let wakes = Counter()
        let mailbox = OutlierMailbox { wakes.increment() }
        let health = HostHealth()
        for _ in 0..<5000 { mailbox.send(health, .consecutive5xx) }
        #expect(mailbox.dropped == 5000 - OutlierMailbox.capacity)
        #expect(mailbox.take().count == OutlierMailbox.capacity)
        #expect(wakes.value == 1)
        mailbox.send(health, [])
        #expect(wakes.value == 2 && mailbox.take().count == 1)
    }
}
