import Basics
import Reactor
import TestKit
import Testing

@testable import Proxying

/// Clusters that stand for one upstream of nginx.
@Suite("Host group", .timeLimit(.minutes(2))) struct HostGroupTests {
    private static let text = """
        events {}
        http {
          upstream app { server 10.0.0.1:80 max_conns=3; server 10.0.0.2:80; }
          upstream other { server 10.0.0.1:80; server 10.0.0.2:80; }
          server {
            listen 80;
            location / { proxy_pass http://app; }
            location /slow { proxy_pass http://app; proxy_connect_timeout 5s; }
            location /other { proxy_pass http://other; }
          }
        }
        """

    private static func clusters() throws -> [ClusterSettings] {
        try Reading.value(text, .nginx).configuration.clusters
    }

    @Test func `locations that speak otherwise to an upstream share its hosts`() throws {
        let clusters = try Self.clusters()
        #expect(clusters.map(\.name).sorted() == ["app", "app#2", "other"])
        #expect(clusters.compactMap(\.hostGroup).sorted() == ["app", "app", "other"])
    }

    @Test @MainLoop func `a failure that one location sees sets the host aside for all`()
        async throws
    {
        let settings = try Self.clusters().filter { $0.hostGroup == "app" }
        let group = HostGroup()
        var published: [[ClusterMembers]] = [[], []]
        var refreshes = [0, 0]
        let monitors = (0..<2).map { place in
            ClusterMonitor(
                settings[place],
                resolver: NameResolver(),
                journal: .silent,
                seed: 5,
                group: group,
                publish: { published[place].append($0) },
                refresh: { refreshes[place] += 1 }
            )
        }
        for monitor in monitors { monitor.start() }
        defer { for monitor in monitors { monitor.stop() } }
        let first = try #require(published[0].last?.hosts.first?.record.health)
        let second = try #require(published[1].last?.hosts.first?.record.health)
        // What is under way is counted together as well.
        #expect(first === second)
        monitors[1].mailbox.send(second, [])
        try await eventually(within: .seconds(20), "both have heard of it") {
            refreshes == [1, 1]
        }
        #expect(first.flags == .setAside)
        let other = try #require(published[0].last?.hosts.last?.record.health)
        #expect(other.flags == [] && other !== first)
    }

    @Test @MainLoop func `what is known of a host goes with the last who knows it`() {
        let group = HostGroup()
        var health: HostHealth? = group.health(of: "a") { HostHealth(flags: .setAside) }
        #expect(group.health(of: "a") { HostHealth() } === health)
        #expect(group.health(of: "b") { HostHealth() } !== health)
        health = nil
        #expect(group.health(of: "a") { HostHealth() }.flags == [])
    }
}
