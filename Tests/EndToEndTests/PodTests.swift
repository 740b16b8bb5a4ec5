import Foundation
import TestKit
import Testing

/// What a pod's containers see and how they behave, on real containers.
@Suite("Pods") struct PodTests {
    /// Runs one shell command as a pod; its output.
    private func output(
        of command: String,
        _ engine: TestEngine,
        pod: [String] = [],
        container: [String] = []
    ) async throws -> String {
        let name = "probe-" + String(UInt32.random(in: 0...UInt32.max), radix: 36)
        var main = ScriptedContainer(name: "main").yaml.split(separator: "\n").map(String.init)
        let words = try JSONSerialization.data(withJSONObject: ["sh", "-c", command])
        main[3] = "    command: " + String(decoding: words, as: UTF8.self)
        let lines =
            [
                "apiVersion: v1", "kind: Pod",
                "metadata: {name: \(name), labels: {app: demo, tier: web}}", "spec:",
                "  restartPolicy: Never", "  terminationGracePeriodSeconds: 1",
            ] + pod.map { "  " + $0 } + ["  containers:"] + main + container.map { "    " + $0 }
        try await engine.apply(lines.joined(separator: "\n") + "\n")
        try await eventuallyKnown(
            engine,
            ".status.phase",
            of: name,
            in: ["Succeeded", "Failed"]
        )
        let logs = try await engine.remora("logs", name)
        #expect(logs.succeeded, "\(logs.errors)")
        return logs.output
    }

    @Test func `environment, downward API and expansion are the kubelet's`() async throws {
        try await withEngine { engine in
            try await engine.apply(
                """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: settings}
                data: {COLOR: blue, SIZE: "7"}
                ---
                apiVersion: v1
                kind: Secret
                metadata: {name: keys}
                stringData: {token: s3cret}
                """
            )
            let text = try await output(
                of:
                    "echo $A/$B/$C; echo $P_COLOR $P_SIZE; echo $TOKEN; echo $NAME $NS $LABEL $LIMIT",
                engine,
                container: [
                    "envFrom: [{prefix: P_, configMapRef: {name: settings}}]",
                    "resources: {limits: {memory: 64Mi, cpu: 250m}}",
                    "env:",
                    "- {name: A, value: one}",
                    "- {name: B, value: \"$(A)-two-$(MISSING)\"}",
                    "- {name: C, value: \"$$(A)\"}",
                    "- {name: TOKEN, valueFrom: {secretKeyRef: {name: keys, key: token}}}",
                    "- {name: NAME, valueFrom: {fieldRef: {fieldPath: metadata.name}}}",
                    "- {name: NS, valueFrom: {fieldRef: {fieldPath: metadata.namespace}}}",
                    "- {name: LABEL, valueFrom: {fieldRef: {fieldPath: \"metadata.labels['app']\"}}}",
                    "- {name: LIMIT, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}",
                ]
            )
            let lines = text.split(separator: "\n").map(String.init)
            try #require(lines.count == 4)
            #expect(lines[0] == "one/one-two-$(MISSING)/$(A)")
            #expect(lines[1] == "blue 7")
            #expect(lines[2] == "s3cret")
            #expect(lines[3].hasSuffix(" default demo 64"))
        }
    }

    @Test func `security settings reach the process`() async throws {
        try await withEngine { engine in
            let user = try await output(
                of: "id -u; id -g; grep NoNewPrivs /proc/self/status; touch /x 2>&1 || true",
                engine,
                container: [
                    """
                    securityContext: {runAsUser: 1234, runAsGroup: 99, \
                    allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, \
                    capabilities: {drop: [ALL]}}
                    """
                ]
            )
            #expect(user.contains("1234\n99\n"))
            #expect(user.contains("NoNewPrivs:\t1"))
            #expect(user.contains("Read-only file system"))
        }
    }

    @Test func `volumes have the kubelet's modes, and a ConfigMap follows its object`() async throws
    {
        try await withEngine { engine in
            func settings(_ color: String) -> String {
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: live}\ndata: {color: \(color)}\n"
            }
            try await engine.apply(settings("red"))
            try await engine.apply(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: volumes}
                spec:
                  terminationGracePeriodSeconds: 1
                  volumes:
                  - {name: scratch, emptyDir: {}}
                  - {name: memory, emptyDir: {medium: Memory, sizeLimit: 1Mi}}
                  - {name: live, configMap: {name: live, defaultMode: 256}}
                  containers:
                  - name: main
                    image: remora/busybox
                    imagePullPolicy: IfNotPresent
                    command: [sh, -c, "trap 'exit 0' TERM; while true; do sleep 0.1; done"]
                    volumeMounts:
                    - {name: scratch, mountPath: /scratch}
                    - {name: memory, mountPath: /memory}
                    - {name: live, mountPath: /live}
                """
            )
            try await engine.waitUntilReady("volumes")
            let modes = try await engine.remora(
                "exec",
                "volumes",
                "--",
                "sh",
                "-c",
                "stat -c %a /scratch /memory; stat -L -c %a /live/color; cat /live/color; "
                    + "stat -f -c %T /memory; echo x > /live/y || echo read-only"
            )
            // A tmpfs keeps its sticky bit, as under the kubelet.
            #expect(modes.output.hasPrefix("777\n1777\n400\nred"))
            #expect(modes.output.contains("tmpfs"))
            #expect(modes.output.contains("read-only"))
            try await engine.apply(settings("green"))
            try await eventually(within: .seconds(10), "the volume shows the new value") {
                try await engine.remora("exec", "volumes", "--", "cat", "/live/color").output
                    == "green"
            }
        }
    }

    @Test func `exit behaviour follows the restart policy`() async throws {
        try await withEngine { engine in
            for (policy, phase, restarts) in [
                ("Never", "Failed", 0), ("OnFailure", "Succeeded", 1),
            ] {
                try await engine.apply(
                    """
                    apiVersion: v1
                    kind: Pod
                    metadata: {name: exit-\(policy.lowercased())}
                    spec:
                      restartPolicy: \(policy)
                      volumes: [{name: state, emptyDir: {}}]
                      containers:
                      - name: main
                        image: remora/busybox
                        imagePullPolicy: IfNotPresent
                        command: [sh, -c, "test -e /state/ran && exit 0; touch /state/ran; exit 1"]
                        volumeMounts: [{name: state, mountPath: /state}]
                    """
                )
                let name = "exit-\(policy.lowercased())"
                try await engine.waitForPhase(phase, of: name)
                let count = ".status.containerStatuses[0].restartCount"
                #expect(try await engine.field(count, of: name) == String(restarts))
            }
        }
    }

    @Test func `probes gate, restart and take out of service`() async throws {
        try await withEngine { engine in
            try await engine.apply(
                scriptedPod(
                    "probed",
                    restartPolicy: "Always",
                    grace: 1,
                    mains: [
                        ScriptedContainer(
                            name: "live",
                            script: ContainerScript(runs: nil),
                            fields: [
                                """
                                livenessProbe: {periodSeconds: 1, failureThreshold: 1, \
                                initialDelaySeconds: 1, exec: {command: [test, -e, /alive]}}
                                """
                            ]
                        ),
                        ScriptedContainer(
                            name: "ready",
                            script: ContainerScript(runs: nil),
                            fields: [
                                """
                                readinessProbe: {periodSeconds: 1, \
                                tcpSocket: {port: 9}}
                                """
                            ]
                        ),
                    ]
                )
            )
            let restarts = ".status.containerStatuses[?(@.name==\"live\")].restartCount"
            try await eventually(within: .seconds(20), "the liveness probe restarts") {
                Int(try await engine.field(restarts, of: "probed")) ?? 0 >= 1
            }
            let ready = ".status.containerStatuses[?(@.name==\"ready\")].ready"
            #expect(try await engine.field(ready, of: "probed") == "false")
            let events = try await engine.remora("events").output
            #expect(events.contains("Container live failed liveness probe, will be restarted"))
            #expect(events.contains("Readiness probe failed"))
        }
    }

    @Test func `a crash loop backs off and says so`() async throws {
        try await withEngine { engine in
            try await engine.apply(
                scriptedPod(
                    "looping",
                    restartPolicy: "Always",
                    grace: 1,
                    mains: [ScriptedContainer(name: "main", script: ContainerScript(exitCode: 1))]
                )
            )
            try await eventually(within: .seconds(20), "ps shows the back-off") {
                try await engine.remora("ps").output.contains("CrashLoopBackOff")
            }
            let count = ".status.containerStatuses[0].restartCount"
            #expect(try await engine.field(count, of: "looping") == "1")
        }
    }

    @Test func `a container that uses too much memory is killed for it`() async throws {
        try await withEngine { engine in
            _ = try await output(
                of: "dd if=/dev/zero of=/dev/null bs=60M count=1",
                engine,
                container: ["resources: {limits: {memory: 15Mi}}"]
            )
            let pods = try await engine.remora(
                "get",
                "pods",
                "-o",
                "jsonpath={.items[0].status.containerStatuses[0].state.terminated.reason} "
                    + "{.items[0].status.containerStatuses[0].state.terminated.exitCode}"
            )
            #expect(pods.output == "OOMKilled 137")
        }
    }

    /// The mount namespace shows the machine's v2 hierarchy where a machine with v2 alone has it.
    @Test func `a machine with control groups v2 alone runs pods`() async throws {
        let engine = try TestEngine()
        let pod = ShellPod("modern", "cat /proc/self/cgroup; exit 3")
        let file = try engine.folder.write(pod.yaml, to: "pod.yaml")
        let script = """
            set -e
            mount --make-rprivate /
            umount -l /sys/fs/cgroup
            mount -t cgroup2 cgroup2 /sys/fs/cgroup
            "$@" serve & engine=$!
            for i in $(seq 100); do "$@" ps 2>/dev/null && break || sleep 0.1; done
            code=0
            "$@" up -f \(file) || code=$?
            "$@" down modern
            kill -TERM $engine
            wait $engine
            exit $code
            """
        let command = [engine.binary, "--root", engine.root, "--run-root", engine.runRoot]
        let up = try await TestProgram(
            "/usr/bin/unshare",
            ["--mount", "sh", "-c", script, "sh"] + command
        )
        .wait(within: .seconds(60))
        #expect(up.code == 3, "\(up.errors)")
        #expect(up.output.contains("[modern/main] 0::/"), "\(up.output)")
        #expect(!up.errors.contains("not enforced"), "\(up.errors)")
        #expect(engine.leftovers() == [])
    }
}
