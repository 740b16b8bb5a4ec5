import Foundation
import TestKit
import Testing

/// The command line as people use it.
@Suite("Commands") struct CommandTests {
    private func manifest(_ engine: TestEngine, _ text: String) throws -> String {
        try engine.folder.write(text, to: "pod-\(UUID().uuidString).yaml")
    }

    @Test func `up without an engine runs the pod in the foreground and gives its exit code`()
        async throws
    {
        let engine = try TestEngine()
        let file = try manifest(
            engine,
            scriptedPod(
                "job",
                mains: [
                    ScriptedContainer(name: "main", script: ContainerScript(exitCode: 5, runs: 0.3))
                ]
            )
        )
        let up = try await engine.remora("up", "-f", file)
        #expect(up.code == 5)
        #expect(up.output.contains("[job/main] Started"))
        #expect(up.errors.contains("main main: ended with exit code 5"))
        try await engine.start()
        #expect(try await engine.field(".status.phase", of: "job") == "Failed")
        _ = try await engine.remora("down", "job")
        try await engine.stop()
        #expect(engine.leftovers() == [])
    }

    @Test func `an interrupted up stops its pods gracefully`() async throws {
        let engine = try TestEngine()
        let file = try manifest(
            engine,
            scriptedPod(
                "server",
                restartPolicy: "Always",
                mains: [ScriptedContainer(name: "main", script: ContainerScript(runs: nil))]
            )
        )
        // Told to end, `timeout` signals the program, and at once its group: that is one wish.
        let up = try TestProgram(
            "timeout",
            ["300", engine.binary, "--root", engine.root, "--run-root", engine.runRoot]
                + ["up", "-f", file]
        )
        try await eventually(within: .seconds(20), "the pod is ready") {
            up.errors.contains("ready: server") && up.output.contains("Starting")
        }
        up.signal(SIGINT)
        let result = try await up.wait(within: .seconds(20))
        #expect(result.code == 0)
        #expect(!result.errors.contains("killing"))
        #expect(result.errors.contains("removed"))
        #expect(result.output.contains("[server/main] Terminating"))
        #expect(engine.leftovers() == [])
    }

    @Test func `up detached leaves an engine that down and shutdown end`() async throws {
        let engine = try TestEngine()
        let file = try manifest(
            engine,
            scriptedPod(
                "left",
                restartPolicy: "Always",
                mains: [ScriptedContainer(name: "main", script: ContainerScript(runs: nil))]
            )
        )
        let up = try await engine.remora("up", "-d", "-f", file)
        #expect(up.succeeded, "\(up.errors)")
        #expect(try await engine.remora("ps").output.contains("1/1"))
        #expect(try await engine.remora("down", "left").succeeded)
        let stop = try await TestProgram(
            "curl",
            ["-s", "-X", "POST", "--unix-socket", engine.socket]
                + ["http://node/apis/remora/v1/shutdown?pods=stop"]
        )
        .wait()
        #expect(stop.succeeded)
        try await eventually(within: .seconds(10), "the engine ends") {
            !FileManager.default.fileExists(atPath: engine.socket)
        }
        try await eventually(within: .seconds(5), "nothing is left") { engine.leftovers() == [] }
    }

    @Test func `wrong manifests name file, line and remedy, all at once, and start nothing`()
        async throws
    {
        try await withEngine { engine in
            let file = try manifest(
                engine,
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: Bad_Name}
                spec:
                  containers:
                  - name: app
                    image: remora/busybox
                    imagePullPolcy: Never
                    volumeMounts: [{name: nowhere, mountPath: /x}]
                """
            )
            let result = try await engine.remora("apply", "-f", file)
            #expect(result.code == 2)
            #expect(result.errors.contains("\(file):3:"))
            #expect(result.errors.contains("\(file):8:5"))
            #expect(result.errors.contains("did you mean \"imagePullPolicy\"?"))
            #expect(result.errors.contains("nowhere"))
            #expect(try await engine.remora("get", "pods", "-o", "name").output == "")
        }
    }

    @Test func `a second engine on the same root is refused with the first one's process`()
        async throws
    {
        try await withEngine { engine in
            let second = try await engine.remora("serve")
            #expect(second.code == 1)
            #expect(second.errors.contains("process ID \(engine.engine?.pid ?? 0)"))
        }
    }

    @Test func `a deployment keeps its replicas running and rolls to a new template`() async throws
    {
        try await withEngine { engine in
            func deployment(_ version: String) -> String {
                """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web}
                spec:
                  replicas: 2
                  selector: {matchLabels: {app: web}}
                  template:
                    metadata: {labels: {app: web}}
                    spec:
                      terminationGracePeriodSeconds: 1
                      containers:
                      - name: main
                        image: remora/busybox
                        imagePullPolicy: IfNotPresent
                        env: [{name: VERSION, value: "\(version)"}]
                        command: [sh, -c, "trap 'exit 0' TERM; while true; do sleep 0.1; done"]
                """
            }
            func ready(_ version: String) async throws -> Int {
                let template =
                    "{range .items[*]}{.metadata.deletionTimestamp}|{.status.phase}|"
                    + "{.spec.containers[0].env[0].value}{\"\\n\"}{end}"
                let pods = try await engine.remora(
                    "ps",
                    "-l",
                    "app=web",
                    "-o",
                    "jsonpath=" + template
                )
                return pods.output.split(separator: "\n").count { $0 == "|Running|\(version)" }
            }
            try await engine.apply(deployment("one"))
            try await eventually(within: .seconds(30), "two pods run") {
                try await ready("one") == 2
            }
            let names = try await engine.remora("ps", "-l", "app=web", "-o", "name").output
            let victim = names.split(separator: "\n")[0].dropFirst("pod/".count)
            _ = try await engine.remora("down", String(victim), "--now")
            try await eventually(within: .seconds(30), "the lost pod is replaced") {
                try await ready("one") == 2
            }
            try await engine.apply(deployment("two"))
            try await eventually(within: .seconds(30), "two new pods run") {
                let (new, old) = (try await ready("two"), try await ready("one"))
                return new == 2 && old == 0
            }
            #expect(try await engine.remora("down", "deployment/web").succeeded)
            try await eventually(within: .seconds(30), "its pods are gone") {
                try await engine.remora("ps", "-o", "name").output == ""
            }
        }
    }

    @Test func `up runs a finished pod again and reports on the new one`() async throws {
        try await withEngine { engine in
            func job(_ code: Int) throws -> String {
                try manifest(
                    engine,
                    scriptedPod(
                        "job",
                        mains: [
                            ScriptedContainer(
                                name: "main",
                                script: ContainerScript(exitCode: code, runs: 0.2)
                            )
                        ]
                    )
                )
            }
            let first = try await engine.remora("up", "-f", job(5))
            #expect(first.code == 5)
            let second = try await engine.remora("up", "-f", job(6))
            #expect(second.code == 6)
            #expect(second.errors.contains("pod/job replaced"))
            #expect(second.output.contains("[job/main] Started"))
        }
    }

    @Test func `down shows the order of a stop, also of pods in another namespace`() async throws {
        try await withEngine { engine in
            let pod = scriptedPod(
                "ordered",
                restartPolicy: "Always",
                inits: [
                    ScriptedContainer(
                        name: "side",
                        script: ContainerScript(runs: nil),
                        isSidecar: true
                    )
                ],
                mains: [ScriptedContainer(name: "main", script: ContainerScript(runs: nil))]
            )
            let text = """
                apiVersion: v1
                kind: Namespace
                metadata: {name: other}
                ---
                \(pod.replacing("name: ordered", with: "name: ordered, namespace: other"))
                """
            let file = try manifest(engine, text)
            let up = try await engine.remora("up", "-d", "-f", file)
            #expect(up.succeeded, "\(up.errors)")
            let down = try await engine.remora("down", "-f", file)
            #expect(down.succeeded, "\(down.errors)")
            let places = [
                "main main: stopping", "main main: completed", "sidecar side: completed",
                "ordered  removed",
            ].map { down.errors.range(of: $0)?.lowerBound }
            #expect(places.allSatisfy { $0 != nil }, "\(down.errors)")
            #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted())
        }
    }

    @Test func `a pod is described line for line as kubectl does it`() async throws {
        try await withEngine { engine in
            let file = try manifest(engine, Self.rich)
            let applied = try await engine.remora("apply", "-f", file)
            #expect(applied.succeeded, "\(applied.errors)")
            try await eventually(within: .seconds(20), "the second container waits") {
                let state = ".status.containerStatuses[1].state.waiting.reason"
                return try await engine.field(state, of: "rich") == "CrashLoopBackOff"
            }
            let bridge = try await SocketBridge(to: engine.socket)
            let peer = try await TestProgram(
                "/usr/bin/kubectl",
                ["--server", bridge.server, "describe", "pod", "rich"],
                environment: ["HOME": engine.folder.path, "TZ": "UTC"]
            )
            .wait(within: .seconds(20))
            await bridge.stop()
            #expect(peer.succeeded, "\(peer.errors)")
            let ours = try await engine.remora("describe", "pod", "rich")
            // Events of one second have no order; their ages move on.
            func head(_ text: String) -> Substring {
                text.prefix(upTo: text.range(of: "\nEvents:")?.lowerBound ?? text.endIndex)
            }
            #expect(head(ours.output) == head(peer.output))
            #expect(ours.output.contains("\nEvents:\n  Type     Reason"))
            let lines = { (text: String) in text.split(separator: "\n").count }
            #expect(lines(ours.output) == lines(peer.output))
            _ = try await engine.remora("down", "rich", "--now")
        }
    }

    private static let rich = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: conf}
        data: {a: "1"}
        ---
        apiVersion: v1
        kind: Pod
        metadata:
          name: rich
          labels: {app: rich, tier: back}
          annotations: {note: "some text", long: "two\\nlines"}
        spec:
          terminationGracePeriodSeconds: 1
          securityContext: {seccompProfile: {type: RuntimeDefault}}
          readinessGates: [{conditionType: example.com/gate}]
          tolerations:
          - {key: k, operator: Equal, value: v, effect: NoExecute, tolerationSeconds: 30}
          - {operator: Exists}
          initContainers:
          - {name: init, image: remora/busybox, imagePullPolicy: IfNotPresent, args: ["true"]}
          containers:
          - name: app
            image: remora/busybox
            imagePullPolicy: IfNotPresent
            command: [sh, -c]
            args: ["echo one\\necho two\\nsleep 1000"]
            ports: [{containerPort: 80, name: http}, {containerPort: 90, protocol: UDP}]
            resources: {limits: {cpu: 100m, memory: 64Mi}, requests: {cpu: 10m}}
            envFrom: [{prefix: S_, configMapRef: {name: conf}}]
            env:
            - {name: PLAIN, value: hello}
            - {name: MULTI, value: "l1\\nl2"}
            - {name: KEY, valueFrom: {configMapKeyRef: {name: conf, key: a, optional: true}}}
            - {name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}
            - {name: TIER, valueFrom: {fieldRef: {fieldPath: "metadata.labels['tier']"}}}
            - {name: LIMIT, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
            - {name: MEMORY, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Ki}}}
            - {name: REQUEST, valueFrom: {resourceFieldRef: {resource: requests.memory}}}
            livenessProbe: {tcpSocket: {port: http}, initialDelaySeconds: 100}
            readinessProbe: {httpGet: {port: 80, path: /x, scheme: HTTPS}, initialDelaySeconds: 50}
            startupProbe: {exec: {command: ["true"]}}
            volumeMounts:
            - {name: conf, mountPath: /conf, readOnly: true}
            - {name: empty, mountPath: /empty, subPath: sub}
            - {name: all, mountPath: /all}
          - name: bad
            image: remora/busybox
            imagePullPolicy: IfNotPresent
            command: [sh, -c, "echo dying; exit 3"]
            terminationMessagePolicy: FallbackToLogsOnError
            livenessProbe: {grpc: {port: 5000, service: s}, initialDelaySeconds: 50}
          volumes:
          - {name: conf, configMap: {name: conf, optional: true}}
          - {name: empty, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
          - {name: host, hostPath: {path: /tmp, type: Directory}}
          - name: labels
            downwardAPI: {items: [{path: l, fieldRef: {fieldPath: metadata.labels}}]}
          - name: all
            projected:
              sources:
              - configMap: {name: conf}
              - downwardAPI: {items: [{path: l, fieldRef: {fieldPath: metadata.labels}}]}
        """
}
