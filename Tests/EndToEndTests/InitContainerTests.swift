import Foundation
import TestKit
import Testing

/// Init containers on real containers: upstream's `init_container.go` and the init part of
/// `container_lifecycle_test.go`.
@Suite("Init containers") struct InitContainerTests {
    private func initial(_ name: String, exit code: Int = 0) -> ScriptedContainer {
        ScriptedContainer(name: name, script: ContainerScript(exitCode: code))
    }

    private let server = ScriptedContainer(name: "app", script: ContainerScript(runs: nil))

    // "should invoke init containers on a RestartNever pod"
    @Test func `two inits that end well let a Never pod succeed`() async throws {
        try await withEngine { engine in
            try await engine.apply(
                scriptedPod(
                    "never",
                    inits: [initial("init1"), initial("init2")],
                    mains: [ScriptedContainer(name: "app")]
                )
            )
            try await engine.waitForPhase("Succeeded", of: "never")
            for name in ["init1", "init2"] {
                let status = try await engine.containerStatus(of: name, in: "never")
                #expect(status["ready"] as? Bool == true)
                let state = try await engine.state(of: name, in: "never")
                #expect(state.name == "terminated")
                #expect(state.fields["exitCode"] as? Int == 0)
                #expect(state.fields["reason"] as? String == "Completed")
                let id = state.fields["containerID"] as? String ?? ""
                #expect(id.hasPrefix("remora://"), "an ID is <type>://<id>: \(id)")
            }
            let initialized = try await engine.condition("Initialized", of: "never")
            #expect(initialized == ("True", "PodCompleted", ""))
            let row = try await engine.row(of: "never")
            #expect(row == PodRow(ready: "0/1", status: "Completed", restarts: 0))
            let history = History(lines: try engine.history(of: "never"))
            #expect(history.exits("init1", beforeStartOf: "init2"))
            #expect(history.exits("init2", beforeStartOf: "app"))
        }
    }

    // "should invoke init containers on a RestartAlways pod"; "should not restart init containers
    // when a regular container restarts"
    @Test func `an Always pod runs after its inits, which a restart of the main leaves alone`()
        async throws
    {
        try await withEngine { engine in
            let crashing = ScriptedContainer(
                name: "app",
                shell: "if test ! -e /gates/ran; then touch /gates/ran; exit 1; fi; "
                    + ContainerScript(runs: nil).text,
                fields: [Gates.mount]
            )
            let gates = try Gates(engine)
            try await engine.apply(
                scriptedPod(
                    "always",
                    restartPolicy: "Always",
                    grace: 2,
                    inits: [initial("init1"), initial("init2")],
                    mains: [crashing],
                    fields: [gates.volume]
                )
            )
            try await engine.waitForRestarts(1, of: "app", in: "always")
            try await engine.waitUntilReady("always")
            #expect(try await engine.field(".status.phase", of: "always") == "Running")
            #expect(try await engine.condition("Initialized", of: "always").status == "True")
            #expect(try await engine.condition("Initialized", of: "always").reason == "")
            for name in ["init1", "init2"] {
                #expect(try await engine.state(of: name, in: "always").name == "terminated")
                #expect(try await engine.restarts(of: name, in: "always") == 0)
            }
            let history = History(lines: try engine.history(of: "always"))
            #expect(history.count("Starting", "init1") == 1)
            #expect(history.count("Starting", "init2") == 1)
            let row = try await engine.row(of: "always")
            #expect(row == PodRow(ready: "1/1", status: "Running", restarts: 1))
            #expect(
                try await engine.state(of: "app", in: "always", last: true).name == "terminated"
            )
        }
    }

    // "should not start app containers if init containers fail on a RestartAlways pod"
    @Test func `an init that always fails keeps an Always pod pending`() async throws {
        try await withEngine(["--stop-pods", "--crash-loop-max", "1s"]) { engine in
            try await engine.apply(
                scriptedPod(
                    "stuck",
                    restartPolicy: "Always",
                    inits: [initial("init1", exit: 1), initial("init2")],
                    mains: [server]
                )
            )
            try await engine.waitForRestarts(3, of: "init1", in: "stuck")
            #expect(try await engine.field(".status.phase", of: "stuck") == "Pending")
            for name in ["init2", "app"] {
                let state = try await engine.state(of: name, in: "stuck")
                #expect(state.name == "waiting")
                #expect(state.fields["reason"] as? String == "PodInitializing")
            }
            let initialized = try await engine.condition("Initialized", of: "stuck")
            #expect(initialized.status == "False")
            #expect(initialized.reason == "ContainersNotInitialized")
            #expect(initialized.message == "containers with incomplete status: [init1 init2]")
            try await eventually(within: .seconds(20), "ps shows the back-off") {
                let row = try await engine.row(of: "stuck")
                return row?.status == "Init:CrashLoopBackOff" && row?.ready == "0/1"
                    && (row?.restarts ?? 0) >= 3
            }
            let last = try await engine.state(of: "init1", in: "stuck", last: true)
            #expect(last.fields["exitCode"] as? Int == 1)
            let notices = try await engine.notices(of: "stuck")
            let backOff = notices.first { $0.reason == "BackOff" }
            #expect(backOff?.type == "Warning")
            #expect(backOff?.fieldPath == "spec.initContainers{init1}")
            let message = backOff?.message ?? ""
            #expect(message.hasPrefix("Back-off restarting failed container init1 in pod stuck_"))
        }
    }

    // "should not start app containers and fail the pod if init containers fail on a RestartNever pod"
    @Test func `a second init that fails ends a Never pod`() async throws {
        try await withEngine { engine in
            try await engine.apply(
                scriptedPod(
                    "second",
                    inits: [initial("init1"), initial("init2", exit: 7)],
                    mains: [server]
                )
            )
            try await engine.waitForPhase("Failed", of: "second")
            let initialized = try await engine.condition("Initialized", of: "second")
            #expect(initialized.status == "False")
            #expect(initialized.reason == "ContainersNotInitialized")
            #expect(initialized.message == "containers with incomplete status: [init2]")
            let app = try await engine.state(of: "app", in: "second")
            #expect(app.name == "waiting")
            #expect(app.fields["reason"] as? String == "PodInitializing")
            #expect(try await engine.condition("Ready", of: "second").reason == "PodFailed")
            let row = try await engine.row(of: "second")
            #expect(row == PodRow(ready: "0/1", status: "Init:Error", restarts: 0))
        }
    }

    @Test func `STATUS and READY follow the init containers and sidecars one by one`() async throws
    {
        try await withEngine { engine in
            let gates = try Gates(engine)
            func waiting(_ name: String) -> ScriptedContainer {
                ScriptedContainer(name: name, shell: Gates.wait(name), fields: [Gates.mount])
            }
            let sidecar = ScriptedContainer(
                name: "proxy",
                script: ContainerScript(runs: nil),
                isSidecar: true,
                fields: [
                    Gates.mount,
                    "startupProbe: {periodSeconds: 1, failureThreshold: 100, "
                        + "exec: {command: [test, -e, /gates/proxy]}}",
                    "readinessProbe: {periodSeconds: 1, exec: {command: [test, -e, /gates/ready]}}",
                ]
            )
            try await engine.apply(
                scriptedPod(
                    "steps",
                    restartPolicy: "Always",
                    grace: 2,
                    inits: [waiting("one"), sidecar, waiting("two")],
                    mains: [server],
                    fields: [gates.volume]
                )
            )
            func expect(_ ready: String, _ status: String) async throws {
                let wanted = PodRow(ready: ready, status: status, restarts: 0)
                try await eventually(within: .seconds(20), "\(wanted)", every: .milliseconds(50)) {
                    try await engine.row(of: "steps") == wanted
                }
            }
            try await expect("0/2", "Init:0/3")
            try gates.open("one")
            try await expect("0/2", "Init:1/3")
            try gates.open("proxy")
            try await expect("0/2", "Init:2/3")
            try gates.open("ready")
            try await expect("1/2", "Init:2/3")
            try gates.open("two")
            try await expect("2/2", "Running")
            try gates.close("ready")
            try await expect("1/2", "Running")
            #expect(try await engine.condition("Ready", of: "steps").reason == "ContainersNotReady")
        }
    }

    // container_restart_policy.go: a container's own policy goes before the pod's
    @Test func `an init's own policy and OnFailure decide whether it runs again`() async throws {
        try await withEngine { engine in
            var final = initial("init1", exit: 3)
            final.fields = ["restartPolicy: Never"]
            try await engine.apply(
                scriptedPod("own", restartPolicy: "Always", inits: [final], mains: [server])
            )
            let twice = ScriptedContainer(
                name: "init1",
                shell: "echo Starting; test -e /state/ran && exit 0; touch /state/ran; exit 1",
                fields: ["volumeMounts: [{name: state, mountPath: /state}]"]
            )
            try await engine.apply(
                scriptedPod(
                    "again",
                    restartPolicy: "OnFailure",
                    inits: [twice, initial("init2")],
                    mains: [ScriptedContainer(name: "app")],
                    fields: ["volumes: [{name: state, emptyDir: {}}]"]
                )
            )
            try await engine.waitForPhase("Failed", of: "own")
            #expect(try await engine.restarts(of: "init1", in: "own") == 0)
            try await engine.waitForPhase("Succeeded", of: "again")
            #expect(try await engine.restarts(of: "init1", in: "again") == 1)
            #expect(try await engine.restarts(of: "init2", in: "again") == 0)
            let history = History(lines: try engine.history(of: "again"))
            #expect(history.count("Starting", "init1") == 2)
            #expect(history.count("Starting", "init2") == 1)
        }
    }

    @Test func `an init whose program does not exist shows why, and keeps the pod pending`()
        async throws
    {
        try await withEngine { engine in
            let broken = initial("init1").yaml.replacing("[\"sh\", \"-c\"", with: "[\"/no/such\"")
            try await engine.apply(
                scriptedPod("broken", restartPolicy: "Always", inits: [], mains: [server])
                    + "  initContainers:\n" + broken + "\n"
            )
            try await eventually(within: .seconds(20), "the start has failed") {
                try await engine.state(of: "init1", in: "broken", last: true).name == "terminated"
            }
            let last = try await engine.state(of: "init1", in: "broken", last: true)
            #expect(last.fields["exitCode"] as? Int == 128)
            #expect(last.fields["reason"] as? String == "StartError")
            #expect((last.fields["message"] as? String ?? "").contains("/no/such"))
            #expect(try await engine.field(".status.phase", of: "broken") == "Pending")
            let status = try await engine.row(of: "broken")?.status ?? ""
            #expect(["Init:RunContainerError", "Init:CrashLoopBackOff"].contains(status))
            let failed = try await engine.notices(of: "broken").first { $0.reason == "Failed" }
            #expect(failed?.message.hasPrefix("Error: ") == true)
            #expect(failed?.fieldPath == "spec.initContainers{init1}")
        }
    }

    @Test func `a pod deleted while an init runs starts nothing more and has failed`() async throws
    {
        try await withEngine { engine in
            let gates = try Gates(engine)
            let long = ScriptedContainer(
                name: "init1",
                script: ContainerScript(runs: nil),
                fields: [Gates.mount]
            )
            let marking = ScriptedContainer(
                name: "app",
                shell: "touch /gates/app",
                fields: [Gates.mount]
            )
            try await engine.apply(
                scriptedPod(
                    "deleted",
                    restartPolicy: "Always",
                    inits: [long],
                    mains: [marking],
                    fields: [gates.volume]
                )
            )
            try await engine.waitForLine("Started", from: "init1", in: "deleted")
            let final = try await engine.delete("deleted")
            #expect(final.phase == "Failed")
            #expect(final.codes["init1"] == 0)
            #expect(!FileManager.default.fileExists(atPath: gates.directory + "/app"))
        }
    }
}
