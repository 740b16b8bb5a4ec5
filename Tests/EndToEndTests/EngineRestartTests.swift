import Foundation
import TestKit
import Testing

/// An engine that is killed loses nothing: the next one takes its pods over.
@Suite("Engine restart") struct EngineRestartTests {
    private let counter = """
        apiVersion: v1
        kind: Pod
        metadata: {name: counter}
        spec:
          terminationGracePeriodSeconds: 2
          initContainers:
          - name: init1
            image: remora/busybox
            imagePullPolicy: IfNotPresent
            command: [sh, -c, "echo ran"]
          - name: side
            restartPolicy: Always
            image: remora/busybox
            imagePullPolicy: IfNotPresent
            command: [sh, -c, "trap 'exit 0' TERM; while true; do sleep 0.1; done"]
          containers:
          - name: app
            image: remora/busybox
            imagePullPolicy: IfNotPresent
            command: [sh, -c, "trap 'exit 0' TERM; i=0; while true; do echo $i; i=$((i+1)); sleep 0.05; done"]
        """

    @Test func `running containers are taken over without a restart and without a lost line`()
        async throws
    {
        try await withEngine { engine in
            try await engine.apply(counter)
            try await engine.waitUntilReady("counter")
            let before = try await engine.field(
                ".status.containerStatuses[0].containerID",
                of: "counter"
            )
            try await engine.crash()
            try await Task.sleep(for: .milliseconds(500))
            try await engine.start()
            try await engine.waitUntilReady("counter")
            let after = try await engine.field(
                ".status.containerStatuses[0].containerID",
                of: "counter"
            )
            #expect(before == after)
            let restarts = ".status.containerStatuses[0].restartCount"
            #expect(try await engine.field(restarts, of: "counter") == "0")
            let lines = try engine.history(of: "counter")
            let numbers = lines.filter { $0.container == "app" }.compactMap { Int($0.text) }
            #expect(numbers.count > 10)
            #expect(numbers == Array(0..<numbers.count))
            #expect(lines.count { $0.container == "init1" } == 1)
        }
    }

    @Test func `the data of a claim that was deleted in use goes also after the engine was killed`()
        async throws
    {
        try await withEngine { engine in
            func claim(_ name: String) -> String {
                """
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata: {name: \(name)}
                spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
                ---
                """
            }
            func holds(_ name: String) -> Bool {
                let file = engine.root + "/claims/default/\(name)/f"
                return FileManager.default.fileExists(atPath: file)
            }
            let names = ["gone", "anew", "kept"]
            let user = ShellPod(
                "user",
                "for n in \(names.joined(separator: " ")); do echo x > /$n/f; done; "
                    + "trap 'exit 0' TERM; while true; do sleep 0.1; done",
                pod: ["volumes:"]
                    + names.map { "- {name: \($0), persistentVolumeClaim: {claimName: \($0)}}" },
                container: ["volumeMounts:"]
                    + names.map { "- {name: \($0), mountPath: /\($0)}" }
            )
            try await engine.apply(names.map(claim).joined(separator: "\n") + "\n" + user.yaml)
            try await eventually(within: .seconds(20), "the pod has written") {
                names.allSatisfy(holds)
            }
            // Nobody ever made this one a claim: it is not the engine's to delete.
            let foreign = engine.root + "/claims/default/foreign"
            try FileManager.default.createDirectory(
                atPath: foreign,
                withIntermediateDirectories: true
            )
            #expect(try await engine.remora("down", "pvc/gone", "pvc/anew").succeeded)
            try await engine.apply(claim("anew"))
            try await engine.crash()
            try await engine.start()
            #expect(names.allSatisfy(holds))
            #expect(try await engine.remora("down", "user", "--now").succeeded)
            try await eventually(within: .seconds(10), "the data of the deleted claim goes") {
                !FileManager.default.fileExists(atPath: engine.root + "/claims/default/gone")
            }
            // The last pod has gone: now nothing holds back what would be deleted wrongly.
            try await engine.crash()
            try await engine.start()
            #expect(holds("anew") && holds("kept"))
            #expect(FileManager.default.fileExists(atPath: foreign))
            let left = try FileManager.default.contentsOfDirectory(
                atPath: engine.root + "/claims/default"
            )
            #expect(left.sorted() == ["anew", "foreign", "kept"])
        }
    }

    @Test func `a container that ends while no engine runs is noticed by the next`() async throws {
        try await withEngine { engine in
            try await engine.apply(
                scriptedPod(
                    "short",
                    mains: [
                        ScriptedContainer(
                            name: "regular1",
                            script: ContainerScript(exitCode: 7, runs: 1)
                        )
                    ]
                )
            )
            try await engine.waitUntilReady("short")
            try await engine.crash()
            try await Task.sleep(for: .seconds(2))
            try await engine.start()
            try await engine.waitForPhase("Failed", of: "short")
            let code = ".status.containerStatuses[0].state.terminated.exitCode"
            #expect(try await engine.field(code, of: "short") == "7")
        }
    }

    @Test func `a termination goes on where the killed engine left it`() async throws {
        try await withEngine { engine in
            try await engine.apply(
                scriptedPod(
                    "going",
                    restartPolicy: "Always",
                    grace: 4,
                    mains: [
                        ScriptedContainer(
                            name: "regular1",
                            script: ContainerScript(runs: nil, terminates: nil)
                        )
                    ]
                )
            )
            try await engine.waitUntilReady("going")
            let begin = ContinuousClock().now
            _ = try await engine.remora("down", "going", "--wait=false")
            try await engine.crash()
            try await engine.start()
            try await engine.waitUntilGone("going", within: .seconds(15))
            #expect(ContinuousClock().now - begin < .seconds(10))
        }
    }

    /// Kills the engine at random moments of a pod's start and stop: at least 240 times in four storms.
    @Test(arguments: 0..<4)
    func `an engine killed at any moment of a pod's life leaves it able to finish`(storm: Int)
        async throws
    {
        let seed =
            ProcessInfo.processInfo.environment["REMORA_SEED"].flatMap { UInt64($0) }
            ?? UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed &+ UInt64(storm))
        let repeating = "storm \(storm), REMORA_SEED=\(seed)"
        try await withEngine { engine in
            for round in 0..<30 {
                let name = "victim-\(round)"
                try await engine.apply(
                    scriptedPod(
                        name,
                        grace: 2,
                        inits: [
                            ScriptedContainer(name: "init1", script: ContainerScript(runs: 0.05)),
                            ScriptedContainer(
                                name: "side",
                                script: ContainerScript(runs: nil),
                                isSidecar: true
                            ),
                        ],
                        mains: [
                            ScriptedContainer(name: "regular1", script: ContainerScript(runs: 0.2))
                        ]
                    )
                )
                for _ in 0..<2 {
                    try await engine.crash(after: Int.random(in: 0...300, using: &random))
                }
                do {
                    try await engine.waitForPhase("Succeeded", of: name)
                } catch {
                    let told = try await engine.remora("describe", name).output
                    throw Trouble("\(error) (\(repeating)):\n\(told)")
                }
                if Bool.random(using: &random) {
                    _ = try await engine.remora("down", name, "--wait=false")
                    try await engine.crash(after: Int.random(in: 0...100, using: &random))
                }
                _ = try await engine.remora("down", name, "--ignore-not-found")
                try await engine.waitUntilGone(name)
            }
            try await eventually(within: .seconds(10), "no run is left (\(repeating))") {
                let containers = engine.root + "/containers"
                return try FileManager.default.contentsOfDirectory(atPath: containers).isEmpty
            }
        }
    }
}
