import Foundation
import TestKit
import Testing

/// What runs again, when, and as what it is shown: upstream's `container_restart_test.go`,
/// `container_restart_policy.go` and `runtime.go`.
@Suite("Restarts") struct RestartTests {
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
                ScriptedContainer.once(name, "exit \(code)", then: "exit 0").with(fields)
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
                    fields: [ScriptedContainer.state]
                )
            )
            try await engine.apply(
                scriptedPod(
                    "never",
                    restartPolicy: "Always",
                    mains: [own("main", 0, "restartPolicy: Never")],
                    fields: [ScriptedContainer.state]
                )
            )
            try await engine.apply(
                scriptedPod(
                    "always",
                    mains: [own("main", 0, "restartPolicy: Always")],
                    fields: [ScriptedContainer.state]
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
