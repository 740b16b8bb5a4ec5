import Basics
import PodEngine
import PodModel
import PodSimulation
import Testing

/// Phases, conditions and container states (semantics sections 2 to 4).
@Suite struct PodStatusTests {
    static func order(_ world: World) -> [String] {
        world.status.conditions.filter { $0.status == "True" }
            .sorted {
                ($0.lastTransitionTime?.nanoseconds ?? 0)
                    < ($1.lastTransitionTime?.nanoseconds ?? 0)
            }
            .map(\.type)
    }

    @Test func `with inits the conditions turn True in the order of the kubelet`() {
        let pod = Make.pod(
            inits: [Make.container("init1")],
            [Make.container("regular1", readiness: Make.probe(delay: 3))]
        )
        var world = World(pod, ["init1": .task(.seconds(2))])
        world.pass(10)
        #expect(
            Self.order(world) == [
                "PodScheduled", "PodReadyToStartContainers", "Initialized", "Ready",
                "ContainersReady",
            ]
        )
    }

    @Test func `without inits a pod is initialised before its sandbox is ready`() {
        var world = World(Make.pod([Make.container("regular1")]), [:])
        world.pass(3)
        let times = ["Initialized", "PodReadyToStartContainers", "Ready"].map {
            world.condition($0)?.lastTransitionTime?.nanoseconds ?? 0
        }
        #expect(times == times.sorted())
        #expect(times[0] < times[1])
    }

    @Test func `volumes that cannot be mounted keep the sandbox from being made`() {
        let pod = Make.pod(inits: [Make.container("init1")], [Make.container("regular1")])
        var world = World(pod) { _, _ in Behaviour() }
        world.faults.mount = 100
        world.begin()
        world.pass(30)
        #expect(world.condition("PodReadyToStartContainers")?.status == "False")
        #expect(world.condition("Initialized")?.status == "False")
        #expect(world.events.contains { $0.reason == "FailedMount" && $0.isWarning })
        #expect(world.status.phase == .pending)
        world.faults.mount = 0
        world.script = { name, _ in name == "init1" ? .task(.seconds(1)) : Behaviour() }
        world.pass(30)
        #expect(world.condition("Ready")?.status == "True")
    }

    @Test func `init failures under Always name the inits that are not through`() {
        let pod = Make.pod(
            inits: [Make.container("init1"), Make.container("init2")],
            [Make.container("run1")]
        )
        var world = World(pod, ["init1": .task(.seconds(1), code: 1)])
        world.pass(80)
        #expect(world.status.phase == .pending)
        #expect(world.container("init1").restartCount >= 3)
        #expect(world.waiting("init2") == "PodInitializing")
        #expect(world.waiting("run1") == "PodInitializing")
        let condition = world.condition("Initialized")
        #expect(condition?.status == "False")
        #expect(condition?.reason == "ContainersNotInitialized")
        #expect(condition?.message == "containers with incomplete status: [init1 init2]")
    }

    @Test func `a failed second init under Never leaves its name and the main waiting`() {
        let pod = Make.pod(
            .never,
            inits: [Make.container("init1"), Make.container("init2")],
            [Make.container("run1")]
        )
        var world = World(
            pod,
            ["init1": .task(.seconds(1)), "init2": .task(.seconds(1), code: 1)]
        )
        world.mustEnd()
        #expect(world.status.phase == .failed)
        #expect(world.waiting("run1") == "PodInitializing")
        #expect(world.container("init1").ready)
        let condition = world.condition("Initialized")
        #expect(condition?.message == "containers with incomplete status: [init2]")
    }

    @Test func `inits that end well are ready and Completed, the pod is PodCompleted`() {
        let pod = Make.pod(
            .never,
            inits: [Make.container("init1"), Make.container("init2")],
            [Make.container("run1")]
        )
        var world = World(
            pod,
            [
                "init1": .task(.seconds(1)), "init2": .task(.seconds(1)),
                "run1": .task(.seconds(1)),
            ]
        )
        world.mustEnd()
        for name in ["init1", "init2"] {
            #expect(world.exit(name)?.exitCode == 0)
            #expect(world.container(name).ready)
        }
        #expect(world.condition("Initialized")?.status == "True")
        #expect(world.condition("Initialized")?.reason == "PodCompleted")
        #expect(world.condition("Ready")?.reason == "PodCompleted")
        #expect(world.condition("PodReadyToStartContainers")?.status == "False")
    }

    /// `runtime.go`: fails once, then succeeds once, then runs on.
    static let exits: [(RestartPolicy, PodPhase, Int)] = [
        (.always, .running, 2), (.onFailure, .succeeded, 1), (.never, .failed, 0),
    ]

    @Test(arguments: exits)
    func `exits lead to the phase and restarts of the policy`(
        policy: RestartPolicy,
        phase: PodPhase,
        restarts: Int
    ) {
        var world = World(Make.pod(policy, [Make.container("regular1")])) { _, run in
            switch run {
            case 0: .task(.seconds(1), code: 1)
            case 1: .task(.seconds(1))
            default: Behaviour()
            }
        }
        world.begin()
        world.pass(60)
        #expect(world.status.phase == phase)
        #expect(world.container("regular1").restartCount == restarts)
        #expect(world.container("regular1").ready == (policy == .always))
    }

    @Test func `a pod with one main that never started stays pending though another runs`() {
        var bad = Make.container("regular2")
        bad.image = "bad:1"
        var world = World(Make.pod([Make.container("regular1"), bad])) { _, _ in Behaviour() }
        world.badImages = ["bad:1"]
        world.begin()
        world.pass(20)
        #expect(world.isRunning("regular1"))
        #expect(world.status.phase == .pending)
        #expect(
            world.condition("ContainersReady")?.message
                == "containers with unready status: [regular2]"
        )
    }

    @Test func `while sidecars stop the phase stays Running, then the mains decide`() {
        let pod = Make.pod(.never, inits: [Make.sidecar("side1")], [Make.container("regular1")])
        var world = World(
            pod,
            ["side1": .server(stops: .seconds(5)), "regular1": .task(.seconds(2), code: 7)]
        )
        world.pass(4)
        #expect(world.status.phase == .running)
        #expect(world.condition("Ready")?.status == "False")
        world.mustEnd()
        #expect(world.status.phase == .failed)
        #expect(world.phases == [.pending, .running, .failed])
    }

    @Test func `a pod deleted before its main could start has failed, the main is lost`() {
        var world = World(Make.pod([Make.container("regular1")])) { _, _ in Behaviour() }
        world.badImages = ["img:1"]
        world.begin()
        world.pass(3)
        world.delete()
        world.mustEnd(within: .seconds(10))
        #expect(world.status.phase == .failed)
        #expect(world.exit("regular1")?.reason == "ContainerStatusUnknown")
        #expect(world.exit("regular1")?.exitCode == 137)
    }

    @Test func `a crash-looping container of a deleted pod shows how it ended`() {
        var world = World(
            Make.pod([Make.container("regular1")]),
            ["regular1": .task(.seconds(1), code: 3)]
        )
        world.pass(8)
        #expect(world.waiting("regular1") == "CrashLoopBackOff")
        world.delete()
        world.mustEnd(within: .seconds(10))
        #expect(world.exit("regular1")?.exitCode == 3)
    }

    @Test func `readiness gates hold Ready back until all are True`() {
        var pod = Make.pod([Make.container("regular1")])
        pod.spec.readinessGates = [PodReadinessGate(conditionType: "example.com/gate")]
        var world = World(pod, [:])
        world.pass(1)
        #expect(world.condition("ContainersReady")?.status == "True")
        #expect(world.condition("Ready")?.status == "False")
        #expect(world.condition("Ready")?.reason == "ReadinessGatesNotReady")
        for status in ["True", "False"] {
            world.change { pod in
                pod.status.conditions = [PodCondition(type: "example.com/gate", status: status)]
            }
            #expect(world.condition("Ready")?.status == status)
            #expect(world.condition("example.com/gate")?.status == status)
        }
    }

    @Test func `addresses, start time, generation and QoS class are reported and stay`() {
        var world = World(
            Make.pod(.never, [Make.container("regular1")]),
            ["regular1": .task(.seconds(2))]
        )
        let start = world.status.startTime
        world.mustEnd()
        let status = world.status
        #expect(status.podIP == "10.88.0.2")
        #expect(status.podIPs == [PodIP(ip: "10.88.0.2")])
        #expect(status.hostIP == "192.0.2.1")
        #expect(status.hostIPs == [HostIP(ip: "192.0.2.1")])
        #expect(start != nil && status.startTime == start)
        #expect(status.observedGeneration == 1)
        #expect(status.qosClass == .bestEffort)
        #expect(status.conditions.allSatisfy { $0.observedGeneration == 1 })
    }

    @Test func `a container's run, its end and its next run are told in state and lastState`() {
        var world = World(Make.pod([Make.container("regular1")])) { _, run in
            run == 0 ? .task(.seconds(5), code: 9) : Behaviour()
        }
        world.begin()
        world.pass(3)
        let first = world.container("regular1")
        #expect(first.containerID == "remora://regular1-0")
        #expect(first.imageID == "sha256:img:1")
        #expect(first.started == true && first.ready)
        #expect(first.lastState == nil)
        world.pass(4)
        let second = world.container("regular1")
        #expect(second.containerID == "remora://regular1-1")
        #expect(second.restartCount == 1)
        #expect(second.lastState?.terminated?.exitCode == 9)
        #expect(second.lastState?.terminated?.containerID == "remora://regular1-0")
        #expect(second.state?.running?.startedAt != nil)
    }

    @Test func `a wall clock that jumps changes texts only`() {
        var world = World(
            Make.pod([Make.container("regular1", readiness: Make.probe())]),
            ["regular1": .task(.seconds(30), code: 1)]
        )
        world.pass(5)
        world.wallOffset = .seconds(-1_000_000)
        world.pass(60)
        #expect(world.container("regular1").restartCount >= 1)
        #expect(world.status.phase == .running)
        world.expectRules()
    }
}
