import Foundation
import TestKit
import Testing

/// What a pod needs and cannot have, and what is killed under it: the pod ends in the right state, the
/// message says what to do, and what is mended goes on by itself.
@Suite("Faults") struct FaultTests {
    private static let waiting = ".status.containerStatuses[0].state.waiting"

    private func wait(
        _ reasons: [String],
        of pod: String,
        _ engine: TestEngine
    ) async throws {
        try await eventuallyKnown(engine, Self.waiting + ".reason", of: pod, in: reasons)
    }

    @Test func `a missing image backs off, says what to do, and is used once it is there`()
        async throws
    {
        try await withEngine { engine in
            let image = "127.0.0.1:1/none/app:v1"
            let main = ShellPod("image", "echo ran", image: image)
            let never = ShellPod("never", "true", image: "example.org/none:v1")
            var side = ShellPod("side", "echo ran")
            side.pod = [
                "initContainers:",
                "- {name: side, image: \"\(image)-side\", imagePullPolicy: IfNotPresent, "
                    + "restartPolicy: Always}",
            ]
            try await engine.apply(
                documents([
                    main.yaml, side.yaml,
                    never.yaml.replacing("IfNotPresent", with: "Never"),
                    ShellPod("name", "true", image: "Not/An Image").yaml,
                ])
            )
            try await wait(["ErrImagePull"], of: "image", engine)
            try await wait(["ImagePullBackOff"], of: "image", engine)
            let message = try await engine.field(Self.waiting + ".message", of: "image")
            #expect(message.hasPrefix("Back-off pulling image \"\(image)\""))
            #expect(message.contains("check that 127.0.0.1:1 is up"))
            #expect(try await engine.field(".status.phase", of: "image") == "Pending")
            #expect(try await engine.events(of: "image", reason: "Failed").contains("ErrImagePull"))
            #expect(try await engine.events(of: "image", reason: "BackOff").contains("Normal"))
            try await wait(["ErrImageNeverPull"], of: "never", engine)
            #expect(
                try await engine.field(Self.waiting + ".message", of: "never")
                    .contains("pull, load or import it with `remora image`")
            )
            try await wait(["InvalidImageName"], of: "name", engine)
            #expect(
                try await engine.field(Self.waiting + ".message", of: "name").contains(
                    "write it as"
                )
            )
            let table = try await engine.remora("ps").output
            #expect(table.contains("Init:ImagePullBackOff") || table.contains("Init:ErrImagePull"))
            let logs = try await engine.remora("logs", "image")
            #expect(logs.errors.contains("waiting to start"))
            // A pod that waits for an image goes at once.
            let begin = ContinuousClock().now
            #expect(try await engine.remora("down", "never", "side", "name").succeeded)
            #expect(ContinuousClock().now - begin < .seconds(10))
            try await engine.importImage(try engine.folder.busyboxTree(), as: image, [])
            try await engine.waitForPhase("Succeeded", of: "image", within: .seconds(40))
        }
    }

    @Test func `a missing key holds a container until the key appears`() async throws {
        try await withEngine { engine in
            func map(_ key: String) -> String {
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: map}\ndata: {\(key): value}\n"
            }
            let pods = [
                ShellPod(
                    "variable",
                    "echo $A",
                    container: [
                        "env: [{name: A, valueFrom: {configMapKeyRef: {name: map, key: wanted}}}]"
                    ]
                ),
                ShellPod(
                    "file",
                    "cat /v/f; echo",
                    pod: [
                        "volumes: [{name: v, configMap: {name: map, items: [{key: wanted, path: f}]}}]"
                    ],
                    container: ["volumeMounts: [{name: v, mountPath: /v}]"]
                ),
            ]
            try await engine.apply(documents(pods.map(\.yaml)))
            try await wait(["CreateContainerConfigError"], of: "variable", engine)
            #expect(
                try await engine.field(Self.waiting + ".message", of: "variable")
                    == "configmap \"map\" not found; create it, or make the reference optional"
            )
            #expect(try await engine.remora("ps").output.contains("CreateContainerConfigError"))
            try await eventually(within: .seconds(20), "the volume is missed") {
                try await engine.events(of: "file", reason: "FailedMount")
                    .contains("configmap \"map\" not found; create it")
            }
            try await engine.apply(map("other"))
            try await eventually(within: .seconds(20), "the key is missed") {
                try await engine.field(Self.waiting + ".message", of: "variable")
                    == "couldn't find key wanted in ConfigMap default/map; add the key, or make the "
                    + "reference optional"
            }
            try await eventually(within: .seconds(20), "the volume's key is missed") {
                try await engine.events(of: "file", reason: "FailedMount")
                    .contains("non-existent config key: wanted; add the key")
            }
            try await engine.apply(map("wanted"))
            for pod in pods {
                try await engine.waitForPhase("Succeeded", of: pod.name)
                #expect(try await engine.remora("logs", pod.name).output == "value\n")
                let count = ".status.containerStatuses[0].restartCount"
                #expect(try await engine.field(count, of: pod.name) == "0")
            }
        }
    }

    @Test func `a taken host port is named with its owner, and used when it is free`() async throws
    {
        try await withEngine { engine in
            let ports = [try FreePort.find(), try FreePort.find()]
            let listener = try TestProgram(
                "python3",
                [
                    "-c",
                    "import socket,sys,time\ns=socket.socket()\n"
                        + "s.setsockopt(socket.SOL_SOCKET,socket.SO_REUSEADDR,1)\n"
                        + "s.bind(('',int(sys.argv[1])))\ns.listen()\nprint('up',flush=True)\n"
                        + "time.sleep(120)", "\(ports[0])",
                ]
            )
            try await eventually(within: .seconds(10), "the port is taken") {
                listener.output.contains("up")
            }
            func pod(_ name: String, _ port: UInt16) -> ShellPod {
                var pod = resident(name)
                pod.container = ["ports: [{containerPort: 80, hostPort: \(port)}]"]
                return pod
            }
            try await engine.apply(
                documents([pod("first", ports[0]), pod("second", ports[1])].map(\.yaml))
            )
            try await engine.waitUntilReady("second")
            try await engine.apply(pod("third", ports[1]).yaml)
            try await eventually(within: .seconds(20), "the program is named") {
                try await engine.events(of: "first", reason: "FailedCreatePodSandBox")
                    .contains(
                        "host port \(ports[0])/TCP is taken: python3 (PID \(listener.pid)) has it; choose another"
                    )
            }
            try await eventually(within: .seconds(20), "the pod is named") {
                try await engine.events(of: "third", reason: "FailedCreatePodSandBox")
                    .contains("pod default/second has it; choose another hostPort, or stop")
            }
            let events = try await engine.events(of: "first", reason: "FailedCreatePodSandBox")
            #expect(!events.contains("sandbox: Failed to create"))
            #expect(try await engine.field(".status.phase", of: "first") == "Pending")
            listener.signal(SIGKILL)
            _ = try await listener.wait()
            #expect(try await engine.remora("down", "second").succeeded)
            try await engine.waitUntilReady("first")
            try await engine.waitUntilReady("third")
        }
    }

    /// A command that cannot be executed, and the words for it.
    private static let commands: [(name: String, command: String, message: String)] = [
        (
            "search", "[nosuch]",
            "exec: \"nosuch\": executable file not found in $PATH; correct the command, or the image"
        ),
        (
            "path", "[/no/such]",
            "exec: \"/no/such\": stat /no/such: no such file or directory; correct the command, or the image"
        ),
        (
            "mode", "[/etc/passwd]",
            "exec: \"/etc/passwd\": permission denied; it must be an executable file"
        ),
        ("directory", "[/etc]", "exec: \"/etc\": permission denied; it must be an executable file"),
    ]

    @Test func `a program that is not there is a start error, retried as the policy says`()
        async throws
    {
        try await withEngine { engine in
            let pods = Self.commands.map {
                ShellPod($0.name, container: ["command: \($0.command)"])
            }
            let looping = ShellPod(
                "looping",
                container: ["command: [nosuch]"],
                restartPolicy: "Always"
            )
            try await engine.apply(documents((pods + [looping]).map(\.yaml)))
            let ended = ".status.containerStatuses[0].state.terminated"
            for row in Self.commands {
                try await engine.waitForPhase("Failed", of: row.name)
                #expect(try await engine.field(ended + ".reason", of: row.name) == "StartError")
                #expect(try await engine.field(ended + ".exitCode", of: row.name) == "128")
                #expect(try await engine.field(ended + ".message", of: row.name) == row.message)
                let events = try await engine.events(of: row.name, reason: "Failed")
                #expect(events.contains(row.message))
            }
            try await wait(["CrashLoopBackOff"], of: "looping", engine)
            let last = ".status.containerStatuses[0].lastState.terminated.reason"
            #expect(try await engine.field(last, of: "looping") == "StartError")
            let described = try await engine.remora("describe", "looping").output
            #expect(described.contains("CrashLoopBackOff") && described.contains("StartError"))
        }
    }

    /// The process that watches over a pod's container, by the pod's UID.
    private func conmon(of pod: String, _ engine: TestEngine) async throws -> Int32 {
        let path = ".status.containerStatuses[0].containerID"
        let id =
            try await engine.field(path, of: pod).split(separator: "/").last.map(String.init) ?? ""
        return try #require(engine.processes(naming: "--cid " + id).first)
    }

    @Test func `a container whose monitor is killed has ended and restarts as the policy says`()
        async throws
    {
        try await withEngine { engine in
            let pods = ["Always", "OnFailure", "Never"].map { policy in
                var pod = resident(policy.lowercased())
                pod.restartPolicy = policy
                return pod
            }
            try await engine.apply(documents(pods.map(\.yaml)))
            for pod in pods { try await engine.waitUntilReady(pod.name) }
            for pod in pods { kill(try await conmon(of: pod.name, engine), SIGKILL) }
            let status = ".status.containerStatuses[0]"
            for name in ["always", "onfailure"] {
                try await eventuallyKnown(engine, status + ".restartCount", of: name, in: ["1"])
                try await engine.waitUntilReady(name)
                let last = status + ".lastState.terminated"
                #expect(try await engine.field(last + ".exitCode", of: name) == "137")
                #expect(
                    try await engine.field(last + ".reason", of: name) == "ContainerStatusUnknown"
                )
            }
            try await engine.waitForPhase("Failed", of: "never")
            let code = status + ".state.terminated.exitCode"
            #expect(try await engine.field(code, of: "never") == "137")
        }
    }

    /// A runtime that kills itself when it makes or starts its first containers.
    private func fragileRuntime(_ engine: TestEngine, verb: String, times: Int) throws -> String {
        let count = engine.folder.file("killed")
        let path = try engine.folder.write(
            """
            #!/bin/bash
            for word in "$@"; do
              if [ "$word" = \(verb) ] && [ "$(wc -l < \(count))" -lt \(times) ]; then
                echo killed >> \(count)
                /usr/bin/crun "$@" &
                sleep 0.02
                kill -9 $! 2>/dev/null
                kill -9 $$
              fi
            done
            exec /usr/bin/crun "$@"
            """,
            to: "crun"
        )
        try engine.folder.write("", to: "killed")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }

    @Test(arguments: ["create", "start"]) func `a runtime killed at work costs one attempt`(
        verb: String
    ) async throws {
        let folder = try TemporaryDirectory()
        let runtime = folder.file("crun")
        try await withEngine(
            ["--stop-pods", "--runtime", runtime],
            prepare: { engine in
                let script = try fragileRuntime(engine, verb: verb, times: 2)
                try FileManager.default.copyItem(atPath: script, toPath: runtime)
            }
        ) { engine in
            try await engine.apply(
                documents([
                    resident("sturdy").yaml,
                    ShellPod("once", "echo ran", restartPolicy: "OnFailure").yaml,
                ])
            )
            try await engine.waitUntilReady("sturdy", within: .seconds(60))
            try await engine.waitForPhase("Succeeded", of: "once", within: .seconds(60))
            #expect(try engine.folder.text(of: "killed") == "killed\nkilled\n")
            let events = try await engine.remora("events").output
            #expect(events.contains("Warning   Failed"))
        }
    }
}
