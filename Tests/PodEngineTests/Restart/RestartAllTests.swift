import PodEngine
import PodModel
import PodSimulation
import Testing

/// `container_restart_policy.go` and `restart_all_containers_test.go`.
@Suite struct RestartAllTests {
    /// [init1, side1 | source, other], Never; the container named fails once with 42.
    static func world(trigger: String, second: String? = nil) -> World {
        let rule = Make.rule([42], .restartAllContainers)
        func with(_ container: Container) -> Container {
            guard [trigger, second].contains(container.name) else { return container }
            var container = container
            container.restartPolicy = container.restartPolicy ?? .never
            container.restartPolicyRules = [rule]
            return container
        }
        let pod = Make.pod(
            .never,
            inits: [with(Make.container("init1")), with(Make.sidecar("side1"))],
            [with(Make.container("source")), with(Make.container("other"))]
        )
        var world = World(pod) { name, run in
            let fails = (name == trigger || name == second) && run == 0
            if name == "init1" { return .task(.seconds(1), code: fails ? 42 : 0) }
            return fails
                ? .task(.seconds(5), code: 42)
                : name == "side1" ? .server() : .task(.seconds(20))
        }
        world.begin()
        return world
    }

    @Test(arguments: ["source", "side1", "init1"])
    func `the exit of a container with the rule runs all containers again, once`(trigger: String) {
        var world = Self.world(trigger: trigger)
        world.mustEnd(within: .seconds(120))
        #expect(world.status.phase == .succeeded)
        let ran = trigger == "init1" ? ["init1"] : ["init1", "side1", "source", "other"]
        for name in ran { #expect(world.trace.restarts(name) == 1, "\(name)") }
        let inits = world.seconds(.starting, "init1")
        let mains = world.seconds(.starting, "source")
        #expect((inits.last ?? 0) < (mains.last ?? 0))
        world.expectRules()
    }

    @Test func `two triggers at once do not loop`() {
        var world = Self.world(trigger: "source", second: "other")
        world.mustEnd(within: .seconds(120))
        #expect(world.trace.restarts("source") == 1)
        #expect(world.trace.restarts("other") == 1)
        #expect(world.status.phase == .succeeded)
    }

    @Test func `the condition is True while all are torn down, and the sandbox stays`() {
        var world = Self.world(trigger: "source")
        world.script = { name, run in
            if name == "init1" { return .task(.seconds(1)) }
            if name == "source" && run == 0 { return .task(.seconds(5), code: 42) }
            return .server(stops: .seconds(1))
        }
        #expect(world.condition("AllContainersRestarting")?.status == "False")
        world.run(for: .seconds(20)) {
            $0.machine.status.condition("AllContainersRestarting")?.status == "True"
        }
        let condition = world.condition("AllContainersRestarting")
        #expect(condition?.reason == "RestartAllContainersStarted")
        world.pass(10)
        #expect(world.condition("AllContainersRestarting")?.status == "False")
        #expect(world.condition("Initialized")?.status == "True")
        #expect(world.status.podIP == "10.88.0.2")
        #expect(world.container("source").restartCount == 1)
        #expect(world.container("source").lastState?.terminated?.exitCode == 42)
    }

    @Test func `it gives no preStop, 2 s and no order`() throws {
        let rule = Make.rule([42], .restartAllContainers)
        var source = Make.container("source", policy: .never)
        source.restartPolicyRules = [rule]
        let pod = Make.pod(
            .never,
            inits: [Make.sidecar("side1", hooks: [.preStop])],
            [source, Make.container("other", hooks: [.preStop])]
        )
        var world = World(pod) { name, run in
            name == "source" && run == 0 ? .task(.seconds(5), code: 42) : .server(stops: nil)
        }
        world.begin()
        world.pass(8)
        #expect(world.trace.first(.preStop, "other") == nil)
        let signals = ["side1", "other"].compactMap { world.seconds(.signalled, $0).first }
        let kill = try #require(world.seconds(.killed, "other").first)
        #expect(Set(signals).count == 1)
        #expect(abs(kill - (signals.first ?? 0) - 2) < 0.01)
    }

    @Test func `a rule restarts one container of a Never pod`() {
        var container = Make.container("regular1", policy: .never)
        container.restartPolicyRules = [Make.rule([42])]
        var world = World(Make.pod(.never, [container])) { _, run in
            .task(.seconds(1), code: run == 0 ? 42 : 3)
        }
        world.begin()
        world.mustEnd(within: .seconds(60))
        #expect(world.container("regular1").restartCount == 1)
        #expect(world.exit("regular1")?.exitCode == 3)
        #expect(world.status.phase == .failed)
    }

    @Test func `an init of its own Never makes an Always pod fail`() {
        let pod = Make.pod(
            .always,
            inits: [Make.container("init1", policy: .never)],
            [Make.container("regular1")]
        )
        var world = World(pod, ["init1": .task(.seconds(1), code: 1)])
        world.mustEnd(within: .seconds(60))
        #expect(world.status.phase == .failed)
    }
}
