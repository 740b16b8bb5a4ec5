import Basics
import PodEngine
import PodModel
import PodSimulation
import Testing

/// `container_lifecycle_test.go`, termination of pods with and without sidecars.
@Suite struct TerminationTests {
    static let sidecars = ["side1", "side2", "side3"]

    static func pod(
        _ policy: RestartPolicy = .never,
        grace: Int = 30,
        hooks: Set<Make.Hooks> = [],
        mainHooks: Set<Make.Hooks> = []
    ) -> Pod {
        Make.pod(
            policy,
            grace: grace,
            inits: sidecars.map { Make.sidecar($0, hooks: hooks) },
            [Make.container("regular1", hooks: mainHooks)]
        )
    }

    @Test func `the main's end stops the sidecars last to first, each waiting for the next`() {
        let slow = Behaviour.server(stops: .seconds(5))
        var world = World(
            Self.pod(),
            ["side1": slow, "side2": slow, "side3": slow, "regular1": .task(.seconds(1))]
        )
        world.mustEnd()
        #expect(world.status.phase == .succeeded)
        for (first, second) in [("regular1", "side3"), ("side3", "side2"), ("side2", "side1")] {
            #expect(world.trace.exitsBefore(first, second))
        }
        for name in Self.sidecars + ["regular1"] {
            #expect(world.exit(name)?.exitCode == 0)
            #expect(world.exit(name)?.reason == "Completed")
        }
        #expect(world.seconds(.exiting, "side1").first.map { $0.rounded() } == 16)
        world.expectRules()
    }

    @Test(arguments: policies)
    func `an image changed during termination restarts nobody`(policy: RestartPolicy) {
        let slow = Behaviour.server(stops: .seconds(5))
        var world = World(
            Self.pod(policy, grace: 180),
            ["side1": slow, "side2": slow, "side3": slow, "regular1": slow]
        )
        world.pass(3)
        world.delete()
        world.pass(2)
        world.change { pod in
            pod.spec.initContainers[0].image = "img:2"
            pod.spec.containers[0].image = "img:2"
        }
        world.mustEnd(within: .seconds(180))
        for name in Self.sidecars + ["regular1"] { #expect(world.trace.restarts(name) == 0) }
        #expect(world.trace.exitsBefore("side2", "side1"))
        world.expectRules()
    }

    @Test func `endless preStop hooks end in one SIGKILL for all after grace and 2 s`() throws {
        let stubborn = Behaviour.server(stops: nil).with { $0.preStop = HookScript(takes: nil) }
        var world = World(
            Self.pod(hooks: [.preStop]),
            [
                "side1": stubborn, "side2": stubborn, "side3": stubborn,
                "regular1": .task(.seconds(1)),
            ]
        )
        world.mustEnd()
        let kills = Self.sidecars.compactMap { world.seconds(.killed, $0).first }
        #expect(kills.count == 3)
        #expect(Set(kills).count == 1)
        let begin = try #require(world.seconds(.preStop, "side1").first)
        let kill = try #require(kills.first)
        #expect(abs(kill - begin - 32) < 0.1)
        for name in Self.sidecars {
            #expect(world.exit(name)?.exitCode == 137)
            #expect(world.exit(name)?.reason == "Error")
        }
        #expect(world.status.phase == .succeeded)
        world.expectRules()
    }

    @Test func `all preStop hooks begin together, the exits keep their order`() {
        let slow = Behaviour.server(stops: .seconds(5))
            .with { $0.preStop = HookScript(takes: .seconds(1)) }
        var world = World(
            Self.pod(hooks: [.preStop]),
            ["side1": slow, "side2": slow, "side3": slow, "regular1": .task(.seconds(1))]
        )
        world.mustEnd()
        let begins = Set(Self.sidecars.flatMap { world.seconds(.preStop, $0) })
        #expect(begins.count == 1)
        #expect(world.trace.exitsBefore("side3", "side2"))
        #expect(world.trace.exitsBefore("side2", "side1"))
        world.expectRules()
    }

    @Test func `a pod deleted in its first init does not wait for what never started`() {
        let pod = Make.pod(
            grace: 3,
            inits: [Make.container("init1"), Make.sidecar("side1")],
            [Make.container("regular1")]
        )
        var world = World(pod, ["init1": .server(stops: nil)])
        world.pass(2)
        let before = world.clock
        world.delete()
        world.mustEnd(within: .seconds(5))
        #expect(world.clock - before < .seconds(5))
        #expect(world.status.phase == .failed)
        #expect(!world.trace.starts("side1"))
        world.expectRules()
    }

    @Test func `a sidecar that never got through its startup probe is stopped at once`() {
        let pod = Make.pod(
            grace: 180,
            inits: [
                Make.sidecar("side1"),
                Make.sidecar("side2", startup: Make.probe(failures: 1000)),
                Make.sidecar("side3"),
            ],
            [Make.container("regular1")]
        )
        var world = World(pod, ["side2": Behaviour().with { $0.startup = .fails }])
        world.pass(5)
        world.delete()
        world.mustEnd(within: .seconds(5))
        #expect(!world.trace.starts("side3"))
        world.expectRules()
    }

    @Test func `the exit codes of sidecars do not matter`() {
        var world = World(
            Self.pod(),
            ["side2": .server(code: 1), "regular1": .task(.seconds(1))]
        )
        world.mustEnd()
        #expect(world.status.phase == .succeeded)
        #expect(world.exit("side2")?.exitCode == 1)
        #expect(world.exit("side2")?.reason == "Error")
        #expect(world.exit("side1")?.exitCode == 0)
    }

    @Test func `failing preStop hooks are told and do not matter`() {
        let failing = Behaviour.server().with { $0.preStop = HookScript(fails: true) }
        var world = World(
            Self.pod(hooks: [.preStop]),
            ["side1": failing, "side2": failing, "side3": failing, "regular1": .task(.seconds(1))]
        )
        world.mustEnd()
        #expect(world.status.phase == .succeeded)
        #expect(world.messages("FailedPreStopHook").count == 3)
        #expect(world.exit("side1")?.exitCode == 0)
    }

    /// What the deleted pod's containers end with; grace 5.
    struct Overrun: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var main: Behaviour
        var sides: [Behaviour]
        var phase: PodPhase
        var codes: [Int]
    }

    static func stopping(_ seconds: Int, preStop: Int = 0) -> Behaviour {
        Behaviour.server(stops: .seconds(seconds))
            .with { $0.preStop = HookScript(takes: .seconds(preStop)) }
    }

    static let overruns = [
        Overrun(
            testDescription: "main and two sidecars need 20 s",
            main: stopping(20),
            sides: [stopping(20), stopping(1), stopping(20)],
            phase: .failed,
            codes: [137, 137, 0, 137]
        ),
        Overrun(
            testDescription: "only one sidecar needs 20 s",
            main: stopping(1),
            sides: [stopping(1), stopping(20), stopping(1)],
            phase: .succeeded,
            codes: [0, 0, 137, 0]
        ),
        Overrun(
            testDescription: "main with a preStop of 20 s",
            main: stopping(20, preStop: 20),
            sides: [stopping(1), stopping(20), stopping(1)],
            phase: .failed,
            codes: [137, 0, 137, 0]
        ),
        Overrun(
            testDescription: "one sidecar with a preStop of 30 s",
            main: stopping(0, preStop: 1),
            sides: [stopping(1, preStop: 1), stopping(20, preStop: 30), stopping(1, preStop: 1)],
            phase: .succeeded,
            codes: [0, 0, 137, 0]
        ),
    ]

    @Test(arguments: overruns)
    func `each sidecar still gets 2 s when the grace of 5 s is used up`(overrun: Overrun) {
        var world = World(
            Self.pod(.never, grace: 5, hooks: [.preStop], mainHooks: [.preStop]),
            [
                "regular1": overrun.main, "side1": overrun.sides[0], "side2": overrun.sides[1],
                "side3": overrun.sides[2],
            ]
        )
        world.pass(3)
        world.delete()
        world.mustEnd(within: .seconds(12))
        #expect(world.status.phase == overrun.phase)
        let codes = (["regular1"] + Self.sidecars).map { world.exit($0)?.exitCode }
        #expect(codes == overrun.codes)
        world.expectRules()
    }

    @Test func `a container that ignores the signal is killed when the grace is over`() {
        let pod = Make.pod(grace: 30, [Make.container("regular1")])
        var world = World(pod, ["regular1": .server(stops: nil)])
        world.pass(1)
        let before = world.clock
        world.delete()
        world.mustEnd(within: .seconds(60))
        #expect(world.clock - before >= .seconds(30) && world.clock - before < .seconds(31))
        #expect(world.exit("regular1")?.exitCode == 137)
        #expect(world.exit("regular1")?.reason == "Error")
        #expect(world.status.phase == .failed)
    }

    @Test func `the grace wins over an endless preStop hook`() {
        let pod = Make.pod(grace: 10, [Make.container("regular1", hooks: [.preStop])])
        var world = World(
            pod,
            [
                "regular1": .server(stops: nil).with {
                    $0.preStop = HookScript(takes: .seconds(10_000))
                }
            ]
        )
        world.pass(1)
        let before = world.clock
        world.delete()
        world.mustEnd(within: .seconds(40))
        #expect(abs((world.clock - before).inSeconds - 12) < 0.1)
    }

    @Test func `the time of the preStop hook is taken from the grace in whole seconds`() throws {
        let pod = Make.pod(grace: 10, [Make.container("regular1", hooks: [.preStop])])
        var world = World(
            pod,
            [
                "regular1": .server(stops: nil)
                    .with { $0.preStop = HookScript(takes: .milliseconds(3900)) }
            ]
        )
        world.pass(1)
        world.delete()
        world.mustEnd(within: .seconds(40))
        let signal = try #require(world.seconds(.signalled, "regular1").first)
        let kill = try #require(world.seconds(.killed, "regular1").first)
        #expect(abs(kill - signal - 7) < 0.01)
    }

    @Test func `a shorter grace shortens a termination under way, a longer one does nothing`() {
        let pod = Make.pod(grace: 60, [Make.container("regular1")])
        var world = World(pod, ["regular1": .server(stops: nil)])
        world.pass(1)
        world.delete(grace: 60)
        world.pass(2)
        world.delete(grace: 300)
        world.pass(1)
        let before = world.clock
        world.delete(grace: 4)
        world.mustEnd(within: .seconds(10))
        #expect(abs((world.clock - before).inSeconds - 4) < 0.1)
        world.expectRules()
    }

    @Test func `a grace of 0 gives 1 s for the preStop hook and 2 s after the signal`() throws {
        let pod = Make.pod(grace: 30, [Make.container("regular1", hooks: [.preStop])])
        var world = World(
            pod,
            ["regular1": .server(stops: nil).with { $0.preStop = HookScript(takes: .seconds(20)) }]
        )
        world.pass(1)
        let before = world.clock
        world.delete(grace: 0)
        world.mustEnd(within: .seconds(10))
        #expect(abs((world.clock - before).inSeconds - 3) < 0.1)
    }

    @Test func `a spec grace of 0 stops sidecars of a finished pod without preStop or order`() {
        var world = World(
            Self.pod(grace: 0, hooks: [.preStop]),
            ["side1": .server(stops: .seconds(1)), "regular1": .task(.seconds(1))]
        )
        world.mustEnd(within: .seconds(20))
        #expect(world.trace.first(.preStop, "side1") == nil)
        #expect(Set(Self.sidecars.flatMap { world.seconds(.signalled, $0) }).count == 1)
    }

    @Test(arguments: [(0, PodPhase.succeeded), (143, .failed)])
    func `a deleted Always pod ends by the exit codes of its mains`(code: Int, phase: PodPhase) {
        var world = World(
            Make.pod(.always, [Make.container("regular1")]),
            ["regular1": .server(code: code)]
        )
        world.pass(1)
        world.delete()
        world.mustEnd(within: .seconds(40))
        #expect(world.status.phase == phase)
    }

    @Test func `a container that does not die of SIGKILL is killed again every 5 s and told`() {
        let pod = Make.pod(grace: 1, [Make.container("regular1")])
        var world = World(
            pod,
            ["regular1": .server(stops: nil).with { $0.killTime = .seconds(12) }]
        )
        world.pass(1)
        world.delete()
        world.mustEnd(within: .seconds(60))
        #expect(world.seconds(.killed, "regular1").count == 3)
        #expect(world.messages("FailedKillPod").count == 2)
    }

    @Test func `a sidecar that dies early during termination stays dead`() {
        var world = World(
            Self.pod(.always),
            ["regular1": .server(stops: .seconds(10)), "side2": .task(.seconds(6), code: 1)]
        )
        world.pass(3)
        world.delete()
        world.mustEnd(within: .seconds(60))
        #expect(world.trace.restarts("side2") == 0)
        world.expectRules()
    }

    @Test func `sidecars keep their order although the one between them died early`() {
        var world = World(
            Self.pod(.always),
            [
                "regular1": .server(stops: .seconds(10)), "side2": .task(.seconds(6), code: 1),
                "side3": .server(stops: .seconds(4)),
            ]
        )
        world.pass(3)
        world.delete()
        world.mustEnd(within: .seconds(60))
        #expect(world.trace.exitsBefore("side3", "side1"))
        world.expectRules()
    }

    @Test(arguments: [Trace.Kind.pulling, .starting])
    func `a container that comes up after the deletion is stopped or removed`(kind: Trace.Kind) {
        let pod = Make.pod(grace: 5, [Make.container("regular1"), Make.container("regular2")])
        var world = World(pod) { _, _ in Behaviour() }
        world.latency = .milliseconds(9)
        world.begin()
        world.run(for: .seconds(5)) { $0.trace.all(kind, "regular2").count > 0 }
        world.delete()
        world.mustEnd(within: .seconds(20))
        #expect(world.leftovers.isEmpty)
        #expect(world.status.phase == .failed || kind == .starting)
        world.expectRules()
    }
}
