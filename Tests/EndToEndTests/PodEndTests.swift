import Foundation
import TestKit
import Testing

/// How pods are made to end: deadlines, short graces, force, and deletions at awkward moments.
@Suite("Pod ends") struct PodEndTests {
    // "should support pod with activeDeadlineSeconds lowered on a live pod" of pods.go, semantics
    // section 24: the deadline counts from the pod's start, and may be set late and lowered
    @Test func `a deadline ends a pod whatever it is doing, gracefully`() async throws {
        try await withEngine { engine in
            let long = ScriptedContainer(name: "main", script: ContainerScript(runs: nil))
            let first = ScriptedContainer(name: "init1", script: ContainerScript(runs: nil))
            func pod(_ name: String, _ seconds: Int?) -> String {
                let text = scriptedPod(
                    name,
                    restartPolicy: "Always",
                    inits: name == "initial" ? [first] : [],
                    mains: [long],
                    fields: seconds.map { ["activeDeadlineSeconds: \($0)"] } ?? []
                )
                guard name == "pulling" else { return text }
                return text.replacing("remora/busybox", with: "127.0.0.1:9/no/such:1")
            }
            try await engine.apply(pod("running", nil))
            try await engine.apply(pod("initial", nil))
            try await engine.apply(pod("pulling", 1))
            try await engine.waitForLine("Started", from: "main", in: "running")
            try await engine.waitForLine("Started", from: "init1", in: "initial")
            for name in ["running", "initial"] {
                try await engine.apply(pod(name, 600))
                let file = try engine.folder.write(pod(name, 700), to: "longer.yaml")
                #expect(try await engine.remora("apply", "-f", file).code != 0)
                try await engine.apply(pod(name, 1))
            }
            let text = "Pod was active on the node longer than the specified deadline"
            for name in ["running", "initial", "pulling"] {
                try await engine.waitForPhase("Failed", of: name)
                #expect(try await engine.field(".status.reason", of: name) == "DeadlineExceeded")
                #expect(try await engine.field(".status.message", of: name) == text)
                #expect(try await engine.condition("Ready", of: name).reason == "PodFailed")
                let notice = try await engine.notices(of: name).first {
                    $0.reason == "DeadlineExceeded"
                }
                #expect(notice?.type == "Normal")
                #expect(notice?.message == text)
            }
            for (name, container) in [("running", "main"), ("initial", "init1")] {
                let state = try await engine.state(of: container, in: name)
                #expect(state.fields["exitCode"] as? Int == 0)
                let history = History(lines: try engine.history(of: name))
                #expect(history.first("Terminating", container) != nil)
            }
            #expect(
                History(lines: try engine.history(of: "initial")).first("Starting", "main") == nil
            )
        }
    }

    @Test func `no grace and force take the object away at once and the processes soon`()
        async throws
    {
        try await withEngine { engine in
            let hook = ContainerScript.hook("PreStop", seconds: 600)
            let deaf = ScriptedContainer(
                name: "main",
                script: ContainerScript(runs: nil, terminates: nil),
                fields: ["lifecycle: {preStop: {exec: {command: \(hook)}}}"]
            )
            try await engine.apply(
                scriptedPod("zero", restartPolicy: "Always", grace: 0, mains: [deaf]) + "---\n"
                    + scriptedPod("forced", restartPolicy: "Always", grace: 600, mains: [deaf])
                    + "---\n"
                    + scriptedPod("asked", restartPolicy: "Always", grace: 600, mains: [deaf])
            )
            for name in ["zero", "forced", "asked"] { try await engine.waitUntilReady(name) }
            let uid = try await engine.field(".metadata.uid", of: "forced")
            _ = try await engine.remora("down", "zero", "--wait=false")
            #expect(try await engine.pod("zero") == nil)
            _ = try await engine.remora("down", "forced", "--grace-period=0", "--force")
            #expect(try await engine.pod("forced") == nil)
            // A new pod of the same name does not wait for the old one's end.
            try await engine.apply(
                scriptedPod("forced", mains: [ScriptedContainer(name: "main")])
            )
            try await engine.waitForPhase("Succeeded", of: "forced")
            // Without --force a grace of 0 means 1, and the object stays until the pod has ended.
            let final = try await engine.delete("asked", "--grace-period=0")
            #expect(final.codes == ["main": 137])
            try await eventually(within: .seconds(20), "nothing of the forced pod is left") {
                !FileManager.default.fileExists(atPath: engine.root + "/pods/" + uid)
            }
        }
    }

    @Test func `a second deletion may shorten the grace, and a longer one changes nothing`()
        async throws
    {
        try await withEngine { engine in
            let deaf = ScriptedContainer(
                name: "main",
                script: ContainerScript(runs: nil, terminates: nil)
            )
            try await engine.apply(
                scriptedPod("twice", restartPolicy: "Always", grace: 600, mains: [deaf])
            )
            try await engine.waitUntilReady("twice")
            _ = try await engine.remora("down", "twice", "--wait=false")
            let grace = ".metadata.deletionGracePeriodSeconds"
            #expect(try await engine.field(grace, of: "twice") == "600")
            try await engine.waitForLine("Terminating", from: "main", in: "twice")
            let described = try await engine.remora("describe", "twice").output
            #expect(described.contains("Terminating (lasts "))
            _ = try await engine.remora("down", "twice", "--wait=false", "--grace-period=900")
            #expect(try await engine.field(grace, of: "twice") == "600")
            let begin = ContinuousClock().now
            #expect(try await engine.delete("twice", "--grace-period=1").codes == ["main": 137])
            #expect(ContinuousClock().now - begin < .seconds(25))
        }
    }

    @Test
    func `a pod that waits for its volume can be deleted, and starts when the volume is there`()
        async throws
    {
        try await withEngine { engine in
            func waiting(_ name: String) -> String {
                scriptedPod(
                    name,
                    inits: [ScriptedContainer(name: "init1")],
                    mains: [
                        ScriptedContainer(
                            name: "main",
                            fields: ["volumeMounts: [{name: late, mountPath: /late}]"]
                        )
                    ],
                    fields: ["volumes: [{name: late, configMap: {name: late}}]"]
                )
            }
            try await engine.apply(waiting("goes") + "---\n" + waiting("stays"))
            for name in ["goes", "stays"] {
                try await eventually(within: .seconds(20), "\(name) says what it waits for") {
                    try await engine.notices(of: name).contains {
                        $0.reason == "FailedMount" && $0.type == "Warning"
                            && $0.message.contains("MountVolume.SetUp failed for volume \"late\"")
                    }
                }
                #expect(try await engine.row(of: name)?.status == "Init:0/1")
                let ready = try await engine.condition("PodReadyToStartContainers", of: name)
                #expect(ready.status == "False")
            }
            #expect(try await engine.delete("goes").phase == "Failed")
            try await engine.apply(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: late}\ndata: {a: b}\n"
            )
            try await engine.waitForPhase("Succeeded", of: "stays")
        }
    }
}
