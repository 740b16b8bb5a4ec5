import Foundation
import Glibc
import TestKit
import Testing

@Suite("CompanionEndToEnd: changes under load", .serialized, .timeLimit(.minutes(5)))
struct CompanionEndToEndLoadTests {
    /// Clients that ask without pause for some seconds; they are at it when this returns.
    private func load(_ world: FaultWorld, _ mode: String, _ seconds: Double) async throws
        -> TestProgram
    {
        let clients = try world.play("load", ["\(world.port)", mode, "\(seconds)"])
        try await eventually(within: .seconds(10), "the clients ask") {
            clients.output.contains("ready")
        }
        return clients
    }

    /// How often the clients asked.
    private func asked(_ output: String) -> Int {
        output.firstMatch(of: /asked (\d+)/).flatMap { Int($0.output.1) } ?? 0
    }

    @Test func `good and bad configurations under load drop nothing`() async throws {
        let world = try FaultWorld()
        let host = try await world.startHost()
        try await world.start(world.configuration())
        let clients = try await load(world, "both", 2.5)
        var knobs = FaultWorld.Knobs()
        func follow(_ what: String) async throws {
            let before = try await world.metric("companion_config_reloads_total") ?? 0
            try world.replace(world.configuration(knobs))
            try await eventually(within: .seconds(5), what) {
                try await world.metric("companion_config_reloads_total") ?? 0 > before
            }
        }
        knobs.host = "response_headers_to_add: [{header: {key: x-a, value: one}}]"
        try await follow("another route")
        knobs.cluster = "type: STATIC\n    lb_policy: RANDOM"
        try await follow("another cluster")
        knobs.cluster = "type: STRICT_DNS"
        knobs.address = "localhost"
        try await follow("a cluster of names")
        knobs.listener = "other"
        try await follow("another name of the listener")
        try world.replace("static_resources: {listenrs: []}\n")
        try await eventually(within: .seconds(5), "the refusal") {
            try await world.metric("companion_config_refusals_total") == 1
        }
        knobs.cluster = "type: STRICT_DNS\n    dns_refresh_rate: 2s"
        try await follow("the last one")
        #expect(asked(try await world.finish(clients)) > 500)
        withExtendedLifetime(host) {}
    }

    @Test func `a listener whose address changes listens there, and no more at the old one`()
        async throws
    {
        let world = try FaultWorld()
        let host = try await world.startHost()
        try await world.start(world.configuration())
        let client = try KeptConnection(port: world.port)
        #expect(try client.ask().contains("hello"))
        var knobs = FaultWorld.Knobs()
        let other = try FreePort.find()
        knobs.port = other
        try world.replace(world.configuration(knobs))
        try await eventually(within: .seconds(5), "the new address answers") {
            try await EndToEnd.get("http://127.0.0.1:\(other)/").code == 200
        }
        #expect(throws: (any Error).self) { try KeptConnection(port: world.port) }
        #expect(try client.ask().contains("hello"), "the old connection goes on")
        let listeners = try await world.admin("/listeners").body
        #expect(listeners.contains(":\(other)"))
        withExtendedLifetime(host) {}
    }

    @Test func `killed under load it serves again as soon as it is started`() async throws {
        let world = try FaultWorld()
        let host = try await world.startHost()
        try await world.start(world.configuration())
        let clients = try world.play("load", ["\(world.port)", "keep+", "3"])
        try await eventually(within: .seconds(10), "the clients ask") {
            clients.output.contains("ready")
        }
        for _ in 0..<2 {
            try world.running().signal(SIGKILL)
            #expect(try await world.running().wait().ending == .signalled(SIGKILL))
            try await world.start(world.configuration())
            #expect(try await EndToEnd.get("http://127.0.0.1:\(world.port)/").code == 200)
        }
        #expect(asked(try await world.finish(clients)) > 100)
        withExtendedLifetime(host) {}
    }

    @Test func `an end under load answers each request, on kept and on new connections`()
        async throws
    {
        let world = try FaultWorld()
        let host = try await world.startHost()
        try await world.start(world.configuration())
        let clients = try await load(world, "both+", 1.5)
        try await Task.sleep(for: .milliseconds(300))
        let program = try world.running()
        program.signal(SIGTERM)
        let result = try await program.wait(within: .seconds(10))
        #expect(result.ending == .exited(0))
        let end = try await clients.wait(within: .seconds(30))
        #expect(end.succeeded, "\(end.output)\(end.errors)")
        #expect(asked(end.output) > 100)
        withExtendedLifetime(host) {}
    }

    @Test func `an end waits for relayed connections`() async throws {
        let world = try FaultWorld()
        let host = try await world.startHost()
        let path = try world.folder.write(
            "listen: 127.0.0.1:\(world.port)\ntcp: 127.0.0.1:\(world.hostPort)\n",
            to: "proxy.yaml"
        )
        let program = try TestProgram(
            EndToEnd.binary(),
            ["proxy", "-c", path, "--admin", "off", "--dialect", "own"]
        )
        try await eventually(within: .seconds(10), "the relay works") {
            try await EndToEnd.get("http://127.0.0.1:\(world.port)/").code == 200
        }
        let client = try KeptConnection(port: world.port)
        #expect(try client.ask().contains("hello"))
        program.signal(SIGTERM)
        try await eventually(within: .seconds(5), "the end has begun") {
            program.errors.contains("ending on SIGTERM: 1 connections")
        }
        try await Task.sleep(for: .milliseconds(1500))
        #expect(try client.ask().contains("hello"), "\(program.errors)")
        #expect(program.poll() == nil)
        client.hangUp()
        #expect(try await program.wait(within: .seconds(5)).ending == .exited(0))
        #expect(!program.errors.contains("were cut"))
        withExtendedLifetime(host) {}
    }

    @Test func `a certificate that becomes garbage is refused loudly, and a new one is followed`()
        async throws
    {
        let world = try FaultWorld()
        let host = try await world.startHost()
        func certificate(_ name: String) async throws -> (chain: String, key: String) {
            let result = try await TestProgram.run(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                    "-nodes", "-days", "30", "-subj", "/CN=\(name)", "-keyout",
                    world.folder.file("\(name).key"), "-out", world.folder.file("\(name).crt"),
                ]
            )
            #expect(result.succeeded, "\(result.errors)")
            return (
                try world.folder.text(of: "\(name).crt"), try world.folder.text(of: "\(name).key")
            )
        }
        func put(_ pair: (chain: String, key: String)) throws {
            try world.folder.write(pair.chain, to: "tls/tls.crt")
            try world.folder.write(pair.key, to: "tls/tls.key")
        }
        func shown() async throws -> String {
            let result = try await TestProgram.run(
                "openssl",
                ["s_client", "-connect", "127.0.0.1:\(world.port)", "-showcerts"],
                input: ""
            )
            return result.output.firstMatch(of: /subject=CN ?= ?(\w+)/).map { "\($0.output.1)" }
                ?? result.output
        }
        let (first, second) = (try await certificate("first"), try await certificate("second"))
        try put(first)
        var knobs = FaultWorld.Knobs()
        knobs.transport = """
            transport_socket:
                    name: envoy.transport_sockets.tls
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
                      common_tls_context:
                        tls_certificates:
                        - certificate_chain: {filename: "\(world.folder.file("tls/tls.crt"))"}
                          private_key: {filename: "\(world.folder.file("tls/tls.key"))"}
            """
        try await world.start(world.configuration(knobs))
        #expect(try await shown() == "first")
        try world.folder.write("garbage", to: "tls/tls.crt")
        try await eventually(within: .seconds(5), "the refusal is told") {
            try await world.metric("companion_certificates_refused") == 1
        }
        #expect(try await shown() == "first")
        let said = try world.running().errors
        #expect(said.contains("holds no PEM certificate"))
        #expect(said.contains("the old one is kept"))
        // Together with a bad configuration the new certificate is followed all the same.
        try world.replace("static_resources: {listenrs: []}\n")
        try put(second)
        try await eventually(within: .seconds(5), "the new certificate is shown") {
            try await shown() == "second"
        }
        #expect(try await world.metric("companion_certificates_refused") == 0)
        #expect(try await world.metric("companion_config_last_reload_successful") == 0)
        withExtendedLifetime(host) {}
    }

    @Test func `logs that were moved away are opened again`() async throws {
        let world = try FaultWorld()
        let host = try await world.startHost()
        var knobs = FaultWorld.Knobs()
        let path = world.folder.file("access.log")
        knobs.manager = """
            access_log:
                      - name: envoy.access_loggers.file
                        typed_config:
                          "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
                          path: \(path)
                          log_format: {text_format_source: {inline_string: "%REQ(:PATH)%\\n"}}
            """
        try await world.start(world.configuration(knobs))
        let url = "http://127.0.0.1:\(world.port)"
        _ = try await EndToEnd.get(url + "/?one")
        #expect(rename(path, path + ".1") == 0)
        _ = try await EndToEnd.get(url + "/?two")
        try world.running().signal(SIGUSR1)
        try await eventually(within: .seconds(5), "the log is opened again") {
            FileManager.default.fileExists(atPath: path)
        }
        _ = try await EndToEnd.get(url + "/?three")
        try await eventually(within: .seconds(5), "the line is written") {
            try world.folder.text(of: "access.log") == "/?three\n"
        }
        // Each worker writes its lines when it opens the file again.
        let lines = try world.folder.text(of: "access.log.1").split(separator: "\n").sorted()
        #expect(lines == ["/?one", "/?two"])
        withExtendedLifetime(host) {}
    }
}
