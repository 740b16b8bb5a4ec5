import Foundation
import TestKit
import Testing

/// `companion run` as the real program: the big roles and the small ones in one process.
@Suite("RunEndToEnd", .serialized, .timeLimit(.minutes(5)))
struct RunEndToEndTests {
    /// A proxy, logs, metrics and reload in one process, with an application and a store of their own.
    private final class World {
        let web: EndToEnd
        let logs: LogWorld
        let list: String
        let numbersPort: UInt16
        private(set) var program: TestProgram?

        init() async throws {
            web = try await EndToEnd()
            logs = try LogWorld()
            try await logs.startElastic()
            numbersPort = try FreePort.find()
            list = web.folder.file("roles.yaml")
            try web.folder.write(#"{"depth": 4}"#, to: "numbers.json")
            try web.folder.write("one", to: "config/a")
            try write("one")
        }

        /// Writes the list, with a proxy that adds a header with this text.
        func write(_ version: String, mistake: Bool = false) throws {
            let configuration = web.configuration(version)
                .replacing("clusters:", with: mistake ? "clustrs:" : "clusters:")
                .split(separator: "\n")
                .map { "    " + $0 }.joined(separator: "\n")
            try web.folder.write(
                """
                roles:
                - name: ship
                  role: logs
                  args: ["--config=\(try logs.fluentBit())", "--state=\(logs.folder.file("state"))"]
                  env: {ELASTICSEARCH_HOST: 127.0.0.1, \(variables)}
                - name: numbers
                  role: metrics
                  args: ["--source=file://\(web.folder.file("numbers.json"))",
                         "--listen=127.0.0.1:\(numbersPort)"]
                - name: nudge
                  role: reload
                  args: ["--dir=\(web.folder.file("config"))", "--touch=\(web.folder.file("touched"))"]
                - name: gate
                  role: proxy
                  args: [--workers=2]
                  config:
                \(configuration)
                """,
                to: "roles.yaml.new"
            )
            guard rename(list + ".new", list) == 0 else {
                throw TestProgram.Problem(description: "cannot write \(list)")
            }
        }

        private var variables: String {
            logs.elasticVariables.filter { $0.key != "ELASTICSEARCH_HOST" }
                .map { "\($0.key): \"\($0.value)\"" }.joined(separator: ", ")
        }

        func start() throws -> TestProgram {
            let program = try TestProgram(
                EndToEnd.binary(),
                [
                    "run", "--roles", list, "--state", web.folder.file("state"), "--admin",
                    "127.0.0.1:\(web.adminPort)", "--memory-budget", "64Mi",
                ]
            )
            self.program = program
            return program
        }

        /// Waits for the page to say this.
        func expect(_ path: String, _ code: Int, _ text: String = "") async throws {
            try await eventually(within: .seconds(20), "\(path): \(code) \(text)") {
                let answer = try await self.web.admin(path)
                return answer.code == code && (text.isEmpty || answer.body.contains(text))
            }
        }

        func metric(_ series: String) async throws -> Double? {
            try await web.admin("/metrics").body.split(separator: "\n")
                .first { $0.hasPrefix(series + " ") }
                .flatMap { $0.split(separator: " ").last.flatMap { Double($0) } }
        }
    }

    @Test func `a pod's helpers share a process, and one that fails is begun anew alone`()
        async throws
    {
        let world = try await World()
        let check = try await TestProgram.run(
            EndToEnd.binary(),
            ["run", "--roles", world.list, "--state", world.web.folder.file("state"), "--check"]
        )
        #expect(check.succeeded, "\(check.output)\(check.errors)")
        #expect(check.output.contains("4 roles are in order"))
        // One of them cannot have its port.
        let thief = try TestProgram(
            "python3",
            ["-m", "http.server", "--bind", "127.0.0.1", "\(world.numbersPort)"]
        )
        let taken = "http://127.0.0.1:\(world.numbersPort)/"
        try await eventually(within: .seconds(20), "the port is taken") {
            (try? await EndToEnd.get(taken).code) == 200
        }
        let program = try world.start()
        try await world.expect("/readyz", 503, "numbers: cannot listen")
        #expect(try await world.web.admin("/readyz").body.split(separator: "\n").count == 1)
        // The others serve meanwhile.
        let answer = try await world.web.get()
        #expect(answer.body == "hello" && answer.head.contains("x-version: one"), "\(answer)")
        try world.logs.append("{\"n\":1}\n")
        _ = try await world.logs.documents(1)
        try await eventually(within: .seconds(20), "it is tried again") {
            try await world.metric(#"companion_role_restarts_total{role="numbers"}"#) ?? 0 > 1
        }
        #expect(try await world.metric(#"companion_role_up{role="numbers"}"#) == 0)
        thief.signal(SIGKILL)
        _ = try await thief.wait()
        try await world.expect("/readyz", 200)
        #expect(try await EndToEnd.get(taken + "metrics").body.contains("depth 4"))
        for role in ["ship", "numbers", "nudge", "gate"] {
            #expect(try await world.metric("companion_role_up{role=\"\(role)\"}") == 1)
            guard role != "numbers" else { continue }
            #expect(try await world.metric("companion_role_restarts_total{role=\"\(role)\"}") == 0)
        }
        // Everything is shown at one port.
        let page = try await world.web.admin("/metrics").body
        for text in [
            "companion_logs_delivered_records_total{sink=", "envoy_cluster_upstream_rq_xx{",
            #"companion_config_hash{role="gate"}"#, #"companion_config_hash{role="ship"}"#,
            "\ncompanion_config_hash ", "companion_resident_memory_bytes ",
        ] { #expect(page.contains(text), "\(text)") }
        let file = try world.web.folder.write(page, to: "page")
        let verdict = try await TestProgram.run(
            "sh",
            ["-c", "exec promtool check metrics < '\(file)'"]
        )
        #expect([.exited(0), .exited(3)].contains(verdict.ending), "\(verdict.errors)")
        for path in [
            "ship/accounts", "gate/clusters", "gate/readyz", "ship/config", "nudge/status",
        ] {
            #expect(try await world.web.admin("/roles/" + path).code == 200, "\(path)")
        }
        try await end(world, program)
    }

    /// Asks for the end; lines that are there are shipped.
    private func end(_ world: World, _ program: TestProgram) async throws {
        try world.logs.append(1000..<1100)
        program.signal(SIGTERM)
        let result = try await program.wait(within: .seconds(40))
        #expect(result.ending == .exited(0), "\(result.errors)")
        #expect(result.errors.contains("ending on SIGTERM: 4 roles"), "\(result.errors)")
        #expect(result.errors.contains("every record that was read came to its end"))
        #expect(world.logs.numbers().isSuperset(of: 1000..<1100))
    }

    @Test func `each role's configuration is read again without the others`() async throws {
        let world = try await World()
        let program = try world.start()
        try await world.expect("/readyz", 200)
        let start = try await world.metric("companion_uptime_seconds")
        try world.write("two")
        try await eventually(within: .seconds(20), "the proxy follows: \(program.errors)") {
            try await world.web.get().head.contains("x-version: two")
        }
        // A bad one is refused; the list itself is in order.
        try world.write("three", mistake: true)
        try await eventually(within: .seconds(20), "it is refused: \(program.errors)") {
            let name = "companion_config_last_reload_successful{role=\"gate\"}"
            return try await world.metric(name) == 0
        }
        #expect(try await world.web.admin("/roles/gate/config").body.contains("gate.yaml:"))
        #expect(try await world.web.admin("/roles/gate/reload", post: true).code == 400)
        #expect(try await world.web.get().head.contains("x-version: two"))
        let names = #"companion_config_reloads_total{role="ship"}"#
        let before = try #require(try await world.metric(names))
        program.signal(SIGHUP)
        try await eventually(within: .seconds(20), "all read theirs again: \(program.errors)") {
            try await world.metric(names) ?? 0 > before
        }
        for role in ["ship", "numbers", "nudge", "gate"] {
            #expect(try await world.metric("companion_role_restarts_total{role=\"\(role)\"}") == 0)
        }
        #expect(try await world.metric("companion_uptime_seconds") ?? 0 >= start ?? 1)
        #expect(program.poll() == nil)
        // What passes is seen through the shared port.
        let tap = try TestProgram(
            EndToEnd.binary(),
            [
                "logs", "tap", "--admin", "127.0.0.1:\(world.web.adminPort)", "--role", "ship",
                "-n", "1",
            ]
        )
        for number in 0..<100 where tap.poll() == nil {
            try world.logs.append(number..<number + 1)
            try await Task.sleep(for: .milliseconds(100))
        }
        let shown = try await tap.wait()
        #expect(shown.succeeded && shown.output.contains("\"record\":"), "\(shown)")
        try await end(world, program)
    }

    @Test(arguments: [
        ("", "roles.yaml:1:1: a map with roles is expected"),
        ("roles:\n- role: prox\n", "roles.yaml:2:9: roles[0].role: role \"prox\" is not known"),
        ("roles:\n- role: logs\n  arg: []\n", "roles.yaml:3:3: roles[0]: key \"arg\" is not known"),
        ("roles:\n- {role: logs, name: A}\n", "roles.yaml:2:22: roles[0].name: \"A\" is no name"),
        ("roles: [}\n", "roles.yaml:1:9: "),
    ])
    func `a bad list is one sentence with its place`(_ text: String, _ sentence: String)
        async throws
    {
        let folder = try TemporaryDirectory()
        let list = try folder.write(text, to: "roles.yaml")
        let start = try await TestProgram.run(EndToEnd.binary(), ["run", "--roles", list])
        #expect(start.code == 2 && start.errors.contains(sentence), "\(start.errors)")
        #expect(start.errors.split(separator: "\n").count == 1, "\(start.errors)")
        let words = ["run", "--roles", list, "--check"]
        let check = try await TestProgram.run(EndToEnd.binary(), words)
        #expect(check.code == 1 && check.errors.contains(sentence), "\(check.errors)")
    }

    @Test(arguments: [
        ("role: wait", "the role wait does not run beside others"),
        ("role: proxy, args: [--admin=off]", "--admin belongs to the process"),
        ("role: logs, args: [tap]", "logs tap does not run beside others"),
        ("role: metrics, args: [--nope]", "--nope"),
        ("role: proxy, config: {listen: \":80\", nonsense: 1}", "nonsense"),
    ])
    func `what is wrong with a role is found by a check`(_ entry: String, _ sentence: String)
        async throws
    {
        let folder = try TemporaryDirectory()
        let list = try folder.write("roles:\n- {\(entry)}\n", to: "roles.yaml")
        let check = try await TestProgram.run(
            EndToEnd.binary(),
            ["run", "--roles", list, "--state", folder.file("state"), "--check"]
        )
        #expect(check.code == 1, "\(check.output)\(check.errors)")
        #expect((check.output + check.errors).contains(sentence), "\(check.output)\(check.errors)")
    }
}
