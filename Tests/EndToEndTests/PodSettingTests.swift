import Foundation
import TestKit
import Testing

/// Settings of the whole pod, seen from inside and from the machine.
@Suite("Pod settings") struct PodSettingTests {
    private let server = ScriptedContainer(name: "main", script: ContainerScript(runs: nil))

    private func inside(
        _ engine: TestEngine,
        _ pod: String,
        _ container: String,
        _ shell: String
    ) async throws -> String {
        let result = try await engine.remora("exec", pod, "-c", container, "--", "sh", "-c", shell)
        #expect(result.succeeded, "\(result.errors)")
        return result.output
    }

    @Test func `a hostPort leads to the pod, and is free again when the pod has gone`() async throws
    {
        try await withEngine { engine in
            let port = try FreePort.find()
            let web = ScriptedContainer(
                name: "web",
                shell: "mkdir -p /www; echo from $(hostname) > /www/index.html; "
                    + "exec httpd -f -p 8080 -h /www",
                fields: [
                    "ports: [{containerPort: 8080, hostPort: \(port)}]",
                    "readinessProbe: {periodSeconds: 1, httpGet: {port: 8080}}",
                ]
            )
            for name in ["first", "second"] {
                try await engine.apply(
                    scriptedPod(name, restartPolicy: "Always", grace: 1, mains: [web])
                )
                try await engine.waitUntilReady(name)
                let host = try await engine.field(".status.hostIP", of: name)
                for address in ["127.0.0.1", host] {
                    let answer = try await TestProgram.run(
                        "curl",
                        ["-s", "-m", "10", "http://\(address):\(port)/"]
                    )
                    #expect(answer.output == "from \(name)\n", "by \(address)")
                }
                _ = try await engine.remora("down", name)
                let closed = try await TestProgram.run(
                    "curl",
                    ["-s", "-m", "10", "http://127.0.0.1:\(port)/"]
                )
                #expect(!closed.succeeded)
            }
        }
    }

    @Test func `hostNetwork, hostAliases and dnsConfig give the files that Kubernetes gives`()
        async throws
    {
        try await withEngine { engine in
            let aliases = "hostAliases: [{ip: 10.1.2.3, hostnames: [foo.local, bar.local]}]"
            let dns = [
                "dnsPolicy: None",
                "dnsConfig: {nameservers: [192.0.2.53], searches: [one.example, two.example], "
                    + "options: [{name: ndots, value: \"2\"}, {name: edns0}]}",
            ]
            let port = try FreePort.find()
            let web = ScriptedContainer(
                name: "main",
                shell: "mkdir -p /www; echo from the host > /www/index.html; "
                    + "exec httpd -f -p \(port) -h /www",
                fields: ["readinessProbe: {periodSeconds: 1, httpGet: {port: \(port)}}"]
            )
            try await engine.apply(
                scriptedPod(
                    "own",
                    grace: 1,
                    mains: [server],
                    fields: [aliases, "hostname: box"] + dns
                )
                    + "---\n"
                    + scriptedPod(
                        "host",
                        grace: 1,
                        mains: [web],
                        fields: [aliases, "hostNetwork: true"]
                    )
            )
            try await engine.waitUntilReady("own")
            try await engine.waitUntilReady("host")
            let resolver = try await inside(engine, "own", "main", "cat /etc/resolv.conf")
            let lines = resolver.split(separator: "\n").map(String.init)
            #expect(lines.contains("nameserver 192.0.2.53"))
            #expect(lines.filter { $0.hasPrefix("nameserver") }.count == 1)
            #expect(lines.contains("search one.example two.example"))
            #expect(lines.contains("options ndots:2 edns0"))
            let address = try await engine.field(".status.podIP", of: "own")
            let hosts = try await inside(engine, "own", "main", "cat /etc/hosts; hostname")
            #expect(hosts.hasPrefix("# Kubernetes-managed hosts file.\n"))
            #expect(hosts.contains("\n\(address)\tbox\n"))
            #expect(hosts.contains("\n10.1.2.3\tfoo.local\tbar.local\n"))
            #expect(hosts.hasSuffix("\nbox\n"))
            let shared = try await inside(engine, "host", "main", "cat /etc/hosts; hostname")
            #expect(shared.hasPrefix("# Kubernetes-managed hosts file (host network).\n"))
            #expect(shared.contains("\n10.1.2.3\tfoo.local\tbar.local\n"))
            let node = try await TestProgram.run("uname", ["-n"]).output
            #expect(shared.hasSuffix("\n" + node))
            let host = try await engine.field(".status.hostIP", of: "host")
            #expect(try await engine.field(".status.podIP", of: "host") == host)
            let answer = try await TestProgram.run("curl", ["-s", "http://127.0.0.1:\(port)/"])
            #expect(answer.output == "from the host\n")
        }
    }

    @Test func `containers see each other's processes only when the pod shares them`() async throws
    {
        try await withEngine { engine in
            var second = server
            second.name = "second"
            try await engine.apply(
                scriptedPod("apart", grace: 1, mains: [server, second]) + "---\n"
                    + scriptedPod(
                        "shared",
                        grace: 1,
                        mains: [server, second],
                        fields: ["shareProcessNamespace: true"]
                    )
            )
            for name in ["apart", "shared"] { try await engine.waitUntilReady(name) }
            let first = "cat /proc/1/comm"
            #expect(try await inside(engine, "apart", "main", first) == "sh\n")
            #expect(try await inside(engine, "shared", "main", first) != "sh\n")
            // The file system of the other container is reached through its process.
            _ = try await inside(engine, "shared", "second", "echo there > /mark")
            let found = try await inside(
                engine,
                "shared",
                "main",
                "cat /proc/[0-9]*/root/mark 2> /dev/null; true"
            )
            #expect(found.contains("there"))
            // SIGTERM reaches the container's own process, not the one that holds the namespace.
            #expect(try await engine.delete("shared").codes == ["main": 0, "second": 0])
        }
    }

    @Test func `stdin and tty are what the container asked for`() async throws {
        try await withEngine { engine in
            func asking(_ name: String, _ fields: String...) -> ScriptedContainer {
                ScriptedContainer(
                    name: name,
                    shell: "test -t 1 && echo terminal || echo pipe; cat; echo end of input; "
                        + ContainerScript(runs: nil).text,
                    fields: fields
                )
            }
            try await engine.apply(
                scriptedPod(
                    "input",
                    grace: 1,
                    mains: [
                        asking("closed"), asking("open", "stdin: true"),
                        asking("terminal", "stdin: true", "tty: true"),
                    ]
                )
            )
            try await engine.waitForLine("Started", from: "closed", in: "input")
            try await engine.waitForLine("pipe", from: "open", in: "input")
            try await eventually(within: .seconds(20), "the terminal is noticed") {
                try await engine.remora("logs", "input", "-c", "terminal").output == "terminal\r\n"
            }
            let closed = try await engine.remora("logs", "input", "-c", "closed").output
            #expect(closed.hasPrefix("pipe\nend of input\n"))
            // Nobody has closed these, so they wait for more.
            #expect(try await engine.remora("logs", "input", "-c", "open").output == "pipe\n")
            let note = try await engine.remora("logs", "input")
            #expect(
                note.errors.contains(
                    "Defaulted container \"closed\" out of: closed, open, terminal"
                )
            )
        }
    }

    @Test func `what one machine cannot honour is said, and the pod runs all the same`()
        async throws
    {
        try await withEngine { engine in
            let fields = [
                "nodeSelector: {kubernetes.io/os: linux}", "priorityClassName: high",
                "schedulerName: other", "tolerations: [{operator: Exists}]",
                "topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, "
                    + "whenUnsatisfiable: DoNotSchedule}]",
            ]
            let text = scriptedPod("placed", grace: 1, mains: [server], fields: fields)
            let file = try engine.folder.write(text, to: "placed.yaml")
            let result = try await engine.remora("apply", "-f", file)
            #expect(result.succeeded)
            for field in ["priorityClassName", "schedulerName", "topologySpread"] {
                #expect(result.errors.contains("warning: spec.\(field)"), "\(field)")
            }
            // These are honoured.
            for field in ["tolerations", "nodeSelector"] {
                #expect(!result.errors.contains(field), "\(field)")
            }
            try await engine.waitUntilReady("placed")
            #expect(try await engine.condition("PodScheduled", of: "placed").status == "True")
        }
    }

    @Test func `container names are unique over inits and mains, and nothing starts otherwise`()
        async throws
    {
        try await withEngine { engine in
            let text = scriptedPod(
                "twins",
                inits: [ScriptedContainer(name: "main")],
                mains: [server, server]
            )
            let file = try engine.folder.write(text, to: "twins.yaml")
            let result = try await engine.remora("apply", "-f", file)
            #expect(result.code != 0)
            for path in ["spec.initContainers[0].name", "spec.containers[1].name"] {
                let message = "\(path): Duplicate value: \"main\""
                #expect(result.errors.contains(message), "\(result.errors)")
            }
            #expect(try await engine.pod("twins") == nil)
        }
    }
}
