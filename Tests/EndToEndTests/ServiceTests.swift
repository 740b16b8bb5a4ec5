import Foundation
import TestKit
import Testing

/// Services of real pods, over the names and addresses that pods and the node use.
@Suite("Services", .engineLimit) struct ServiceTests {
    /// Asks an HTTP server of busybox from within a pod; its `wget` cannot be used without a C library.
    private static func ask(_ address: String, _ port: String = "80") -> String {
        "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 5 \(address) \(port) | tail -n 1"
    }

    private static let client = resident("client")

    /// A pod that says who it is on a named port, from its main container or from a sidecar.
    private static func web(
        _ name: String,
        labels: String = "app: web",
        inSidecar: Bool = false,
        pod fields: [String] = [],
        container more: [String] = []
    ) -> String {
        let serving = ScriptedContainer(
            name: "web",
            shell: "mkdir -p /w; echo from \(name) > /w/index.html; exec httpd -f -p 8080 -h /w",
            isSidecar: inSidecar,
            fields: ["ports: [{name: http, containerPort: 8080}]"] + more
        )
        let waiting = ScriptedContainer(name: "main", script: ContainerScript(runs: nil))
        return scriptedPod(
            name,
            restartPolicy: "Always",
            grace: 1,
            inits: inSidecar ? [serving] : [],
            mains: [inSidecar ? waiting : serving],
            fields: fields
        )
        .replacing(
            "metadata: {name: \(name)}",
            with: "metadata: {name: \(name), labels: {\(labels)}}"
        )
    }

    private static func service(_ name: String, _ spec: String) -> String {
        "apiVersion: v1\nkind: Service\nmetadata: {name: \(name)}\nspec: {\(spec)}\n"
    }

    private func field(_ path: String, of service: String, _ engine: TestEngine) async throws
        -> String
    {
        try await engine.remora("get", "services", service, "-o", "jsonpath={\(path)}").output
    }

    private func curl(_ place: String) async throws -> String {
        try await TestProgram.run("curl", ["-s", "-m", "5", "http://\(place)/"]).output
    }

    @Test func `pods and the node reach services by address, name and node port`() async throws {
        try await withEngine { engine in
            try await engine.apply(
                documents([
                    Self.service(
                        "web",
                        "selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}]"
                    ),
                    Self.service(
                        "outer",
                        "type: NodePort, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]"
                    ),
                    Self.service(
                        "db",
                        "clusterIP: None, selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}]"
                    ),
                    Self.service(
                        "alias",
                        "type: ExternalName, externalName: web.default.svc.cluster.local"
                    ),
                    Self.service("nobody", "selector: {app: none}, ports: [{port: 80}]"),
                    Self.web("one", pod: ["hostname: first", "subdomain: db"]),
                    Self.web("two", inSidecar: true), Self.client.yaml,
                ])
            )
            for pod in ["one", "two", "client"] { try await engine.waitUntilReady(pod) }
            let address = try await field(".spec.clusterIP", of: "web", engine)
            let port = try await field(".spec.ports[0].nodePort", of: "outer", engine)
            try await eventually(
                within: .seconds(10),
                "both pods answer the node",
                every: .milliseconds(50)
            ) {
                var answers: Set<String> = []
                for _ in 0..<8 { answers.insert(try await curl(address)) }
                return answers == ["from one\n", "from two\n"]
            }
            let many = "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do \(Self.ask(address)); done"
            for pod in ["client", "one"] {
                let answers = try await engine.shell(many, in: pod)
                #expect(
                    Set(answers.split(separator: "\n")) == ["from one", "from two"],
                    "\(answers)"
                )
            }
            #expect(try await curl("127.0.0.1:" + port).hasPrefix("from "))
            let host = try await engine.field(".status.hostIP", of: "one")
            #expect(try await curl("\(host):\(port)").hasPrefix("from "))
            try await names(engine, address)
            // What nobody serves is refused at once instead of waiting for the end of patience.
            let empty = try await field(".spec.clusterIP", of: "nobody", engine)
            let refused = try await TestProgram.run("curl", ["-sS", "-m", "9", "http://\(empty)/"])
            #expect(refused.errors.contains("(7)"), "\(refused.errors)")
            let variables = try await engine.shell("env", in: "client")
            #expect(variables.contains("WEB_SERVICE_HOST=\(address)\n"))
            #expect(variables.contains("WEB_SERVICE_PORT_HTTP=80\n"))
        }
    }

    /// What the name server says of the services and pods, asked as a pod asks.
    private func names(_ engine: TestEngine, _ address: String) async throws {
        let resolver = try await engine.shell("cat /etc/resolv.conf", in: "client")
        #expect(
            resolver.hasPrefix("search default.svc.cluster.local svc.cluster.local cluster.local")
        )
        #expect(resolver.contains("options ndots:5"))
        let one = try await engine.field(".status.podIP", of: "one")
        let two = try await engine.field(".status.podIP", of: "two")
        func look(_ name: String, _ type: String = "a") async throws -> String {
            try await engine.shell("nslookup -type=\(type) \(name)", in: "client")
        }
        #expect(try await look("web").contains("Address: " + address), "by the search domains")
        let all = try await look("db.default.svc.cluster.local")
        #expect(all.contains("Address: " + one) && all.contains("Address: " + two), "\(all)")
        let named = try await look("first.db.default.svc.cluster.local")
        #expect(named.contains("Address: " + one) && !named.contains("Address: " + two))
        let ports = try await look("_http._tcp.db.default.svc.cluster.local", "srv")
        #expect(ports.contains("0 100 8080 first.db.default.svc.cluster.local"), "\(ports)")
        let alias = try await look("alias.default.svc.cluster.local")
        #expect(alias.contains("canonical name = web.default.svc.cluster.local"))
        #expect(alias.contains("Address: " + address))
        let reverse = address.split(separator: ".").reversed().joined(separator: ".")
        #expect(
            try await look(reverse + ".in-addr.arpa", "ptr").contains(
                "web.default.svc.cluster.local"
            )
        )
        #expect(try await look("none.default.svc.cluster.local").contains("NXDOMAIN"))
        #expect(try await engine.events(of: "client", reason: "MissingClusterDNS").isEmpty)
    }

    @Test func `only pods that are ready serve, and one that is deleted no longer`() async throws {
        try await withEngine { engine in
            let gate = "readinessProbe: {periodSeconds: 1, exec: {command: [test, -e, /open]}}"
            try await engine.apply(
                documents([
                    Self.service(
                        "web",
                        "selector: {app: web}, ports: [{port: 80, targetPort: http}]"
                    ),
                    Self.service(
                        "all",
                        "selector: {app: web}, publishNotReadyAddresses: true, ports: [{port: 80, targetPort: http}]"
                    ),
                    Self.web("gated", container: [gate]),
                ])
            )
            try await engine.waitForPhase("Running", of: "gated")
            let web = try await field(".spec.clusterIP", of: "web", engine)
            let all = try await field(".spec.clusterIP", of: "all", engine)
            try await eventually(within: .seconds(10), "the impatient service answers") {
                try await curl(all) == "from gated\n"
            }
            #expect(try await curl(web).isEmpty)
            _ = try await engine.shell("touch /open", in: "gated")
            try await eventually(within: .seconds(10), "the service answers") {
                try await curl(web) == "from gated\n"
            }
            let endpoints = try await engine.remora("get", "ep", "web")
            #expect(endpoints.output.contains(":8080"), "\(endpoints.output)")
            _ = try await engine.remora("down", "gated")
            #expect(try await curl(web).isEmpty)
        }
    }

    @Test func `services go on without their engine, and with the next one`() async throws {
        try await withEngine { engine in
            try await engine.apply(
                documents([
                    Self.service(
                        "web",
                        "selector: {app: web}, sessionAffinity: ClientIP, ports: [{name: http, port: 80, targetPort: http}]"
                    ), Self.web("one"), Self.web("two"), Self.client.yaml,
                ])
            )
            for pod in ["one", "two", "client"] { try await engine.waitUntilReady(pod) }
            let address = try await field(".spec.clusterIP", of: "web", engine)
            try await eventually(within: .seconds(10), "the service answers") {
                try await curl(address).hasPrefix("from ")
            }
            // A client stays with its pod.
            let many = "for i in 1 2 3 4 5 6 7 8; do \(Self.ask(address)); done"
            let first = Set(try await engine.shell(many, in: "client").split(separator: "\n"))
            #expect(first.count == 1, "\(first)")
            let server = engine.processes(naming: "dnsmasq")
            try await engine.crash()
            #expect(try await curl(address).hasPrefix("from "))
            #expect(engine.processes(naming: "dnsmasq") == server && server.count == 1)
            try await engine.start()
            try await eventually(within: .seconds(10), "another name server runs") {
                let now = engine.processes(naming: "dnsmasq")
                return now.count == 1 && now != server
            }
            #expect(
                try await engine.shell("nslookup web", in: "client").contains("Address: " + address)
            )
            #expect(try await curl(address).hasPrefix("from "))
            // A pod that goes meanwhile is no longer led to.
            try await engine.crash()
            try await engine.start()
            _ = try await engine.remora("down", "one")
            #expect(try await curl(address) == "from two\n")
            // A dead name server comes back.
            for pid in engine.processes(naming: "dnsmasq") { kill(pid, SIGKILL) }
            try await eventually(
                within: .seconds(10),
                "names are found again",
                every: .milliseconds(100)
            ) {
                try await engine.shell("nslookup web.default.svc.cluster.local", in: "client")
                    .contains("Address: " + address)
            }
        }
    }
}
