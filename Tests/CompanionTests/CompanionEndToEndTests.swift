import Foundation
import Glibc
import TestKit
import Testing

@Suite("CompanionEndToEnd", .serialized, .timeLimit(.minutes(5)))
struct CompanionEndToEndTests {
    @Test func `a request passes without a file, and the admin pages answer`() async throws {
        let world = try await EndToEnd()
        try await world.startQuickly()
        let answer = try await world.get()
        #expect(answer.code == 200 && answer.body == "hello")
        for path in [
            "/healthz", "/livez", "/health", "/readyz", "/ready", "/metrics", "/stats",
            "/stats?format=json", "/stats?usedonly", "/stats/prometheus", "/clusters",
            "/clusters?format=json", "/listeners", "/config_dump", "/config", "/server_info",
            "/certs", "/help", "/",
        ] {
            #expect(try await world.admin(path).code == 200, "\(path)")
        }
        let metrics = try await world.admin("/metrics").body
        #expect(metrics.contains("envoy_cluster_upstream_rq_xx{"))
        #expect(metrics.contains("companion_config_info{dialect=\"derived\""))
        let check = try await TestProgram.run("promtool", ["check", "metrics"], input: metrics)
        #expect([.exited(0), .exited(3)].contains(check.ending), "\(check.errors)")
        #expect(try await world.admin("/stats?filter=(").code == 400)
        #expect(try await world.admin("/quitquitquit").code == 405)
        #expect(try await world.admin("/reset_counters", post: true).code == 403)
        #expect(try await world.admin("/nothing").code == 404)
        #expect(try await world.admin("/healthcheck/fail", post: true).code == 200)
        #expect(try await world.admin("/ready").code == 503)
        #expect(try await world.admin("/healthcheck/ok", post: true).code == 200)
        #expect(try await world.admin("/ready").code == 200)
        #expect(try await world.admin("/quitquitquit", post: true).code == 200)
        let result = try await world.running().wait(within: .seconds(10))
        #expect(result.ending == .exited(0))
    }

    @Test(arguments: ["renamed", "written"])
    func `a changed file is taken, connections stay, and a bad one is refused`(_ way: String)
        async throws
    {
        let world = try await EndToEnd()
        let path = try world.folder.write(world.configuration("one"), to: "conf/envoy.yaml")
        try await world.start(["-c", path])
        #expect(try await world.get().head.contains("x-version: one"))
        let client = try KeptConnection(port: world.port)
        #expect(try client.ask().contains("x-version: one"))
        func replace(_ text: String) throws {
            if way == "renamed" {
                let fresh = try world.folder.write(text, to: "conf/.new")
                #expect(rename(fresh, path) == 0)
            } else {
                try world.folder.write(text, to: "conf/envoy.yaml")
            }
        }
        try replace(world.configuration("two"))
        try await eventually(within: .seconds(5), "the new configuration is followed") {
            try await world.get().head.contains("x-version: two")
        }
        #expect(try client.ask().contains(" 200 "))
        let good = try await world.admin("/config").body
        try replace("static_resources: {listenrs: []}\n")
        try await eventually(within: .seconds(5), "the refusal is told") {
            try await world.admin("/metrics").body
                .contains("companion_config_last_reload_successful 0\n")
        }
        #expect(try await world.get().head.contains("x-version: two"))
        #expect(try client.ask().contains(" 200 "))
        #expect(try await world.admin("/reload", post: true).code == 400)
        let config = try await world.admin("/config").body
        #expect(config.contains("listenrs"))
        let hash = try #require(good.firstMatch(of: /"sha256": "(\w+)"/)?.output.1)
        #expect(config.contains(hash))
        let said = try world.running().errors
        #expect(said.components(separatedBy: "the old one is kept").count == 2, "said once")
        try replace(world.configuration("three"))
        try world.running().signal(SIGHUP)
        try await eventually(within: .seconds(5), "the third configuration is followed") {
            try await world.get().head.contains("x-version: three")
        }
        #expect(try client.ask().contains(" 200 "))
    }

    @Test func `the swap of a Kubernetes volume is seen`() async throws {
        let world = try await EndToEnd()
        let folder = world.folder
        try folder.write(world.configuration("one"), to: "volume/..1/envoy.yaml")
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("volume/..data"),
            withDestinationPath: "..1"
        )
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("volume/envoy.yaml"),
            withDestinationPath: "..data/envoy.yaml"
        )
        try await world.start(["-c", folder.file("volume/envoy.yaml")])
        for (number, text) in [(2, "two"), (3, "three")] {
            try folder.write(world.configuration(text), to: "volume/..\(number)/envoy.yaml")
            try FileManager.default.createSymbolicLink(
                atPath: folder.file("volume/..tmp"),
                withDestinationPath: "..\(number)"
            )
            #expect(rename(folder.file("volume/..tmp"), folder.file("volume/..data")) == 0)
            try FileManager.default.removeItem(atPath: folder.file("volume/..\(number - 1)"))
            try await eventually(within: .seconds(5), "configuration \(text) is followed") {
                try await world.get().head.contains("x-version: \(text)")
            }
        }
    }

    @Test func `an end under load loses no request`() async throws {
        let world = try await EndToEnd()
        try await world.startQuickly()
        let clients = try (0..<16).map { _ in try KeptConnection(port: world.port) }
        let program = try world.running()
        let asked = KeptConnection.Count()
        let answers = await withTaskGroup(of: (asked: Int, lost: Int).self) { group in
            for client in clients {
                group.addTask {
                    await client.askUntilClosed(within: .seconds(20), counting: asked)
                }
            }
            try? await eventually(within: .seconds(10), "requests are going on") {
                asked.total > 100
            }
            program.signal(SIGTERM)
            return await group.reduce(into: (asked: 0, lost: 0)) {
                $0 = ($0.asked + $1.asked, $0.lost + $1.lost)
            }
        }
        #expect(answers.lost == 0, "of \(answers.asked)")
        #expect(answers.asked > 100)
        let result = try await program.wait(within: .seconds(10))
        #expect(result.ending == .exited(0))
    }

    @Test func `a second signal ends at once, with code 0`() async throws {
        let world = try await EndToEnd()
        try await world.startQuickly()
        let program = try world.running()
        let client = try KeptConnection(port: world.port)
        // Half a request keeps the connection from being idle.
        try client.send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
        program.signal(SIGTERM)
        try await eventually(within: .seconds(5), "the end has begun") {
            program.errors.contains("ending on SIGTERM")
        }
        program.signal(SIGTERM)
        let result = try await program.wait(within: .seconds(5))
        #expect(result.ending == .exited(0))
        withExtendedLifetime(client) {}
    }

    @Test func `a host that refuses is tried as often as retries say, not without end`()
        async throws
    {
        let world = try await EndToEnd()
        try await world.startQuickly()
        world.application.signal(SIGKILL)
        try await world.application.wait()
        #expect(try await world.get().code == 503)
        let text = try await world.admin("/stats?filter=upstream_cx_connect_fail$").body
        #expect(text.contains("upstream_cx_connect_fail: 3\n"), "\(text)")
    }

    @Test func `killed and started again it serves at once`() async throws {
        let world = try await EndToEnd()
        try await world.startQuickly()
        try world.running().signal(SIGKILL)
        #expect(try await world.running().wait().ending == .signalled(SIGKILL))
        try await world.startQuickly()
        #expect(try await world.get().code == 200)
    }

    @Test func `what is wrong is said with its place, and told from what cannot be understood`()
        async throws
    {
        let folder = try TemporaryDirectory()
        let bad = try folder.write("static_resources:\n  listenrs: []\n", to: "envoy.yaml")
        let binary = try EndToEnd.binary()
        let check = try await TestProgram.run(binary, ["proxy", "--check", "-c", bad])
        #expect(check.ending == .exited(1))
        #expect(check.output.contains("envoy.yaml:2:"), "\(check.output)")
        #expect(check.output.contains("did you mean \"listeners\"?"))
        let lenient = try await TestProgram.run(
            binary,
            ["proxy", "--mode", "validate", "--lenient", "-c", bad]
        )
        #expect(lenient.ending == .exited(0))
        #expect(lenient.output.contains("warning: "))
        let start = try await TestProgram.run(binary, ["proxy", "--admin", "off", "-c", bad])
        #expect(start.ending == .exited(1))
        let role = try await TestProgram.run(binary, ["prox"])
        #expect(role.ending == .exited(2))
        #expect(role.errors.contains("did you mean 'proxy'?"))
        let version = try await TestProgram.run(binary, ["version"])
        #expect(version.succeeded && version.output.hasPrefix("companion "))
        let help = try await TestProgram.run(binary, ["proxy", "--help"])
        #expect(help.succeeded && help.output.contains("--quickstart"))
        let link = folder.file("envoy")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: binary)
        let envoy = try await TestProgram.run(link, ["-c", bad, "--mode", "validate"])
        #expect(envoy.ending == .exited(1) && envoy.output.contains("listenrs"))
    }
}
