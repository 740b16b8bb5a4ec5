import Foundation
import TestKit
import Testing

/// How pods end, on real containers: order, hooks and the arithmetic of the grace period.
///
/// Mirrors the termination scenarios of upstream's `container_lifecycle_test.go`.
@Suite("Termination") struct TerminationTests {
    private func sidecar(
        _ name: String,
        terminates: Double?,
        code: Int = 0,
        preStop: Double? = nil
    ) -> ScriptedContainer {
        var container = ScriptedContainer(
            name: name,
            script: ContainerScript(runs: nil, terminates: terminates, terminationCode: code),
            isSidecar: true
        )
        if let preStop {
            let hook = ContainerScript.hook("PreStop", seconds: preStop)
            container.fields = ["lifecycle: {preStop: {exec: {command: \(hook)}}}"]
        }
        return container
    }

    private func exitCode(_ name: String, of pod: String, _ engine: TestEngine) async throws
        -> String
    {
        for list in ["initContainerStatuses", "containerStatuses"] {
            let path = ".status.\(list)[?(@.name==\"\(name)\")].state.terminated.exitCode"
            let text = try await engine.field(path, of: pod)
            if !text.isEmpty { return text }
        }
        return ""
    }

    @Test func `mains stop first, then sidecars in reverse, all completed`() async throws {
        try await withEngine { engine in
            try await engine.apply(
                scriptedPod(
                    "reverse",
                    inits: (1...3).map { sidecar("rinit\($0)", terminates: 0.5) },
                    mains: [ScriptedContainer(name: "regular1", script: ContainerScript(runs: 0.5))]
                )
            )
            try await engine.waitForPhase("Succeeded", of: "reverse")
            let history = History(lines: try engine.history(of: "reverse"))
            #expect(history.starts("rinit1", before: "rinit2"))
            #expect(history.exits("regular1", before: "rinit3"))
            #expect(history.exits("rinit3", before: "rinit2"))
            #expect(history.exits("rinit2", before: "rinit1"))
            for name in ["rinit1", "rinit2", "rinit3", "regular1"] {
                #expect(try await exitCode(name, of: "reverse", engine) == "0")
            }
        }
    }

    @Test func `preStop hooks of sidecars all start at once, the containers end in reverse`()
        async throws
    {
        try await withEngine { engine in
            try await engine.apply(
                scriptedPod(
                    "hooks",
                    inits: (1...3).map { sidecar("rinit\($0)", terminates: 0.5, preStop: 1) },
                    mains: [ScriptedContainer(name: "regular1", script: ContainerScript(runs: 0.5))]
                )
            )
            try await engine.waitForPhase("Succeeded", of: "hooks")
            let history = History(lines: try engine.history(of: "hooks"))
            let starts = (1...3).compactMap { history.first("PreStop-Starting", "rinit\($0)") }
            #expect(starts.count == 3)
            #expect((starts.max() ?? 0) - (starts.min() ?? 0) < 1)
            #expect(history.exits("rinit3", before: "rinit2"))
            #expect(history.exits("rinit2", before: "rinit1"))
        }
    }

    @Test func `a sidecar too slow for the grace period is killed and the pod succeeds`()
        async throws
    {
        try await withEngine { engine in
            try await engine.apply(
                scriptedPod(
                    "slow",
                    grace: 3,
                    inits: [
                        sidecar("rinit1", terminates: 0.2),
                        sidecar("rinit2", terminates: 20),
                        sidecar("rinit3", terminates: 0.2),
                    ],
                    mains: [ScriptedContainer(name: "regular1", script: ContainerScript(runs: 1))]
                )
            )
            try await engine.waitForPhase("Succeeded", of: "slow")
            #expect(try await exitCode("rinit2", of: "slow", engine) == "137")
            #expect(try await exitCode("rinit1", of: "slow", engine) == "0")
            #expect(try await exitCode("rinit3", of: "slow", engine) == "0")
            let reason = ".status.initContainerStatuses[1].state.terminated.reason"
            #expect(try await engine.field(reason, of: "slow") == "Error")
        }
    }

    @Test func `when the grace is used up every sidecar still gets two seconds`() async throws {
        try await withEngine { engine in
            try await engine.apply(
                scriptedPod(
                    "floor",
                    grace: 3,
                    inits: [
                        sidecar("rinit1", terminates: 20),
                        sidecar("rinit2", terminates: 1),
                        sidecar("rinit3", terminates: 20),
                    ],
                    mains: [
                        ScriptedContainer(
                            name: "regular1",
                            script: ContainerScript(runs: nil, terminates: 20)
                        )
                    ]
                )
            )
            try await engine.waitUntilReady("floor")
            let pod = try await engine.delete("floor")
            #expect(pod.phase == "Failed")
            #expect(pod.codes["regular1"] == 137)
            #expect(pod.codes["rinit1"] == 137)
            #expect(pod.codes["rinit2"] == 0)
            #expect(pod.codes["rinit3"] == 137)
        }
    }

    @Test func `a pod deleted while it initialises does not wait for its sidecars`() async throws {
        try await withEngine { engine in
            try await engine.apply(
                scriptedPod(
                    "early",
                    grace: 30,
                    inits: [
                        ScriptedContainer(
                            name: "init1",
                            script: ContainerScript(runs: 60, terminates: nil)
                        ),
                        sidecar("rinit1", terminates: 0),
                    ],
                    mains: [ScriptedContainer(name: "regular1")]
                )
            )
            try await eventuallyKnown(
                engine,
                ".status.initContainerStatuses[0].state.running.startedAt",
                of: "early"
            )
            let begin = ContinuousClock().now
            _ = try await engine.remora("down", "early", "--grace-period", "3")
            try await engine.waitUntilGone("early")
            #expect(ContinuousClock().now - begin < .seconds(6))
        }
    }

    @Test func `a main that exits 0 on the stop signal makes a deleted pod succeed`() async throws {
        try await withEngine { engine in
            try await engine.apply(
                scriptedPod(
                    "polite",
                    restartPolicy: "Always",
                    mains: [ScriptedContainer(name: "regular1", script: ContainerScript(runs: nil))]
                )
            )
            try await engine.waitUntilReady("polite")
            #expect(try await engine.delete("polite").phase == "Succeeded")
        }
    }

    @Test func `a failing preStop hook is reported and the container still stops`() async throws {
        try await withEngine { engine in
            let hook = ContainerScript.hook("PreStop", exit: 4)
            try await engine.apply(
                scriptedPod(
                    "badhook",
                    mains: [
                        ScriptedContainer(
                            name: "regular1",
                            script: ContainerScript(runs: nil),
                            fields: ["lifecycle: {preStop: {exec: {command: \(hook)}}}"]
                        )
                    ]
                )
            )
            try await engine.waitUntilReady("badhook")
            _ = try await engine.remora("down", "badhook")
            try await engine.waitUntilGone("badhook")
            let events = try await engine.remora("events")
            #expect(events.output.contains("FailedPreStopHook"))
            #expect(events.output.contains("Killing"))
        }
    }
}
