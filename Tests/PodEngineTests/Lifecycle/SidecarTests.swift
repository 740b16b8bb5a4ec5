import PodEngine
import PodModel
import PodSimulation
import Testing

/// `container_lifecycle_test.go`, one sidecar under each restart policy, and probes of sidecars.
@Suite struct SidecarTests {
    static func pod(_ policy: RestartPolicy, before: Bool = false, after: Bool = false) -> Pod {
        let first = before ? [Make.container("init1")] : []
        let last = after ? [Make.container("init2")] : []
        return Make.pod(
            policy,
            inits: first + [Make.sidecar("side1")] + last,
            [Make.container("regular1")]
        )
    }

    @Test(arguments: policies)
    func `a sidecar that runs on lets the pod end by its main`(policy: RestartPolicy) {
        var world = World(Self.pod(policy), ["regular1": .task(.seconds(1))])
        let ends = world.run(for: .seconds(120)) { $0.machine.isFinished }
        #expect(ends == (policy != .always))
        #expect(world.status.phase == (policy == .always ? .running : .succeeded))
        #expect(world.trace.restarts("side1") == 0)
        #expect(world.trace.starts("regular1"))
        #expect((world.trace.restarts("regular1") > 0) == (policy == .always))
        world.expectRules()
    }

    @Test(arguments: policies)
    func `a sidecar whose image is changed restarts alone`(policy: RestartPolicy) {
        let pod = Make.pod(
            policy,
            inits: [Make.sidecar("side1"), Make.sidecar("side2")],
            [Make.container("regular1")]
        )
        var world = World(pod, ["regular1": .task(.seconds(300))])
        world.pass(5)
        world.change { $0.spec.initContainers[0].image = "img:2" }
        world.pass(5)
        #expect(world.trace.restarts("side1") == 1)
        #expect(world.container("side1").image == "img:2")
        #expect(world.trace.restarts("side2") == 0)
        #expect(world.trace.restarts("regular1") == 0)
        #expect(world.messages("Killing") == ["Init container side1 definition changed"])
        world.expectRules()
    }

    @Test(arguments: policies)
    func `a sidecar whose image cannot be had holds everything back`(policy: RestartPolicy) {
        var pod = Self.pod(policy)
        pod.spec.initContainers[0].image = "bad:1"
        var world = World(pod) { _, _ in Behaviour() }
        world.badImages = ["bad:1"]
        world.begin()
        world.pass(15)
        #expect(world.waiting("side1") == "ImagePullBackOff")
        #expect(world.waiting("regular1") == "PodInitializing")
        #expect(world.status.phase == .pending)
        #expect(!world.trace.starts("side1") && !world.trace.starts("regular1"))
    }

    @Test(arguments: policies, [0, 1])
    func `a sidecar that keeps ending is restarted before and after the main starts`(
        policy: RestartPolicy,
        code: Int
    ) throws {
        var world = World(
            Self.pod(policy, after: true),
            [
                "side1": .task(.milliseconds(100), code: code), "init2": .task(.seconds(15)),
                "regular1": .task(.seconds(30)),
            ]
        )
        let ends = world.run(for: .seconds(120)) { $0.machine.isFinished }
        #expect(ends == (policy != .always))
        #expect(world.status.phase == (policy == .always ? .running : .succeeded))
        let main = try #require(world.trace.first(.starting, "regular1"))
        let runs = world.trace.all(.starting, "side1")
        #expect(runs.count { $0.at < main } >= 2)
        #expect(runs.contains { $0.at > main })
        world.expectRules()
    }

    @Test(arguments: policies)
    func `an init before the sidecar that fails keeps it from starting`(policy: RestartPolicy) {
        var world = World(
            Self.pod(policy, before: true),
            ["init1": .task(.seconds(1), code: 1)]
        )
        world.pass(60)
        #expect(!world.trace.starts("side1"))
        if policy == .never {
            #expect(world.status.phase == .failed)
            #expect(world.exit("init1")?.exitCode == 1)
        } else {
            #expect(world.status.phase == .pending)
            #expect(world.container("init1").restartCount > 0)
        }
        world.expectRules()
    }

    @Test(arguments: policies)
    func `an init after the sidecar that fails runs beside it`(policy: RestartPolicy) {
        var world = World(
            Self.pod(policy, after: true),
            ["init2": .task(.seconds(1), code: 1), "side1": .server(stops: .seconds(1))]
        )
        world.pass(60)
        #expect(world.trace.runTogether("side1", "init2"))
        #expect(!world.trace.starts("regular1"))
        if policy == .never {
            #expect(world.status.phase == .failed)
            #expect(world.trace.exitsBefore("init2", "side1"))
        } else {
            #expect(world.status.phase == .pending)
            #expect(world.container("init2").restartCount > 0)
        }
        world.expectRules()
    }

    // MARK: Image of a sidecar changed while a later init runs

    @Test(arguments: policies)
    func `changing a sidecar's image while an init runs restarts only that sidecar`(
        policy: RestartPolicy
    ) {
        let pod = Make.pod(
            policy,
            inits: [
                Make.container("init1"), Make.sidecar("side1"), Make.container("init2"),
                Make.sidecar("side2"),
            ],
            [Make.container("regular1")]
        )
        let code = policy == .never ? 1 : 0
        var world = World(
            pod,
            ["init1": .task(.seconds(1)), "init2": .task(.seconds(20), code: code)]
        )
        world.pass(5)
        world.change { $0.spec.initContainers[1].image = "img:2" }
        world.pass(5)
        #expect(world.trace.restarts("side1") == 1)
        #expect(world.container("side1").image == "img:2")
        #expect(world.trace.restarts("init1") == 0 && world.trace.restarts("init2") == 0)
        #expect(!world.trace.starts("side2") && !world.trace.starts("regular1"))
        guard policy == .never else { return world.expectRules() }
        world.mustEnd()
        #expect(world.status.phase == .failed)
        #expect(world.trace.exitsBefore("init2", "side1"))
        #expect(!world.trace.starts("side2") && !world.trace.starts("regular1"))
        world.expectRules()
    }

    // MARK: Startup and liveness probes of sidecars

    @Test func `startup probes of sidecars gate one after the other`() throws {
        let pod = Make.pod(
            .never,
            inits: ["side1", "side2"].map {
                Make.sidecar($0, startup: Make.probe(failures: 30))
            },
            [Make.container("regular1")]
        )
        let slow = Behaviour().with { $0.startup = .succeedsFrom(.seconds(5)) }
        var world = World(
            pod,
            ["side1": slow, "side2": slow, "regular1": .task(.seconds(1))]
        )
        world.mustEnd()
        let second = try #require(world.seconds(.starting, "side2").first)
        let main = try #require(world.seconds(.starting, "regular1").first)
        #expect(second >= 5 && main >= second + 5)
        world.expectRules()
    }

    @Test(arguments: policies)
    func `a sidecar that fails its startup probe restarts on the changed image`(
        policy: RestartPolicy
    ) {
        let pod = Make.pod(
            policy,
            inits: [
                Make.sidecar("side1"), Make.sidecar("side2", startup: Make.probe(failures: 2)),
            ],
            [Make.container("regular1")]
        )
        var world = World(pod, ["side2": Behaviour().with { $0.startup = .fails }])
        world.pass(4)
        world.change { $0.spec.initContainers[1].image = "img:2" }
        world.pass(60)
        #expect(world.container("side2").restartCount > 1)
        #expect(world.container("side2").image == "img:2")
        #expect(world.status.phase == .pending)
        #expect(world.trace.restarts("side1") == 0)
        #expect(!world.trace.starts("regular1"))
        world.expectRules()
    }

    @Test func `a failed startup probe runs preStop, restarts the sidecar and blocks the next`() {
        let pod = Make.pod(
            .always,
            inits: [
                Make.sidecar("side1", startup: Make.probe(failures: 1), hooks: [.preStop])
            ],
            [Make.container("regular1")]
        )
        var world = World(pod, ["side1": Behaviour().with { $0.startup = .fails }])
        world.pass(8)
        #expect(world.trace.first(.preStop, "side1") != nil)
        #expect(world.container("side1").restartCount >= 1)
        #expect(world.messages("Killing").first == "Init container side1 failed startup probe")
        #expect(!world.trace.starts("regular1"))
        #expect(world.status.phase == .pending)
    }

    @Test func `a failed liveness probe restarts the sidecar and does not hold the main back`() {
        let pod = Make.pod(
            .always,
            inits: [
                Make.sidecar("side1", liveness: Make.probe(failures: 1), hooks: [.preStop])
            ],
            [Make.container("regular1")]
        )
        var world = World(
            pod,
            ["side1": Behaviour().with { $0.liveness = .failsFrom(.seconds(2)) }]
        )
        world.pass(60)
        #expect(world.trace.first(.preStop, "side1") != nil)
        #expect(world.container("side1").restartCount >= 2)
        #expect(world.trace.starts("regular1"))
        #expect(world.messages("Killing").first == "Init container side1 failed liveness probe")
        world.expectRules()
    }

    @Test func `a sidecar that crashes at first is probed anew on its second run`() throws {
        let pod = Make.pod(
            .always,
            inits: [Make.sidecar("side1", startup: Make.probe(failures: 60))],
            [Make.container("regular1")]
        )
        var world = World(pod) { name, run in
            guard name == "side1" else { return Behaviour() }
            return run == 0
                ? Behaviour.task(.seconds(3), code: 1).with { $0.startup = .fails }
                : Behaviour().with { $0.startup = .succeedsFrom(.seconds(2)) }
        }
        world.begin()
        world.pass(30)
        #expect(world.trace.restarts("side1") == 1)
        #expect(world.isRunning("regular1"))
        world.expectRules()
    }

    @Test func `a main is not restarted while the last sidecar is down with it`() throws {
        let pod = Make.pod(
            .always,
            inits: [Make.sidecar("side1", startup: Make.probe(failures: 60))],
            [Make.container("regular1")]
        )
        var world = World(pod) { name, run in
            if name == "regular1" { return .task(.seconds(10), code: 1) }
            return run == 0
                ? .task(.seconds(9), code: 1)
                : Behaviour().with { $0.startup = .succeedsFrom(.seconds(7)) }
        }
        world.begin()
        world.pass(60)
        let main = world.seconds(.starting, "regular1")
        let side = world.seconds(.starting, "side1")
        let again = try #require(main.dropFirst().first)
        let restarted = try #require(side.dropFirst().first)
        #expect(again >= restarted + 7)
        world.expectRules()
    }
}
