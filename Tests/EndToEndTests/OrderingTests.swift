import Foundation
import Testing

/// The order of start and stop, on real containers.
///
/// Mirrors the ordering scenarios of upstream's `container_lifecycle_test.go`.
@Suite("Ordering") struct OrderingTests {
    @Test func `init containers, sidecars and mains start in order and run together`() async throws
    {
        try await withEngine { engine in
            try await engine.apply(
                scriptedPod(
                    "main",
                    inits: [
                        ScriptedContainer(name: "init1", script: ContainerScript(runs: 0.2)),
                        ScriptedContainer(
                            name: "rinit1",
                            script: ContainerScript(runs: nil),
                            isSidecar: true
                        ),
                        ScriptedContainer(name: "init2", script: ContainerScript(runs: 0.3)),
                        ScriptedContainer(
                            name: "rinit2",
                            script: ContainerScript(startDelay: 0.3, runs: nil),
                            isSidecar: true,
                            fields: [
                                """
                                startupProbe: {periodSeconds: 1, failureThreshold: 10, \
                                exec: {command: [sh, -c, "test -e /started"]}}
                                """
                            ]
                        ),
                        ScriptedContainer(name: "init3", script: ContainerScript(runs: 0.3)),
                    ].map(markStarted),
                    mains: [
                        ScriptedContainer(name: "regular1", script: ContainerScript(runs: 0.5))
                    ]
                )
            )
            try await engine.waitForPhase("Succeeded", of: "main")
            let history = History(lines: try engine.history(of: "main"))
            #expect(history.exits("init1", beforeStartOf: "rinit1"))
            #expect(history.runTogether("rinit1", "init2"))
            #expect(history.exits("init2", beforeStartOf: "rinit2"))
            #expect(history.starts("rinit2", before: "init3"))
            #expect(history.runTogether("rinit1", "init3"))
            #expect(history.runTogether("rinit2", "init3"))
            #expect(history.exits("init3", beforeStartOf: "regular1"))
            #expect(history.runTogether("rinit1", "regular1"))
            #expect(history.runTogether("rinit2", "regular1"))
            #expect(history.exits("regular1", before: "rinit2"))
            #expect(history.exits("rinit2", before: "rinit1"))
        }
    }

    @Test func `a failing init container ends a pod that must not restart`() async throws {
        try await withEngine { engine in
            try await engine.apply(
                scriptedPod(
                    "failing",
                    inits: [
                        ScriptedContainer(name: "init1", script: ContainerScript(exitCode: 3)),
                        ScriptedContainer(name: "init2"),
                    ],
                    mains: [ScriptedContainer(name: "regular1")]
                )
            )
            try await engine.waitForPhase("Failed", of: "failing")
            let code = ".status.initContainerStatuses[0].state.terminated.exitCode"
            #expect(try await engine.field(code, of: "failing") == "3")
            let reason = ".status.containerStatuses[0].state.waiting.reason"
            #expect(try await engine.field(reason, of: "failing") == "PodInitializing")
            let history = History(lines: try engine.history(of: "failing"))
            #expect(history.first("Starting", "init2") == nil)
            #expect(history.first("Starting", "regular1") == nil)
        }
    }

    @Test func `a second main waits for the postStart hook of the first`() async throws {
        try await withEngine { engine in
            let hook = ContainerScript.hook("PostStart", seconds: 1)
            try await engine.apply(
                scriptedPod(
                    "hooked",
                    mains: [
                        ScriptedContainer(
                            name: "regular1",
                            script: ContainerScript(runs: 2),
                            fields: ["lifecycle: {postStart: {exec: {command: \(hook)}}}"]
                        ),
                        ScriptedContainer(name: "regular2", script: ContainerScript(runs: 1)),
                    ]
                )
            )
            try await engine.waitForPhase("Succeeded", of: "hooked")
            let history = History(lines: try engine.history(of: "hooked"))
            let hooked = try #require(history.first("PostStart-Exiting", "regular1"))
            let second = try #require(history.first("Starting", "regular2"))
            #expect(hooked <= second)
        }
    }

    @Test func `a sidecar that ends again and again neither holds back nor fails the pod`()
        async throws
    {
        try await withEngine { engine in
            try await engine.apply(
                scriptedPod(
                    "flapping",
                    inits: [
                        ScriptedContainer(
                            name: "rinit1",
                            script: ContainerScript(exitCode: 1, runs: 0.3),
                            isSidecar: true
                        )
                    ],
                    mains: [ScriptedContainer(name: "regular1", script: ContainerScript(runs: 2))]
                )
            )
            try await engine.waitForPhase("Succeeded", of: "flapping")
            let restarts = ".status.initContainerStatuses[0].restartCount"
            #expect(Int(try await engine.field(restarts, of: "flapping")) ?? 0 >= 1)
        }
    }

    @Test(arguments: ["Never", "OnFailure", "Always"])
    func `an image that cannot be had on a sidecar keeps the pod pending`(policy: String)
        async throws
    {
        try await withEngine { engine in
            let sidecar = ScriptedContainer(name: "rinit1", isSidecar: true).yaml
                .replacing("image: remora/busybox", with: "image: 127.0.0.1:9/no/such:1")
            let main = ScriptedContainer(name: "regular1").yaml
            try await engine.apply(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: unpulled}
                spec:
                  restartPolicy: \(policy)
                  initContainers:
                \(sidecar)
                  containers:
                \(main)
                """
            )
            let reason = ".status.initContainerStatuses[0].state.waiting.reason"
            let known = ["ErrImagePull", "ImagePullBackOff", "RegistryUnavailable"]
            try await eventuallyKnown(engine, reason, of: "unpulled", in: known)
            #expect(try await engine.field(".status.phase", of: "unpulled") == "Pending")
            #expect(History(lines: try engine.history(of: "unpulled")).lines.isEmpty)
        }
    }

    /// Makes a script touch `/started` when it says `Started`.
    private func markStarted(_ container: ScriptedContainer) -> ScriptedContainer {
        var marked = container
        marked.script.marksStart = true
        return marked
    }
}
