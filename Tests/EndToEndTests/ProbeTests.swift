import Foundation
import TestKit
import Testing

/// How probes ask, on real containers: upstream's `container_probe.go`.
@Suite("Probes") struct ProbeTests: ProbedPods {
    // "with readiness probe that fails should never be ready and never restart", "should be ready
    // again"; a sidecar's readiness counts like a main's
    @Test func `readiness takes out of service and puts back, and never restarts`() async throws {
        try await withEngine { engine in
            let gates = try Gates(engine)
            func readiness(_ gate: String) -> [String] {
                [probe("readinessProbe", exec("test -e /gates/\(gate)"), "failureThreshold: 1")]
            }
            try await engine.apply(
                pod(
                    "service",
                    gates,
                    inits: [probed("side", readiness("side"), isSidecar: true)],
                    probed("main", readiness("main"))
                )
            )
            func expect(_ ready: String, _ unready: String) async throws {
                let message = unready.isEmpty ? "" : "containers with unready status: [\(unready)]"
                try await eventually(within: .seconds(20), "\(ready) \(message)") {
                    let row = try await engine.row(of: "service")
                    let condition = try await engine.condition("ContainersReady", of: "service")
                    return row == PodRow(ready: ready, status: "Running", restarts: 0)
                        && condition.message == message
                }
            }
            try await expect("0/2", "side main")
            try gates.open("main")
            try await expect("1/2", "side")
            try gates.open("side")
            try await expect("2/2", "")
            try gates.close("main")
            try await expect("1/2", "main")
            try gates.open("main")
            try await expect("2/2", "")
            let unhealthy = try await engine.notices(of: "service").filter {
                $0.reason == "Unhealthy"
            }
            #expect(unhealthy.allSatisfy { $0.message.hasPrefix("Readiness probe failed") })
            #expect(
                Set(unhealthy.map(\.fieldPath))
                    == ["spec.containers{main}", "spec.initContainers{side}"]
            )
        }
    }

    // "with readiness probe should not be ready before initial delay"
    @Test func `a container is not ready before the initial delay, nor late after startup`()
        async throws
    {
        try await withEngine { engine in
            let gates = try Gates(engine)
            try await engine.apply(
                pod(
                    "delayed",
                    gates,
                    probed(
                        "main",
                        [probe("readinessProbe", exec("true"), "initialDelaySeconds: 3")]
                    )
                )
            )
            // "should be ready immediately after startupProbe succeeds"
            try await engine.apply(
                pod(
                    "prompt",
                    gates,
                    probed(
                        "main",
                        [
                            probe(
                                "startupProbe",
                                exec("test -e /gates/up"),
                                "failureThreshold: 99"
                            ),
                            probe("readinessProbe", exec("true"), "periodSeconds: 600"),
                        ]
                    )
                )
            )
            try await eventuallyKnown(
                engine,
                ".status.containerStatuses[0].state.running.startedAt",
                of: "prompt"
            )
            #expect(
                try await engine.containerStatus(of: "main", in: "prompt")["started"] as? Bool
                    == false
            )
            try gates.open("up")
            try await engine.waitUntilReady("prompt")
            try await engine.waitUntilReady("delayed")
            func time(_ path: String) async throws -> Date {
                let text = try await engine.field(path, of: "delayed")
                return try #require(ISO8601DateFormatter().date(from: text))
            }
            let begin = try await time(".status.containerStatuses[0].state.running.startedAt")
            let ready = try await time(
                ".status.conditions[?(@.type==\"Ready\")].lastTransitionTime"
            )
            // Both are cut to whole seconds.
            #expect(ready.timeIntervalSince(begin) >= 2)
            #expect(try await engine.restarts(of: "main", in: "delayed") == 0)
        }
    }

    // "with a /healthz http liveness probe", "with a tcp:8080 liveness probe", of mains and sidecars
    @Test(arguments: [false, true])
    func `an HTTP liveness probe restarts what answers badly, TCP asks for the socket only`(
        sidecar: Bool
    ) async throws {
        try await withEngine { engine in
            let gates = try Gates(engine)
            let server = ScriptedContainer(
                name: "server",
                shell: "mkdir -p /www; echo ok > /www/health; echo Starting; "
                    + "exec httpd -f -p 8080 -h /www",
                isSidecar: sidecar,
                fields: [
                    "ports: [{name: web, containerPort: 8080}]",
                    // A liveness probe that meets no server yet has failed once already.
                    probe("startupProbe", "tcpSocket: {port: web}", "failureThreshold: 60"),
                    probe(
                        "livenessProbe",
                        "httpGet: {port: web, path: /health}",
                        "failureThreshold: 2, timeoutSeconds: 20"
                    ),
                    probe("readinessProbe", "tcpSocket: {port: web}"),
                ]
            )
            let other = ScriptedContainer(name: "other", script: ContainerScript(runs: nil))
            try await engine.apply(
                sidecar
                    ? pod("web", gates, inits: [server], other) : pod("web", gates, server, other)
            )
            try await engine.waitUntilReady("web")
            #expect(try await engine.restarts(of: "server", in: "web") == 0)
            _ = try await engine.remora("exec", "web", "-c", "server", "--", "rm", "/www/health")
            try await engine.waitForRestarts(1, of: "server", in: "web")
            try await engine.waitUntilReady("web")
            #expect(try await engine.restarts(of: "other", in: "web") == 0)
            let notices = try await engine.notices(of: "web")
            let unhealthy = notices.filter { $0.message.hasPrefix("Liveness probe failed") }
            #expect(
                unhealthy.map(\.message)
                    == ["Liveness probe failed: HTTP probe failed with statuscode: 404"]
            )
            #expect(unhealthy.first?.reason == "Unhealthy")
            #expect(unhealthy.first?.type == "Warning")
            #expect(unhealthy.first?.count == 2)
            let killing = notices.filter { $0.reason == "Killing" }.map(\.message)
            let message =
                sidecar
                ? "Init container server failed liveness probe"
                : "Container server failed liveness probe, will be restarted"
            #expect(killing == [message])
            let last = try await engine.state(of: "server", in: "web", last: true)
            // httpd is PID 1 without a handler for SIGTERM.
            #expect(last.fields["exitCode"] as? Int == 137)
            #expect(try await engine.row(of: "web")?.restarts == 1)
        }
    }

    // "with an exec liveness probe with timeout", "with an exec readiness probe timeout"
    @Test func `a command that takes too long has failed`() async throws {
        try await withEngine { engine in
            let gates = try Gates(engine)
            let slow = exec("sleep 30")
            try await engine.apply(
                pod(
                    "slow",
                    gates,
                    probed("live", [probe("livenessProbe", slow, "failureThreshold: 1")]),
                    probed("ready", [probe("readinessProbe", slow, "failureThreshold: 1")])
                )
            )
            try await engine.waitForRestarts(1, of: "live", in: "slow")
            let ready = try await engine.containerStatus(of: "ready", in: "slow")
            #expect(ready["ready"] as? Bool == false)
            #expect(ready["restartCount"] as? Int == 0)
            let text = #"command timed out: "sh -c sleep 30" timed out after 1s"#
            let messages = try await engine.notices(of: "slow").map(\.message)
            #expect(messages.contains("Liveness probe failed: " + text))
            #expect(messages.contains("Readiness probe failed: " + text))
        }
    }

    // "with a local redirect http liveness probe", "with a non-local redirect http liveness probe"
    @Test func `redirects are followed on the same host, elsewhere they count as a warning`()
        async throws
    {
        try await withEngine { engine in
            let gates = try Gates(engine)
            let text = """
                import http.server
                class Handler(http.server.BaseHTTPRequestHandler):
                    def do_GET(self):
                        print(self.path, self.headers['User-Agent'], self.headers['Host'],
                            self.headers['Accept'], flush=True)
                        places = {'/near': '/ok', '/bad': '/missing', '/far': 'http://far.example/'}
                        self.send_response(302 if self.path in places else
                            200 if self.path == '/ok' else 500)
                        if self.path in places:
                            self.send_header('Location', places[self.path])
                        self.end_headers()
                    def log_message(self, *arguments): pass
                server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
                print(server.server_port, flush=True)
                server.serve_forever()
                """
            let server = try TestProgram("python3", ["-c", text])
            let port = try await eventually(within: .seconds(20), "the server listens") {
                Int(server.output.prefix { $0 != "\n" })
            }
            func get(_ path: String, _ more: String = "") -> String {
                "httpGet: {host: 127.0.0.1, port: \(port), path: \(path)\(more)}"
            }
            let headers =
                ", httpHeaders: [{name: Host, value: me.example}, {name: Accept, value: a/b}]"
            try await engine.apply(
                pod(
                    "redirected",
                    gates,
                    probed(
                        "good",
                        [
                            probe("startupProbe", get("/near", headers)),
                            probe("livenessProbe", get("/far"), "failureThreshold: 1"),
                        ]
                    ),
                    probed("bad", [probe("livenessProbe", get("/bad"), "failureThreshold: 1")])
                )
            )
            try await engine.waitForRestarts(1, of: "bad", in: "redirected")
            try await eventually(within: .seconds(20), "the warning is told") {
                try await engine.notices(of: "redirected").contains {
                    $0.reason == "ProbeWarning" && $0.fieldPath == "spec.containers{good}"
                        && $0.message.hasPrefix(
                            "Liveness probe warning: Probe terminated redirects"
                        )
                }
            }
            #expect(try await engine.restarts(of: "good", in: "redirected") == 0)
            let lines = server.output.split(separator: "\n").map(String.init)
            #expect(lines.contains("/near kube-probe/1.36 me.example a/b"))
            #expect(lines.contains("/ok kube-probe/1.36 me.example a/b"))
            #expect(lines.contains("/far kube-probe/1.36 127.0.0.1:\(port) */*"))
        }
    }

    // `$(NAME)` in a probe's command comes from the literal variables of the container only
    @Test func `a probe's command expands literal variables and runs in the container`()
        async throws
    {
        try await withEngine { engine in
            let gates = try Gates(engine)
            var main = probed(
                "main",
                [
                    "livenessProbe: {periodSeconds: 1, failureThreshold: 1, exec: "
                        + #"{command: ["test", "$(WORD)-$(NAME)-$$(WORD)-$(NONE)", "=", "#
                        + #""a--$$(WORD)-$$(NONE)"]}}"#,
                    probe("readinessProbe", exec("test $WORD-$NAME = a-expanded")),
                ]
            )
            main.fields.append(
                "env: [{name: WORD, value: a}, "
                    + "{name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]"
            )
            try await engine.apply(pod("expanded", gates, main))
            try await engine.waitUntilReady("expanded")
            // Several more attempts of both.
            try await Task.sleep(for: .seconds(2))
            #expect(try await engine.restarts(of: "main", in: "expanded") == 0)
            #expect(
                try await engine.notices(of: "expanded").allSatisfy { $0.reason != "Unhealthy" }
            )
        }
    }

    // Commands of probes, hooks and exec are what the container's own process is
    @Test func `programs beside the container's own have its user, groups and directory`()
        async throws
    {
        try await withEngine { engine in
            let gates = try Gates(engine)
            let words = "$(id -u):$(id -g):$(id -G):$PWD"
            let wanted = "1000:2000:2000 3000:/tmp"
            var main = probed(
                "main",
                [
                    probe("readinessProbe", exec("test '\(wanted)' = \\\"\(words)\\\"")),
                    "workingDir: /tmp",
                    "lifecycle: {postStart: {\(exec("echo \(words) > /tmp/post"))}}",
                ]
            )
            main.fields.append("securityContext: {runAsUser: 1000, runAsGroup: 2000}")
            try await engine.apply(
                scriptedPod(
                    "user",
                    grace: 1,
                    mains: [main],
                    fields: [gates.volume, "securityContext: {fsGroup: 3000}"]
                )
            )
            try await engine.waitUntilReady("user")
            let shell = "cat /tmp/post; echo \(words)"
            let shown = try await engine.remora("exec", "user", "--", "sh", "-c", shell)
            #expect(shown.output == "\(wanted)\n\(wanted)\n")
        }
    }

    // "should *not* be restarted with a GRPC liveness probe", "should be restarted with a GRPC
    // liveness probe": a server of the gRPC library answers, in the pod's own network
    @Test func `a gRPC health service is asked by its name, and anything but SERVING restarts`()
        async throws
    {
        try await withEngine { engine in
            let text = """
                import grpc
                from concurrent import futures
                class Health(grpc.GenericRpcHandler):
                    def service(self, call):
                        if call.method == '/grpc.health.v1.Health/Check':
                            return grpc.unary_unary_rpc_method_handler(self.check)
                    def check(self, request, context):
                        name = request[2:].decode()
                        if name == 'unknown': context.abort(grpc.StatusCode.NOT_FOUND, 'no service')
                        return bytes([8, 2 if name == 'off' else 1])
                server = grpc.server(futures.ThreadPoolExecutor(2))
                server.add_generic_rpc_handlers((Health(),))
                server.add_insecure_port('[::]:5000')
                server.start()
                server.wait_for_termination()
                """
            let words = try JSONSerialization.data(
                withJSONObject: ["chroot", "/host", "/usr/bin/python3", "-uc", text]
            )
            func container(_ name: String, _ fields: String...) -> String {
                (["- name: \(name)", "  image: remora/busybox", "  imagePullPolicy: IfNotPresent"]
                    + fields.map { "  " + $0 }).map { "  " + $0 }.joined(separator: "\n")
            }
            let sleep = #"command: ["sleep", "1000"]"#
            func liveness(_ service: String, port: Int = 5000) -> String {
                "livenessProbe: {periodSeconds: 1, failureThreshold: 1, timeoutSeconds: 2, "
                    + "initialDelaySeconds: 2, grpc: {port: \(port), service: \(service)}}"
            }
            let containers = [
                container(
                    "server",
                    "command: " + String(decoding: words, as: UTF8.self),
                    "volumeMounts: [{name: host, mountPath: /host, readOnly: true}]",
                    "startupProbe: {periodSeconds: 1, failureThreshold: 60, grpc: {port: 5000}}",
                    "livenessProbe: {periodSeconds: 1, grpc: {port: 5000, service: my.Service}}"
                ),
                container("off", sleep, liveness("\"off\"")),
                container("unknown", sleep, liveness("unknown")),
                container("port", sleep, liveness("\"\"", port: 5001)),
            ]
            try await engine.apply(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: grpc}
                spec:
                  terminationGracePeriodSeconds: 1
                  volumes: [{name: host, hostPath: {path: /}}]
                  containers:

                """ + containers.joined(separator: "\n") + "\n"
            )
            for name in ["off", "unknown", "port"] {
                try await engine.waitForRestarts(1, of: name, in: "grpc")
            }
            try await eventuallyKnown(
                engine,
                ".status.containerStatuses[?(@.name==\"server\")].started",
                of: "grpc",
                in: ["true"]
            )
            #expect(try await engine.restarts(of: "server", in: "grpc") == 0)
            let messages = try await engine.notices(of: "grpc").map(\.message)
            #expect(
                messages.contains {
                    $0.hasPrefix(
                        "Liveness probe failed: service unhealthy (responded with \"NOT_SERV"
                    )
                }
            )
            #expect(messages.contains { $0.contains("code = NotFound desc = no service") })
            #expect(
                messages.contains { $0.contains(":5001\" within 2s: context deadline exceeded") }
            )
        }
    }
}
