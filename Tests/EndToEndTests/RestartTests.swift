import Foundation
import TestKit
import Testing

/// What runs again, when, and as what it is shown: upstream's `container_restart_test.go`,
/// `container_restart_policy.go`, `runtime.go` and the image changes of `container_lifecycle_test.go`.
@Suite("Restarts") struct RestartTests {
    private let server = ScriptedContainer(name: "server", script: ContainerScript(runs: nil))
    private let state = "volumes: [{name: state, emptyDir: {}}]"
    private let mount = "volumeMounts: [{name: state, mountPath: /state}]"

    /// A container that runs the words once and other words from then on.
    private func once(
        _ name: String,
        _ first: String,
        then second: String,
        isSidecar: Bool = false,
        _ fields: String...
    ) -> ScriptedContainer {
        ScriptedContainer(
            name: name,
            shell:
                "echo Starting; if test ! -e /state/\(name); then touch /state/\(name); \(first); "
                + "else \(second); fi",
            isSidecar: isSidecar,
            fields: [mount] + fields
        )
    }

    // container_restart_test.go: the number of restarts is bounded by the waits
    @Test func `a crash loop waits, says how long, and keeps the run before to be looked at`()
        async throws
    {
        try await withEngine(["--stop-pods", "--crash-loop-max", "2s"]) { engine in
            func looping(_ name: String, code: Int) -> String {
                scriptedPod(
                    name,
                    restartPolicy: "Always",
                    mains: [
                        ScriptedContainer(name: "main", script: ContainerScript(exitCode: code))
                    ]
                )
            }
            // Under Always a good end is followed by the same waits.
            try await engine.apply(looping("bad", code: 6) + "---\n" + looping("good", code: 0))
            for (name, code) in [("bad", 6), ("good", 0)] {
                try await engine.waitForRestarts(3, of: "main", in: name)
                try await eventually(within: .seconds(20), "\(name) waits") {
                    try await engine.row(of: name)?.status == "CrashLoopBackOff"
                }
                #expect(try await engine.field(".status.phase", of: name) == "Running")
                let last = try await engine.state(of: "main", in: name, last: true)
                #expect(last.fields["exitCode"] as? Int == code)
                let previous = try await engine.remora("logs", name, "--previous")
                #expect(previous.output.hasPrefix("Starting\n"))
                // The runs on disk are the last two: between them lies a whole wait.
                let starts = try await eventually(within: .seconds(20), "two runs are on disk") {
                    let lines = try engine.history(of: name).filter { $0.text == "Starting" }
                    return lines.count >= 2 ? lines.map(\.seconds) : nil
                }
                #expect((starts.last ?? 0) - (starts.first ?? 0) >= 2)
                let uid = try await engine.field(".metadata.uid", of: name)
                let backOff = try await engine.notices(of: name).first { $0.reason == "BackOff" }
                #expect(
                    backOff?.message == "Back-off restarting failed container main in pod "
                        + "\(name)_default(\(uid))"
                )
                #expect((backOff?.count ?? 0) >= 2)
                try await eventually(within: .seconds(20), "\(name) says how long it waits") {
                    let state = try await engine.state(of: "main", in: name)
                    return state.fields["message"] as? String
                        == "back-off 2s restarting failed container=main pod=\(name)_default(\(uid))"
                }
            }
        }
    }

    // container_restart_policy.go
    @Test func `a container's own policy and rules go before the pod's policy`() async throws {
        try await withEngine { engine in
            func own(_ name: String, _ code: Int, _ fields: String...) -> ScriptedContainer {
                once(name, "exit \(code)", then: "exit 0").with(fields)
            }
            let rule =
                "restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [42]}}]"
            // 0 is an exit code like any other.
            let other = rule.replacing(
                "operator: In, values: [42]",
                with: "operator: NotIn, values: [0, 42]"
            )
            try await engine.apply(
                scriptedPod(
                    "rules",
                    mains: [
                        own("matching", 42, "restartPolicy: Never", rule),
                        own("missing", 41, "restartPolicy: Never", rule),
                        own("inverse", 41, "restartPolicy: Never", other),
                        own("failing", 1, "restartPolicy: OnFailure"),
                        own("plain", 1),
                    ],
                    fields: [state]
                )
            )
            try await engine.apply(
                scriptedPod(
                    "never",
                    restartPolicy: "Always",
                    mains: [own("main", 0, "restartPolicy: Never")],
                    fields: [state]
                )
            )
            try await engine.apply(
                scriptedPod(
                    "always",
                    mains: [own("main", 0, "restartPolicy: Always")],
                    fields: [state]
                )
            )
            try await engine.waitForPhase("Failed", of: "rules")
            let expected = ["matching": 1, "missing": 0, "inverse": 1, "failing": 1, "plain": 0]
            for (name, count) in expected {
                #expect(try await engine.restarts(of: name, in: "rules") == count, "\(name)")
            }
            try await engine.waitForPhase("Succeeded", of: "never")
            #expect(try await engine.restarts(of: "main", in: "never") == 0)
            try await engine.waitForRestarts(1, of: "main", in: "always")
            #expect(try await engine.field(".status.phase", of: "always") == "Running")
        }
    }

    // "should restart all containers on regular container exit", with a pod that keeps its place
    @Test func `RestartAllContainers runs everything again in the same sandbox`() async throws {
        try await withEngine { engine in
            let rule =
                "restartPolicyRules: [{action: RestartAllContainers, "
                + "exitCodes: {operator: In, values: [88]}}]"
            let hook = ContainerScript.hook("PreStop", seconds: 60)
            let sidecar = ScriptedContainer(
                name: "rinit1",
                script: ContainerScript(runs: nil),
                isSidecar: true,
                fields: ["lifecycle: {preStop: {exec: {command: \(hook)}}}"]
            )
            let gates = try Gates(engine)
            let trigger = ScriptedContainer(
                name: "main",
                shell: "echo Starting; if test ! -e /state/main; then touch /state/main; "
                    + "until test -e /gates/go; do sleep 0.05; done; exit 88; fi; "
                    + "until test -e /gates/end; do sleep 0.05; done; exit 0",
                fields: [
                    "restartPolicy: Never", rule,
                    "volumeMounts: [{name: state, mountPath: /state}, "
                        + "{name: gates, mountPath: /gates}]",
                ]
            )
            try await engine.apply(
                scriptedPod(
                    "all",
                    grace: 1,
                    inits: [ScriptedContainer(name: "init1"), sidecar],
                    mains: [ScriptedContainer(name: "done"), trigger],
                    fields: [
                        "volumes: [{name: state, emptyDir: {}}, "
                            + "{name: gates, hostPath: {path: \(gates.directory)}}]"
                    ]
                )
            )
            try await engine.waitForLine("Starting", from: "main", in: "all")
            let address = try await engine.field(".status.podIP", of: "all")
            #expect(
                try await engine.condition("AllContainersRestarting", of: "all").status == "False"
            )
            try gates.open("go")
            try await engine.waitForRestarts(1, of: "main", in: "all")
            #expect(try await engine.field(".status.podIP", of: "all") == address)
            try gates.open("end")
            try await engine.waitForPhase("Succeeded", of: "all")
            for name in ["init1", "rinit1", "done", "main"] {
                #expect(try await engine.restarts(of: name, in: "all") == 1, "\(name)")
            }
            let lines = try engine.history(of: "all")
            let history = History(lines: lines)
            #expect(history.count("Starting", "init1") == 2)
            let second = try #require(history.last("Starting", "init1"))
            let third = try #require(history.last("Starting", "main"))
            #expect(second <= third)
            // The tear-down has no grace and so no preStop; the pod's end has one.
            let between = lines.filter { $0.seconds < second }
            #expect(!between.contains { $0.text == "PreStop-Starting" })
            let restarting = try await engine.condition("AllContainersRestarting", of: "all")
            #expect(restarting.reason == "PodCompleted")
        }
    }

    // "... on init container exit", "... on sidecar exit"
    @Test func `RestartAllContainers may be asked for by an init and by a sidecar`() async throws {
        try await withEngine(["--stop-pods", "--crash-loop-max", "1s"]) { engine in
            let rule =
                "restartPolicyRules: [{action: RestartAllContainers, "
                + "exitCodes: {operator: In, values: [88]}}]"
            let polite = ContainerScript(runs: nil).text
            try await engine.apply(
                scriptedPod(
                    "both",
                    grace: 1,
                    inits: [
                        ScriptedContainer(name: "init1"),
                        ScriptedContainer(
                            name: "side",
                            shell: "echo x >> /state/side; if test $(wc -l < /state/side) = 2; "
                                + "then sleep 0.5; exit 88; fi; \(polite)",
                            isSidecar: true,
                            fields: [mount, rule]
                        ),
                        once("init2", "exit 88", then: "exit 0", "restartPolicy: Never", rule),
                    ],
                    mains: [ScriptedContainer(name: "main", script: ContainerScript(runs: 2))],
                    fields: [state]
                )
            )
            try await engine.waitForPhase("Succeeded", of: "both", within: .seconds(40))
            // Once for the init, once for the sidecar.
            for name in ["init1", "side", "init2"] {
                #expect(try await engine.restarts(of: name, in: "both") == 2, "\(name)")
            }
        }
    }

    // "should update the image of a running container" (169 to 179), init containers left alone
    @Test(arguments: ["Never", "OnFailure", "Always"])
    func `a changed image restarts that container under every policy`(policy: String) async throws {
        try await withEngine { engine in
            try await engine.importImage("test/other:2")
            let sidecar = ScriptedContainer(
                name: "rinit1",
                script: ContainerScript(runs: nil),
                isSidecar: true
            )
            var second = server
            second.name = "second"
            func manifest(_ changed: String...) -> String {
                var text = scriptedPod(
                    "images",
                    restartPolicy: policy,
                    inits: [ScriptedContainer(name: "init1"), sidecar],
                    mains: [server, second]
                )
                for name in changed {
                    text = text.replacing(
                        "- name: \(name)\n    image: remora/busybox",
                        with: "- name: \(name)\n    image: test/other:2"
                    )
                }
                return text
            }
            try await engine.apply(manifest())
            try await engine.waitUntilReady("images")
            try await engine.apply(manifest("server"))
            try await engine.waitForRestarts(1, of: "server", in: "images")
            try await engine.waitUntilReady("images")
            try await engine.apply(manifest("server", "rinit1", "init1"))
            try await engine.waitForRestarts(1, of: "rinit1", in: "images")
            try await engine.waitUntilReady("images")
            for (name, count) in ["init1": 0, "rinit1": 1, "server": 1, "second": 0] {
                #expect(try await engine.restarts(of: name, in: "images") == count, "\(name)")
            }
            func image(_ name: String) async throws -> String {
                try await engine.containerStatus(of: name, in: "images")["image"] as? String ?? ""
            }
            #expect(try await image("server") == "docker.io/test/other:2")
            #expect(try await image("rinit1") == "docker.io/test/other:2")
            #expect(try await image("init1") == "docker.io/remora/busybox:latest")
            #expect(try await image("second") == "docker.io/remora/busybox:latest")
            let last = try await engine.state(of: "server", in: "images", last: true)
            #expect(last.fields["exitCode"] as? Int == 0)
            let killing = try await engine.notices(of: "images")
                .filter { $0.reason == "Killing" }.map(\.message)
            #expect(
                killing == [
                    "Container server definition changed, will be restarted",
                    "Init container rinit1 definition changed",
                ]
            )
        }
    }

    // "should not restart ... when the image is updated during termination" (557), pods.go: the
    // back-off is reset by an image change
    @Test func `an image changed late resets the wait, and does nothing to a pod that goes`()
        async throws
    {
        try await withEngine { engine in
            try await engine.importImage("test/other:2")
            func looping(_ image: String) -> String {
                let main = ScriptedContainer(
                    name: "main",
                    shell: "test -e /other || exit 1; " + ContainerScript(runs: nil).text
                )
                let manifest = scriptedPod("loop", restartPolicy: "Always", grace: 1, mains: [main])
                return manifest.replacing("remora/busybox", with: image)
            }
            try await engine.apply(looping("remora/busybox"))
            try await eventually(within: .seconds(20), "the container waits for 10 s") {
                let state = try await engine.state(of: "main", in: "loop")
                return (state.fields["message"] as? String ?? "").hasPrefix("back-off 10s")
            }
            try await engine.apply(looping("test/other:2"))
            try await engine.waitForRestarts(2, of: "main", in: "loop", within: .seconds(9))
            let gates = try Gates(engine)
            func leaving(_ image: String) -> String {
                let main = ScriptedContainer(
                    name: "main",
                    shell: "trap '\(Gates.wait("end")); exit 0' TERM; echo Starting; "
                        + "while true; do sleep 0.1 & wait $!; done",
                    fields: [Gates.mount]
                )
                let manifest = scriptedPod(
                    "leaving",
                    restartPolicy: "Always",
                    mains: [main],
                    fields: [gates.volume]
                )
                return manifest.replacing("remora/busybox", with: image)
            }
            try await engine.apply(leaving("remora/busybox"))
            try await engine.waitUntilReady("leaving")
            async let final = engine.delete("leaving")
            try await eventually(within: .seconds(10), "the pod goes") {
                try await engine.row(of: "leaving")?.status == "Terminating"
            }
            try await engine.apply(leaving("test/other:2"))
            try gates.open("end")
            #expect(try await final.codes == ["main": 0])
            let notices = try await engine.notices(of: "leaving")
            #expect(notices.filter { $0.reason == "Started" }.map(\.count) == [1])
        }
    }

    // runtime.go, container_lifecycle_test.go 969: what cannot be started, and how it recovers
    @Test func `errors of the start have their reasons, and end when their cause does`()
        async throws
    {
        try await withEngine { engine in
            func pod(_ name: String, policy: String = "Always", _ fields: String) -> String {
                scriptedPod(
                    name,
                    restartPolicy: policy,
                    grace: 1,
                    mains: [
                        ScriptedContainer(name: "main", script: ContainerScript(runs: nil))
                            .with([fields])
                    ]
                )
            }
            let reference = "env: [{name: A, valueFrom: {configMapKeyRef: {name: late, key: a}}}]"
            let root = "securityContext: {runAsNonRoot: true}"
            let other = { (text: String, image: String) in
                text.replacing("image: remora/busybox", with: "image: \(image)")
            }
            try await engine.apply(
                [
                    pod("config", reference), pod("root", root),
                    other(pod("absent", "tty: false"), "no/such:1")
                        .replacing("IfNotPresent", with: "Never"),
                    other(pod("name", "tty: false"), "\"No::Such\""),
                    other(pod("pull", "tty: false"), "127.0.0.1:9/no/such:1"),
                    pod("never", policy: "Never", "tty: false").replacing(
                        "[\"sh\"",
                        with: "[\"/no\""
                    ),
                ]
                .joined(separator: "---\n")
            )
            for (name, reasons) in [
                ("config", ["CreateContainerConfigError"]),
                ("root", ["CreateContainerConfigError"]),
                ("absent", ["ErrImageNeverPull"]), ("name", ["InvalidImageName"]),
                ("pull", ["ErrImagePull", "ImagePullBackOff"]), ("never", ["StartError"]),
            ] {
                try await eventually(within: .seconds(20), "\(name) is \(reasons)") {
                    reasons.contains(try await engine.row(of: name)?.status ?? "")
                }
                let phase = name == "never" ? "Failed" : "Pending"
                #expect(try await engine.field(".status.phase", of: name) == phase)
                #expect(try await engine.restarts(of: "main", in: name) == 0)
                #expect(
                    try await engine.notices(of: name).contains {
                        $0.type == "Warning" && $0.message.hasPrefix("Error: ")
                    }
                )
            }
            let state = try await engine.state(of: "main", in: "config")
            let message = state.fields["message"] as? String ?? ""
            #expect(message.hasPrefix("configmap \"late\" not found"))
            let logs = try await engine.remora("logs", "config")
            #expect(logs.code != 0)
            #expect(
                logs.errors.contains(
                    "container \"main\" in pod \"config\" is waiting to start: CreateContainerConfigError"
                )
            )
            try await engine.apply(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: late}\ndata: {a: b}\n"
            )
            try await engine.waitUntilReady("config")
            #expect(try await engine.restarts(of: "main", in: "config") == 0)
            // A pod whose image cannot be had is gone as soon as it is deleted.
            let begin = ContinuousClock().now
            #expect(try await engine.delete("pull").phase == "Failed")
            #expect(ContinuousClock().now - begin < .seconds(10))
        }
    }
}

extension ScriptedContainer {
    fileprivate func with(_ more: [String]) -> Self {
        var copy = self
        copy.fields += more
        return copy
    }
}
