import Foundation
import TestKit
import Testing

/// What probes lead to, on real containers: upstream's `container_probe.go`, and what
/// `container_lifecycle_test.go` asserts of probes.
@Suite("Probe effects") struct ProbeEffectTests: ProbedPods {
    // "startupProbe has succeeded before liveness", "should *not* be restarted by liveness probe
    // because startup probe delays it", "because startup probe fails"
    @Test func `the startup probe goes before liveness and can restart on its own`() async throws {
        try await withEngine { engine in
            let gates = try Gates(engine)
            let alive = saying("Liveness", "exit 1")
            try await engine.apply(
                pod(
                    "gated",
                    gates,
                    probed(
                        "pending",
                        [
                            probe(
                                "startupProbe",
                                saying("Startup", "exit 1"),
                                "failureThreshold: 60"
                            ),
                            probe("livenessProbe", alive, "failureThreshold: 1"),
                        ]
                    ),
                    probed(
                        "passing",
                        [
                            probe(
                                "startupProbe",
                                saying("Startup", "test -e /gates/up"),
                                "failureThreshold: 60"
                            ),
                            probe("livenessProbe", alive, "failureThreshold: 1"),
                        ]
                    ),
                    probed(
                        "failing",
                        [
                            probe(
                                "startupProbe",
                                saying("Startup", "exit 1"),
                                "failureThreshold: 2"
                            ),
                            probe("livenessProbe", saying("Liveness", "exit 0")),
                        ]
                    )
                )
            )
            try await engine.waitForRestarts(1, of: "failing", in: "gated")
            #expect(try await engine.restarts(of: "passing", in: "gated") == 0)
            try gates.open("up")
            try await engine.waitForRestarts(1, of: "passing", in: "gated")
            #expect(try await engine.restarts(of: "pending", in: "gated") == 0)
            let history = History(lines: try engine.history(of: "gated"))
            #expect(history.count("Liveness", "pending") == 0)
            #expect(history.count("Startup", "pending") >= 2)
            #expect(history.count("Liveness", "failing") == 0)
            let startup = try #require(history.first("Startup", "passing"))
            let liveness = try #require(history.first("Liveness", "passing"))
            #expect(startup <= liveness)
            let killing = try await engine.notices(of: "gated")
                .filter { $0.reason == "Killing" }.map(\.message)
            #expect(killing.contains("Container failing failed startup probe, will be restarted"))
            #expect(killing.contains("Container passing failed liveness probe, will be restarted"))
            #expect(killing.count == 2)
        }
    }

    // "should override timeoutGracePeriodSeconds when LivenessProbe/StartupProbe field is set"
    @Test func `a probe's own grace goes before the pod's`() async throws {
        try await withEngine { engine in
            let gates = try Gates(engine)
            let deaf = ContainerScript(runs: nil, terminates: nil)
            let slow = ContainerScript(runs: nil, terminates: 4, terminationCode: 5)
            let own = "failureThreshold: 1, terminationGracePeriodSeconds: "
            try await engine.apply(
                pod(
                    "shorter",
                    gates,
                    grace: 500,
                    probed(
                        "live",
                        [probe("livenessProbe", exec("exit 1"), own + "1")],
                        script: deaf
                    ),
                    probed(
                        "start",
                        [probe("startupProbe", exec("exit 1"), own + "1")],
                        script: deaf
                    )
                )
            )
            // It may also be longer.
            try await engine.apply(
                pod(
                    "longer",
                    gates,
                    grace: 1,
                    probed(
                        "live",
                        [probe("livenessProbe", exec("exit 1"), own + "100")],
                        script: slow
                    )
                )
            )
            try await engine.waitForRestarts(1, of: "live", in: "shorter")
            try await engine.waitForRestarts(1, of: "start", in: "shorter")
            for name in ["live", "start"] {
                let last = try await engine.state(of: name, in: "shorter", last: true)
                #expect(last.fields["exitCode"] as? Int == 137)
            }
            try await engine.waitForRestarts(1, of: "live", in: "longer")
            let last = try await engine.state(of: "live", in: "longer", last: true)
            #expect(last.fields["exitCode"] as? Int == 5)
            // A deletion's grace goes before both.
            #expect(try await engine.delete("shorter", "--grace-period", "1").phase == "Failed")
        }
    }

    // "should call the container's preStop hook and terminate it if its liveness/startup probe fails"
    @Test func `under Never a failed probe ends the container after its preStop, for good`()
        async throws
    {
        try await withEngine { engine in
            let gates = try Gates(engine)
            for kind in ["liveness", "startup"] {
                let hook = ContainerScript.hook("PreStop", seconds: 0.5)
                let fields = [
                    probe("\(kind)Probe", exec("exit 1"), "failureThreshold: 1"),
                    "lifecycle: {preStop: {exec: {command: \(hook)}}}",
                ]
                try await engine.apply(
                    pod(kind, gates, restartPolicy: "Never", grace: 20, probed("main", fields))
                )
            }
            for kind in ["liveness", "startup"] {
                try await engine.waitForPhase("Succeeded", of: kind)
                #expect(try await engine.restarts(of: "main", in: kind) == 0)
                let history = History(lines: try engine.history(of: kind))
                let hook = try #require(history.first("PreStop-Exiting", "main"))
                let end = try #require(history.first("Exiting", "main"))
                #expect(hook <= end)
            }
        }
    }

    // "should continue running liveness probes / readiness while prestop runs" (1330): readiness is
    // asked while the container drains, liveness is not
    @Test func `during preStop readiness is still asked, liveness is not`() async throws {
        try await withEngine { engine in
            let gates = try Gates(engine)
            let hook =
                #"["sh", "-c", "echo PreStop > /proc/1/fd/1; sleep 2.5; echo Done > /proc/1/fd/1"]"#
            try await engine.apply(
                pod(
                    "draining",
                    gates,
                    restartPolicy: "Never",
                    grace: 20,
                    probed(
                        "main",
                        [
                            probe(
                                "livenessProbe",
                                saying("Liveness", "test ! -e /gates/sick"),
                                "failureThreshold: 1"
                            ),
                            probe("readinessProbe", saying("Readiness", "exit 0")),
                            "lifecycle: {preStop: {exec: {command: \(hook)}}}",
                        ]
                    )
                )
            )
            try await engine.waitUntilReady("draining")
            try gates.open("sick")
            try await engine.waitForPhase("Succeeded", of: "draining")
            let history = History(lines: try engine.history(of: "draining"))
            let begin = try #require(history.first("PreStop", "main"))
            let end = try #require(history.first("Done", "main"))
            let asked = history.lines.filter { $0.seconds > begin && $0.seconds < end }.map(\.text)
            #expect(asked.contains("Readiness"))
            #expect(!asked.contains("Liveness"))
        }
    }

    // "should mark readiness on pods to false while pod is in progress of terminating when a pod has
    // a readiness probe", "... even if a liveness probe fails"
    @Test func `a pod that is deleted turns unready while it drains, and no liveness kill follows`()
        async throws
    {
        try await withEngine { engine in
            let gates = try Gates(engine)
            try await engine.apply(
                pod(
                    "leaving",
                    gates,
                    grace: 30,
                    probed(
                        "main",
                        [
                            probe(
                                "readinessProbe",
                                exec("test ! -e /gates/leaving"),
                                "failureThreshold: 1"
                            ),
                            probe(
                                "livenessProbe",
                                exec("test ! -e /gates/leaving"),
                                "failureThreshold: 1"
                            ),
                        ],
                        script: ContainerScript(runs: nil, terminates: 3)
                    )
                )
            )
            try await engine.waitUntilReady("leaving")
            async let final = engine.delete("leaving")
            try await engine.waitForLine("Terminating", from: "main", in: "leaving")
            try gates.open("leaving")
            let last = try await final
            #expect(last.phase == "Succeeded")
            #expect(last.readiness == ["True", "False"])
            let messages = try await engine.notices(of: "leaving").map(\.message)
            #expect(messages.contains("Readiness probe failed: "))
            #expect(!messages.contains { $0.hasPrefix("Liveness") || $0.contains("liveness") })
        }
    }

    // 4233: "should call the container's preStop hook, start the next container if the restartable
    // init container's liveness probe fails" / "... not launch next container if ... startup probe fails"
    @Test func `a sidecar's startup probe holds back what follows, its liveness probe does not`()
        async throws
    {
        try await withEngine { engine in
            let gates = try Gates(engine)
            let hook = ContainerScript.hook("PreStop")
            func sidecar(_ kind: String) -> ScriptedContainer {
                probed(
                    "rinit1",
                    [
                        probe("\(kind)Probe", exec("exit 1"), "failureThreshold: 1"),
                        "lifecycle: {preStop: {exec: {command: \(hook)}}}",
                    ],
                    isSidecar: true
                )
            }
            let main = ScriptedContainer(name: "regular1", script: ContainerScript(runs: nil))
            try await engine.apply(
                pod("startup", gates, grace: 5, inits: [sidecar("startup")], main)
            )
            try await engine.apply(
                pod("liveness", gates, grace: 5, inits: [sidecar("liveness")], main)
            )
            for name in ["startup", "liveness"] {
                try await engine.waitForRestarts(1, of: "rinit1", in: name)
                let history = History(lines: try engine.history(of: name))
                #expect(history.first("PreStop-Starting", "rinit1") != nil)
            }
            #expect(try await engine.field(".status.phase", of: "startup") == "Pending")
            #expect(
                History(lines: try engine.history(of: "startup")).first("Starting", "regular1")
                    == nil
            )
            #expect(try await engine.field(".status.phase", of: "liveness") == "Running")
            #expect(try await engine.restarts(of: "regular1", in: "liveness") == 0)
            let killing = try await engine.notices(of: "startup").first { $0.reason == "Killing" }
            #expect(killing?.message == "Init container rinit1 failed startup probe")
        }
    }
}
