import Basics
import Formats
import PodEngine
import PodModel
import PodSimulation
import Testing

/// Other resources for running containers (KEP-1287).
@Suite struct ResizeTests {
    static func pod(_ policy: String? = nil, capacity: String? = nil) -> Pod {
        var container = Make.container("app")
        container.resources = Make.resources(cpu: "1")
        if let policy {
            container.resizePolicy = [
                ContainerResizePolicy(resourceName: "cpu", restartPolicy: policy)
            ]
        }
        var other = Make.container("other")
        other.resources = Make.resources(cpu: "1")
        return Make.pod([container, other])
    }

    static func world(_ pod: Pod = pod(), _ scripts: Scripts = [:]) -> World {
        var settings = EngineSettings(hostIPs: ["192.0.2.1"])
        settings.allocatable = Make.resources(cpu: "4").limits
        var world = World(pod, settings: settings) { name, _ in scripts[name] ?? Behaviour() }
        world.begin()
        world.pass(5)
        return world
    }

    @Test(arguments: ["NotRequired", nil])
    func `resources change in place, and the status tells of it`(policy: String?) {
        var world = Self.world(Self.pod(policy))
        #expect(world.container("app").resources == Make.resources(cpu: "1"))
        world.resize("app", cpu: "2")
        #expect(world.condition("PodResizeInProgress")?.status == "True")
        #expect(world.container("app").allocatedResources == Make.resources(cpu: "2").requests)
        #expect(world.container("app").resources == Make.resources(cpu: "1"))
        world.pass(2)
        #expect(world.condition("PodResizeInProgress") == nil)
        #expect(world.container("app").resources == Make.resources(cpu: "2"))
        #expect(world.resources(of: "app") == Make.resources(cpu: "2"))
        #expect(world.trace.restarts("app") == 0 && world.container("app").restartCount == 0)
        #expect(
            world.messages("ResizeCompleted") == [
                #"Pod resize completed: {"containers":[{"name":"app","resources":"#
                    + #"{"limits":{"cpu":"2"},"requests":{"cpu":"2"}}},{"name":"other","resources":"#
                    + #"{"limits":{"cpu":"1"},"requests":{"cpu":"1"}}}],"generation":2}"#
            ]
        )
        world.expectRules()
    }

    @Test func `a policy may ask for a restart, of that container only`() {
        var world = Self.world(Self.pod("RestartContainer"))
        world.resize("app", cpu: "2")
        world.pass(5)
        #expect(world.container("app").restartCount == 1 && world.isRunning("app"))
        #expect(world.container("other").restartCount == 0)
        #expect(world.resources(of: "app") == Make.resources(cpu: "2"))
        let message = "Container app resize requires restart, will be restarted"
        #expect(world.messages("Killing") == [message])
        #expect(world.messages("ResizeCompleted").count == 1)
        #expect(world.condition("PodResizeInProgress") == nil)
        world.expectRules()
    }

    @Test func `what the node has not is refused, and restarts do not get it either`() {
        var world = Self.world(Self.pod(), ["app": .task(.seconds(30))])
        world.resize("app", cpu: "99")
        world.pass(2)
        let condition = world.condition("PodResizePending")
        #expect(condition?.reason == "Infeasible" && condition?.status == "True")
        #expect(
            condition?.message
                == "Node didn't have enough capacity: cpu, requested: 100000, capacity: 4000"
        )
        world.pass(60)
        #expect(world.container("app").restartCount > 0)
        #expect(world.resources(of: "app") ?? Make.resources(cpu: "1") == Make.resources(cpu: "1"))
        world.resize("app", cpu: "2")
        world.pass(60)
        #expect(world.condition("PodResizePending") == nil)
        #expect(world.messages("ResizeInfeasible").count == 1)
        world.expectRules()
    }

    @Test func `a change that fails is tried again, and shown`() {
        var world = Self.world()
        world.faults.resize = 100
        world.resize("app", cpu: "2")
        world.pass(2)
        let condition = world.condition("PodResizeInProgress")
        #expect(condition?.reason == "Error" && condition?.message == "simulated failure")
        #expect(world.messages("ResizeError") == ["Pod resize error: simulated failure"])
        world.pass(15)
        #expect(world.messages("ResizeError").count == 1)
        world.faults.resize = 0
        world.pass(15)
        #expect(world.condition("PodResizeInProgress") == nil)
        #expect(world.resources(of: "app") == Make.resources(cpu: "2"))
        world.expectRules()
    }

    @Test(arguments: [true, false])
    func `a new engine finishes it, begun or not`(isBegun: Bool) {
        var world = Self.world()
        world.latency = .seconds(1)
        if isBegun { world.resize("app", cpu: "2") }
        world.engineDies()
        if !isBegun { world.resize("app", cpu: "2") }
        world.engineStarts()
        world.pass(10)
        #expect(world.resources(of: "app") == Make.resources(cpu: "2"))
        #expect(world.trace.restarts("app") == 0)
        #expect(world.condition("PodResizeInProgress") == nil)
        world.expectRules()
    }

    @Test func `a container that is not yet there, or has gone, gets what the spec says then`() {
        var world = Self.world(Self.pod(), ["app": .task(.seconds(3))])
        world.resize("app", cpu: "2")
        world.pass(60)
        #expect(world.condition("PodResizeInProgress") == nil)
        #expect(world.resources(of: "app") ?? Make.resources(cpu: "2") == Make.resources(cpu: "2"))
        world.resize("other", cpu: "500m")
        world.delete()
        world.mustEnd(within: .seconds(60))
        world.expectRules()
    }
}
