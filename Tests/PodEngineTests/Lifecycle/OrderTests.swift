import PodEngine
import PodModel
import PodSimulation
import Testing

/// `container_lifecycle_test.go`: init containers, sidecars and mains in their order.
@Suite struct OrderTests {
    @Test func `init containers run strictly one after the other, then the mains`() {
        let inits = ["init1", "init2", "init3"]
        let pod = Make.pod(
            .never,
            inits: inits.map { Make.container($0) },
            [Make.container("regular1")]
        )
        var world = World(
            pod,
            [
                "init1": .task(.seconds(1)), "init2": .task(.seconds(1)),
                "init3": .task(.seconds(1)), "regular1": .task(.seconds(1)),
            ]
        )
        world.mustEnd()
        #expect(world.trace.serial("init1", "init2"))
        #expect(world.trace.serial("init2", "init3"))
        #expect(world.trace.serial("init3", "regular1"))
        #expect(world.status.phase == .succeeded)
        world.expectRules()
    }

    @Test func `a failed init under Never ends the pod before anything later starts`() {
        let pod = Make.pod(
            .never,
            inits: [Make.container("init1"), Make.container("init2")],
            [Make.container("regular1")]
        )
        var world = World(pod, ["init1": .task(.seconds(1), code: 1)])
        world.mustEnd()
        #expect(world.status.phase == .failed)
        #expect(!world.trace.starts("init2"))
        #expect(!world.trace.starts("regular1"))
        #expect(world.exit("init1")?.exitCode == 1)
        #expect(world.waiting("regular1") == "PodInitializing")
        world.expectRules()
    }

    @Test func `an init exits before the main's postStart begins`() throws {
        let pod = Make.pod(
            .never,
            inits: [Make.container("init1")],
            [Make.container("regular1", hooks: [.postStart])]
        )
        var world = World(
            pod,
            ["init1": .task(.seconds(1)), "regular1": .task(.seconds(3))]
        )
        world.mustEnd()
        let exit = try #require(world.trace.first(.exiting, "init1"))
        let hook = try #require(world.trace.first(.postStart, "regular1"))
        #expect(exit < hook)
    }

    @Test func `a failing main under Always is restarted again and again`() {
        let pod = Make.pod(.always, [Make.container("regular1")])
        var world = World(pod, ["regular1": .task(.seconds(1), code: 1)])
        world.pass(60)
        #expect(world.trace.restarts("regular1") >= 3)
        #expect(world.status.phase == .running)
        world.expectRules()
    }

    @Test func `the second main starts only after the first one's postStart`() throws {
        let pod = Make.pod(
            .never,
            [Make.container("regular1", hooks: [.postStart]), Make.container("regular2")]
        )
        var world = World(
            pod,
            [
                "regular1": .task(.seconds(20))
                    .with { $0.postStart = HookScript(takes: .seconds(10)) },
                "regular2": .task(.seconds(1)),
            ]
        )
        world.pass(5)
        #expect(world.waiting("regular1") == "ContainerCreating")
        #expect(!world.trace.starts("regular2"))
        world.mustEnd()
        let start = try #require(world.seconds(.starting, "regular2").first)
        #expect(start >= 10)
    }

    @Test(arguments: policies)
    func `an init whose image cannot be had keeps the pod pending`(policy: RestartPolicy) {
        var bad = Make.container("init1")
        bad.image = "bad:1"
        let pod = Make.pod(policy, inits: [bad], [Make.container("regular1")])
        var world = World(pod) { _, _ in Behaviour() }
        world.badImages = ["bad:1"]
        world.begin()
        world.run(for: .seconds(600)) {
            $0.machine.status.container(named: "init1")?.state?
                .waiting?.reason == "ImagePullBackOff"
        }
        #expect(world.waiting("init1") == "ImagePullBackOff")
        #expect(world.status.phase == .pending)
        #expect(!world.trace.starts("init1"))
        #expect(!world.trace.starts("regular1"))
    }

    @Test func `init containers do not run again when a main restarts`() {
        let pod = Make.pod(
            .always,
            inits: [Make.container("init1")],
            [Make.container("regular1")]
        )
        var world = World(
            pod,
            ["init1": .task(.seconds(1)), "regular1": .task(.seconds(1), code: 1)]
        )
        world.pass(60)
        #expect(world.trace.restarts("regular1") >= 2)
        #expect(world.trace.restarts("init1") == 0)
    }

    // MARK: The main scenario: [init1, side1, init2, side2, init3 | regular1], Never

    static func scenario(_ policy: RestartPolicy = .never) -> World {
        let pod = Make.pod(
            policy,
            inits: [
                Make.container("init1"), Make.sidecar("side1", hooks: [.postStart]),
                Make.container("init2"), Make.sidecar("side2", hooks: [.postStart]),
                Make.container("init3"),
            ],
            [Make.container("regular1")]
        )
        return World(
            pod,
            [
                "init1": .task(.seconds(1)), "init2": .task(.seconds(1)),
                "init3": .task(.seconds(1)), "regular1": .task(.seconds(1)),
            ]
        )
    }

    @Test func `inits and sidecars start in their order and overlap as they should`() {
        var world = Self.scenario()
        world.mustEnd()
        let trace = world.trace
        #expect(world.status.phase == .succeeded)
        #expect(trace.serial("init1", "side1"))
        #expect(trace.runTogether("side1", "init2"))
        #expect(trace.serial("init2", "side2"))
        #expect(trace.startsBefore("side2", "init3"))
        #expect(!trace.serial("side2", "init3"))
        for pair in [("side1", "side2"), ("side1", "init3"), ("side2", "init3")] {
            #expect(trace.runTogether(pair.0, pair.1))
        }
        #expect(trace.serial("init3", "regular1"))
        #expect(trace.runTogether("side1", "regular1"))
        #expect(trace.runTogether("side2", "regular1"))
        world.expectRules()
    }

    @Test func `when all sidecars are up the main waits for the last init only`() {
        var world = Self.scenario(.always)
        world.mustReach(.running)
        #expect(world.isRunning("side1") && world.isRunning("side2"))
        #expect(world.exit("init3")?.reason == "Completed")
    }
}
