import Foundation
import Glibc
import TestKit
import Testing

@Suite("CompanionEndToEnd: faults of clients and hosts", .serialized, .timeLimit(.minutes(5)))
struct CompanionEndToEndFaultTests {
    @Test func `the published ways to smuggle a request lead nowhere`() async throws {
        let world = try FaultWorld()
        try await world.start(world.configuration())
        try await world.run("smuggling", ["\(world.port)", "\(world.hostPort)"])
    }

    @Test func `nor do those through HTTP/2`() async throws {
        let world = try FaultWorld()
        try await world.start(world.configuration())
        try await world.run("smuggling2", ["\(world.port)", "\(world.hostPort)"])
    }

    @Test func `clients that dribble are cut, and others are served meanwhile`() async throws {
        let world = try FaultWorld()
        var knobs = FaultWorld.Knobs()
        knobs.manager =
            "request_headers_timeout: 1s\n          request_timeout: 2s\n          "
            + "common_http_protocol_options: {idle_timeout: 2s}"
        try await world.start(world.configuration(knobs))
        try await world.run("slow", ["\(world.port)", "\(world.hostPort)"])
    }

    @Test func `heads and bodies without end take no memory`() async throws {
        let world = try FaultWorld()
        try await world.start(world.configuration())
        let ports = [world.port, world.hostPort, world.adminPort].map { "\($0)" }
        try await world.run("bombs", ports)
    }

    @Test func `whatever a host does wrong, each client gets its own answer or none`()
        async throws
    {
        let world = try FaultWorld()
        var knobs = FaultWorld.Knobs()
        knobs.route = ", timeout: 1s"
        try await world.start(world.configuration(knobs))
        try await world.run("upstream", ["\(world.port)", "\(world.hostPort)"])
    }

    @Test func `names that flap, fail, vanish and come back`() async throws {
        let world = try FaultWorld()
        let names = try FreePort.find()
        let hosts = try world.play(
            "names",
            [world.port, world.hostPort, names].map { "\($0)" }
        )
        try await eventually(within: .seconds(10), "the name server listens") {
            hosts.output.contains("ready")
        }
        var knobs = FaultWorld.Knobs()
        knobs.address = "app.test"
        knobs.cluster =
            "type: STRICT_DNS\n    dns_refresh_rate: 0.2s\n    dns_failure_refresh_rate: "
            + "{base_interval: 0.2s, max_interval: 0.2s}\n    dns_resolvers: "
            + "[{socket_address: {address: 127.0.0.1, port_value: \(names)}}]"
        try await world.start(world.configuration(knobs))
        try await world.finish(hosts)
    }

    @Test func `ten thousand connections stay, and others are served among them`() async throws {
        let world = try FaultWorld()
        let host = try await world.startHost()
        try await world.start(world.configuration())
        let numbers = ["\(world.port)", "10000", "\(world.adminPort)"]
        print(try await world.finish(try world.play("crowd", numbers)))
        withExtendedLifetime(host) {}
    }

    @Test func `without descriptors connections wait, and those that are there live`()
        async throws
    {
        let world = try FaultWorld()
        try await world.start(world.configuration(), prefix: ["prlimit", "--nofile=80:80"])
        let program = try world.running()
        let numbers = [
            "\(world.port)", "\(world.hostPort)", "\(program.pid)", "\(world.adminPort)",
        ]
        try await world.run("descriptors", numbers)
        let said = program.errors.components(separatedBy: "no descriptors left").count - 1
        #expect((1...2).contains(said), "said by each worker once: \(said)")
    }
}
