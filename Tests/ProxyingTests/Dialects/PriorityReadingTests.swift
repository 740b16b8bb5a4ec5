import Testing

@testable import Proxying

/// What programs think of hosts that stand by, and of answers that are not the expected ones.
@Suite struct PriorityReadingTests {
    private static func cluster(_ text: String, _ dialect: Dialect) throws -> ClusterSettings {
        let clusters = try Reading.value(text, dialect).configuration.clusters
        return try #require(clusters.first { $0.endpoints.count == 2 })
    }

    @Test func `nginx uses a backup when no other host is left`() throws {
        let text = """
            events {}
            http {
              upstream app { server 10.0.0.1:80; server 10.0.0.2:80 backup; }
              server { listen 8080; location / { proxy_pass http://app; } }
            }
            """
        let cluster = try Self.cluster(text, .nginx)
        #expect(cluster.endpoints.map(\.priority) == [0, 1])
        #expect(cluster.overprovisioningPercent == ClusterSettings.backupOnly)
        #expect(cluster.panicPercent == 0)
    }

    @Test func `HAProxy uses a backup when no other server is left`() throws {
        let text = """
            defaults
              mode http
              timeout connect 5s
              timeout client 5s
              timeout server 5s
            listen app
              bind 127.0.0.1:8080
              server a 10.0.0.1:80
              server b 10.0.0.2:80 backup
            """
        let cluster = try Self.cluster(text, .haproxy)
        #expect(cluster.endpoints.map(\.priority) == [0, 1])
        #expect(cluster.overprovisioningPercent == ClusterSettings.backupOnly)
        #expect(cluster.panicPercent == 0)
    }

    @Test func `our own backups are the same, priorities spill over`() throws {
        func text(_ second: String) -> String {
            """
            listen: 8080
            to: app
            services:
              app: {hosts: [10.0.0.1:80, {address: 10.0.0.2:80, \(second)}]}
            """
        }
        let backup = try Self.cluster(text("backup: true"), .own)
        #expect(backup.overprovisioningPercent == ClusterSettings.backupOnly)
        let priority = try Self.cluster(text("priority: 1"), .own)
        #expect(priority.overprovisioningPercent == 140)
    }

    @Test func `Envoy's factor and its checks over HTTP are taken`() throws {
        let hosts = """
            load_assignment:
              cluster_name: app
              policy: {overprovisioning_factor: 100}
              endpoints:
              - lb_endpoints:
                - endpoint: {address: {socket_address: {address: 10.0.0.1, port_value: 80}}}
                - endpoint: {address: {socket_address: {address: 10.0.0.2, port_value: 80}}}
            """
        func cluster(_ check: String) throws -> ClusterSettings {
            let settings = """
                type: STATIC
                health_checks:
                - {timeout: 1s, interval: 5s, unhealthy_threshold: 3, healthy_threshold: 1, \(check)}
                """
            return try Self.cluster(
                EnvoyText.bootstrap(cluster: settings, hosts: hosts),
                .envoy
            )
        }
        let http = try cluster("http_health_check: {path: /}")
        #expect(http.overprovisioningPercent == 100)
        #expect(http.healthChecks.map(\.failsAtOnce) == [true])
        #expect(try cluster("tcp_health_check: {}").healthChecks.map(\.failsAtOnce) == [false])
    }
}
