import Foundation
import TestKit
import Testing

/// The action `RestartAllContainers`: upstream's `container_restart_policy.go` and
/// `restart_all_containers_test.go`.
@Suite("Restart all") struct RestartAllTests {
    private let rule =
        "restartPolicyRules: [{action: RestartAllContainers, "
        + "exitCodes: {operator: In, values: [88]}}]"

    // "should restart all containers on regular container exit", with a pod that keeps its place
    @Test func `RestartAllContainers runs everything again in the same sandbox`() async throws {
        try await withEngine { engine in
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
                            fields: [ScriptedContainer.stateMount, rule]
                        ),
                        ScriptedContainer.once(
                            "init2",
                            "exit 88",
                            then: "exit 0",
                            "restartPolicy: Never",
                            rule
                        ),
                    ],
                    mains: [ScriptedContainer(name: "main", script: ContainerScript(runs: 2))],
                    fields: [ScriptedContainer.state]
                )
            )
            try await engine.waitForPhase("Succeeded", of: "both", within: .seconds(40))
            // Once for the init, once for the sidecar.
            for name in ["init1", "side", "init2"] {
                #expect(try await engine.restarts(of: name, in: "both") == 2, "\(name)")
            }
        }
    }

    // restart_all_containers_test.go: the engine ends in the first or in the second half of it
    @Test(arguments: [false, true])
    func `an engine killed amid RestartAllContainers leaves it to the next, which does it once`(
        inStart: Bool
    ) async throws {
        try await withEngine { engine in
            let gates = try Gates(engine)
            let mounts =
                "volumeMounts: [{name: state, mountPath: /state}, {name: gates, mountPath: /gates}]"
            func twice(_ name: String, _ first: String, _ second: String) -> String {
                "echo Starting; echo x >> /state/\(name); "
                    + "if test $(wc -l < /state/\(name)) = 1; then \(first); else \(second); fi"
            }
            try await engine.apply(
                scriptedPod(
                    "halves",
                    grace: 5,
                    inits: [
                        ScriptedContainer(
                            name: "init1",
                            shell: twice("init1", "true", Gates.wait("second")),
                            fields: [mounts]
                        ),
                        ScriptedContainer(
                            name: "rinit1",
                            script: ContainerScript(runs: nil, terminates: 1.5),
                            isSidecar: true
                        ),
                    ],
                    mains: [
                        ScriptedContainer(
                            name: "main",
                            shell: twice("main", Gates.wait("go") + "; exit 88", "exit 0"),
                            fields: ["restartPolicy: Never", rule, mounts]
                        )
                    ],
                    fields: [
                        "volumes: [{name: state, emptyDir: {}}, "
                            + "{name: gates, hostPath: {path: \(gates.directory)}}]"
                    ]
                )
            )
            try await engine.waitForLine("Starting", from: "main", in: "halves")
            try await engine.waitForLine("Starting", from: "rinit1", in: "halves")
            try gates.open("go")
            if inStart {
                try await eventually(within: .seconds(20), "the first init runs again") {
                    try History(lines: engine.history(of: "halves")).count("Starting", "init1") == 2
                }
            } else {
                try await engine.waitForLine("Terminating", from: "rinit1", in: "halves")
            }
            try await engine.crash()
            try await engine.start()
            try gates.open("second")
            try await engine.waitForPhase("Succeeded", of: "halves")
            for name in ["init1", "rinit1", "main"] {
                #expect(try await engine.restarts(of: name, in: "halves") == 1, "\(name)")
            }
        }
    }
}
