import Basics
import PodEngine
import PodModel
import PodSimulation
import Testing

/// Semantics section 22: ephemeral containers are of no weight for their pod.
@Suite struct EphemeralContainerTests {
    static let pod = Make.pod([Make.container("app", readiness: Make.probe())])

    @Test func `one that is added to a running pod runs, and the pod shows it apart`() throws {
        var world = World(Self.pod, [:])
        world.pass(5)
        let before = world.status
        world.addEphemeral("debug")
        world.pass(2)
        let status = world.status
        let shown = try #require(status.ephemeralContainerStatuses.first)
        #expect(shown.name == "debug" && shown.state?.running != nil)
        #expect(!shown.ready && shown.started == nil && shown.restartCount == 0)
        #expect(status.containerStatuses == before.containerStatuses)
        #expect(status.qosClass == before.qosClass && status.phase == .running)
        #expect(world.condition("Ready")?.status == "True")
        let events = world.events.filter { $0.fieldPath == "spec.ephemeralContainers{debug}" }
        #expect(events.map(\.reason) == ["Pulled", "Created", "Started"])
        world.expectRules()
    }

    @Test(arguments: policies)
    func `one that has ended stays so, and leaves the pod alone`(policy: RestartPolicy) {
        for code in [0, 1] {
            var world = World(
                Make.pod(policy, [Make.container("app")]),
                ["debug": .task(.seconds(1), code: code)]
            )
            world.pass(2)
            world.addEphemeral("debug")
            world.pass(120)
            #expect(world.exit("debug")?.exitCode == code)
            #expect(world.trace.restarts("debug") == 0 && world.trace.restarts("app") == 0)
            #expect(world.status.phase == .running)
            #expect(world.condition("Ready")?.status == "True")
            world.expectRules()
        }
    }

    @Test func `the pod ends as if there were none, and takes it along`() {
        var world = World(
            Make.pod(.never, inits: [Make.sidecar("side")], [Make.container("app")]),
            ["app": .task(.seconds(10)), "debug": .server(stops: .seconds(4), code: 7)]
        )
        world.pass(2)
        world.addEphemeral("debug")
        world.mustEnd()
        #expect(world.status.phase == .succeeded)
        #expect(world.exit("debug")?.exitCode == 7)
        // Sidecars wait for the mains only.
        #expect(world.trace.exitsBefore("side", "debug"))
        world.expectRules()
    }

    @Test func `it is stopped with the pod's grace, at the same time as the mains`() {
        var world = World(
            Make.pod(grace: 5, [Make.container("app")]),
            ["app": .server(stops: .seconds(3)), "debug": .server(stops: nil)]
        )
        world.pass(2)
        world.addEphemeral("debug")
        world.pass(2)
        world.delete()
        world.mustEnd(within: .seconds(10))
        #expect(world.seconds(.signalled, "debug") == world.seconds(.signalled, "app"))
        #expect(world.exit("debug")?.exitCode == 137)
        #expect(world.messages("Killing").contains("Stopping container debug"))
        world.expectRules()
    }

    @Test func `it starts before an init container that does not end`() {
        var world = World(
            Make.pod(inits: [Make.container("init")], [Make.container("app")]),
            ["init": .server()]
        )
        world.pass(2)
        world.addEphemeral("debug")
        world.pass(2)
        #expect(world.isRunning("debug") && !world.isRunning("app"))
        #expect(world.status.phase == .pending)
        world.expectRules()
    }

    @Test func `a start that fails is an end, a creation or pull that fails is tried again`() {
        var world = World(Self.pod, [:])
        world.startFailures = ["a": 1]
        world.createFailures = ["b": 1]
        world.badImages = ["bad:1"]
        world.pass(2)
        for name in ["a", "b", "c"] { world.addEphemeral(name) }
        world.change { $0.spec.ephemeralContainers[2].container.image = "bad:1" }
        world.pass(5)
        #expect(world.exit("a")?.exitCode == 128)
        #expect(world.waiting("b") == "CreateContainerError")
        #expect(world.waiting("c") == "ErrImagePull" || world.waiting("c") == "ImagePullBackOff")
        #expect(world.status.phase == .running && world.condition("Ready")?.status == "True")
        world.badImages = []
        world.pass(60)
        #expect(world.exit("a")?.exitCode == 128)
        #expect(world.isRunning("b") && world.isRunning("c"))
        world.expectRules()
    }

    @Test func `a new engine finds it, whether it was added before or while there was none`() {
        var world = World(Self.pod, ["late": .task(.seconds(1))])
        world.pass(2)
        world.addEphemeral("early")
        world.pass(2)
        world.engineDies()
        world.addEphemeral("late")
        world.pass(1)
        world.engineStarts()
        world.pass(10)
        #expect(world.isRunning("early") && world.exit("late")?.exitCode == 0)
        #expect(world.trace.restarts("early") == 0)
        AdoptionTests.restart(&world)
        world.pass(10)
        #expect(world.trace.restarts("late") == 0 && world.trace.restarts("early") == 0)
        world.expectRules()
    }

    @Test func `a new sandbox does not bring it back`() {
        var world = World(Self.pod, [:])
        world.pass(2)
        world.addEphemeral("debug")
        world.pass(2)
        world.loseSandbox()
        world.pass(60)
        #expect(world.isRunning("app") && !world.isRunning("debug"))
        #expect(world.exit("debug") != nil && world.trace.restarts("debug") == 0)
        world.expectRules()
    }

    @Test func `a change that removes or moves one is left aside`() {
        var world = World(Self.pod, [:])
        world.pass(2)
        for name in ["a", "b"] { world.addEphemeral(name) }
        world.pass(2)
        world.deliver(.specChanged(Self.pod))
        var swapped = world.pod
        swapped.spec.ephemeralContainers.swapAt(0, 1)
        world.deliver(.specChanged(swapped))
        world.pass(2)
        #expect(world.status.ephemeralContainerStatuses.map(\.name) == ["a", "b"])
        #expect(world.isRunning("a") && world.isRunning("b"))
        let ignored = world.machine.ignoredEvents["spec change adds or removes containers"]
        #expect(ignored == 2)
    }
}
