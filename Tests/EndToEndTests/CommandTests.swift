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
        let up = try TestProgram(
            engine.binary,
            ["--root", engine.root, "--run-root", engine.runRoot, "up", "-f", file]
        )
        try await eventually(within: .seconds(20), "the pod is ready") {
            up.errors.contains("ready: server")
        }
        up.signal(SIGINT)
        let result = try await up.wait(within: .seconds(20))
        #expect(result.code == 0)
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
}
