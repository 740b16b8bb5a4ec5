import Proxying
import Testing

@testable import Companion

@Suite("ConfigurationSource") struct ConfigurationSourceTests {
    private func load(
        _ options: ProxyOptions = ProxyOptions(),
        files: [String: String] = [:],
        environment: [String: String] = [:]
    ) throws -> LoadedConfiguration {
        let surroundings = ConfigurationSource.Surroundings(
            environment: environment,
            read: { files[$0].map { Array($0.utf8) } },
            list: { directory in
                files.keys.filter { $0.hasPrefix(directory + "/") }
                    .map { String($0.dropFirst(directory.count + 1)) }.sorted()
            }
        )
        return try ConfigurationSource(options: options).load(surroundings)
    }

    private static let envoy = "static_resources: {listeners: [], clusters: []}\n"

    @Test func `nothing at all is a failure with a remedy`() {
        let error = #expect(throws: LoadingError.self) { try load() }
        #expect(error?.text.contains("--quickstart") == true)
    }

    @Test func `a file at the usual place is taken before a database`() throws {
        let loaded = try load(
            files: ["/etc/envoy/envoy.yaml": Self.envoy],
            environment: ["DATABASE_URL": "postgres://u@db/x"]
        )
        #expect(loaded.origin == "/etc/envoy/envoy.yaml")
        #expect(loaded.dialect == .envoy)
    }

    @Test func `our own variables come before files`() throws {
        let loaded = try load(
            files: ["/etc/envoy/envoy.yaml": Self.envoy],
            environment: ["GATEWAY_UPSTREAM": "app:80"]
        )
        #expect(loaded.origin.contains("GATEWAY_"))
    }

    @Test func `a certificate alone takes TLS off for the application`() throws {
        let loaded = try load(
            files: ["/etc/certs/tls.crt": "", "/etc/certs/tls.key": ""],
            environment: ["PORT": "3000"]
        )
        #expect(loaded.configuration.listeners.first?.address.port == 8443)
        #expect(loaded.sentences.first?.contains("localhost:3000") == true)
    }

    @Test func `a missing file is said by name`() {
        var options = ProxyOptions()
        options.config = "/nowhere.yaml"
        let error = #expect(throws: LoadingError.self) { try load(options) }
        #expect(error?.text.contains("/nowhere.yaml") == true)
    }

    @Test func `the command line goes before the file`() throws {
        var options = ProxyOptions()
        options.config = "/e.yaml"
        options.nodeID = "me"
        options.drain = .seconds(3)
        let loaded = try load(options, files: ["/e.yaml": Self.envoy])
        #expect(loaded.configuration.node.id == "me")
        #expect(loaded.configuration.drain == .seconds(3))
    }
}
