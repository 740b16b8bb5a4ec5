import Basics
import Formats
import PodEngine
import PodModel
import PodSimulation
import Testing

/// The events of semantics section 25 with their exact words, and what is done with impossible ones.
@Suite struct EventTests {
    @Test func `a main's way is told as Pulled, Created, Started and Killing`() {
        var world = World(Make.pod([Make.container("regular1")]), [:])
        world.pass(1)
        world.delete()
        world.mustEnd()
        #expect(world.events.map(\.reason) == ["Pulled", "Created", "Started", "Killing"])
        #expect(
            world.events.map(\.message) == [
                "Container image \"img:1\" already present on machine", "Container created",
                "Container started", "Stopping container regular1",
            ]
        )
        #expect(world.events.allSatisfy { $0.fieldPath == "spec.containers{regular1}" })
        #expect(world.events.allSatisfy { !$0.isWarning })
    }

    @Test func `init containers are referred to by their own field`() {
        let pod = Make.pod(inits: [Make.sidecar("side1")], [Make.container("regular1")])
        var world = World(pod, [:])
        world.pass(1)
        #expect(world.events.first?.fieldPath == "spec.initContainers{side1}")
    }

    @Test func `a pull from a registry is told before and after`() {
        var world = World(Make.pod([Make.container("regular1")])) { _, _ in Behaviour() }
        world.pullTime = .seconds(5)
        world.begin()
        world.run(for: .seconds(1)) { $0.trace.first(.pulling, "regular1") != nil }
        world.deliver(.imagePullBegan(container: "regular1", image: "img:1"))
        #expect(world.messages("Pulling") == ["Pulling image \"img:1\""])
        world.deliver(.imagePullBegan(container: "regular1", image: "img:1"))
        #expect(world.messages("Pulling").count == 1)
        world.pass(6)
        #expect(world.isRunning("regular1"))
    }

    @Test func `a liveness kill says whether the container comes back`() {
        var world = World(
            Make.pod([
                Make.container("regular1", liveness: Make.probe(failures: 1)),
                Make.container("regular2", policy: .never, liveness: Make.probe(failures: 1)),
            ]),
            [
                "regular1": Behaviour().with { $0.liveness = .fails },
                "regular2": Behaviour().with { $0.liveness = .fails },
            ]
        )
        world.pass(3)
        #expect(
            world.messages("Killing").prefix(2) == [
                "Container regular1 failed liveness probe, will be restarted",
                "Container regular2 failed liveness probe",
            ]
        )
    }

    @Test func `a changed image stops and restarts the container under every policy`() {
        for policy in policies {
            let pod = Make.pod(policy, [Make.container("regular1"), Make.container("regular2")])
            var world = World(pod, [:])
            world.pass(2)
            world.change { $0.spec.containers[0].image = "img:2" }
            world.pass(5)
            #expect(world.container("regular1").image == "img:2")
            #expect(world.container("regular1").restartCount == 1)
            #expect(world.container("regular2").restartCount == 0)
            #expect(
                world.messages("Killing")
                    == ["Container regular1 definition changed, will be restarted"]
            )
            world.expectRules()
        }
    }

    /// Rows 382 to 471 of the upstream test, and 4498 to 4529 for sidecars.
    @Test(
        arguments: [RestartPolicy.always, .onFailure],
        [ProbeKind.startup, .liveness]
    )
    func `an image changed after a failed probe is used by the next run`(
        policy: RestartPolicy,
        kind: ProbeKind
    ) {
        let probe = Make.probe(failures: 2)
        let container = Make.container(
            "regular1",
            startup: kind == .startup ? probe : nil,
            liveness: kind == .liveness ? probe : nil
        )
        let pod = Make.pod(policy, inits: [Make.sidecar("side1")], [container])
        var world = World(
            pod,
            [
                "regular1": Behaviour().with {
                    $0.startup = .fails
                    $0.liveness = .fails
                }
            ]
        )
        world.pass(5)
        world.change { $0.spec.containers[0].image = "img:2" }
        world.pass(30)
        #expect(world.container("regular1").image == "img:2")
        #expect(world.container("regular1").restartCount > 0)
        #expect(world.trace.restarts("side1") == 0)
        world.expectRules()
    }

    @Test func `an image that cannot be had after a change is tried until it can, under Never too`()
    {
        var world = World(Make.pod(.never, [Make.container("regular1")]), [:])
        world.pass(2)
        world.badImages = ["img:2"]
        world.change { $0.spec.containers[0].image = "img:2" }
        world.pass(20)
        #expect(world.waiting("regular1") == "ImagePullBackOff")
        #expect(world.status.phase == .running)
        world.badImages = []
        world.pass(30)
        #expect(world.isRunning("regular1"))
        #expect(world.container("regular1").image == "img:2")
    }

    @Test(arguments: policies)
    func `an image changed while an init runs changes only what starts later`(
        policy: RestartPolicy
    ) {
        let pod = Make.pod(policy, inits: [Make.container("init1")], [Make.container("regular1")])
        var world = World(pod, ["init1": .task(.seconds(10))])
        world.pass(2)
        world.change { pod in
            pod.spec.containers[0].image = "img:2"
            pod.spec.initContainers[0].image = "img:2"
        }
        #expect(!world.trace.starts("regular1"))
        world.pass(20)
        #expect(world.container("regular1").image == "img:2")
        #expect(world.container("regular1").restartCount == 0)
        #expect(world.trace.restarts("init1") == 0)
    }

    @Test func `an image changed during its pull is pulled anew before the container is made`() {
        var world = World(Make.pod([Make.container("regular1")])) { _, _ in Behaviour() }
        world.pullTime = .seconds(5)
        world.begin()
        world.run(for: .seconds(1)) { $0.trace.first(.pulling, "regular1") != nil }
        world.change { $0.spec.containers[0].image = "img:2" }
        world.pass(20)
        #expect(world.container("regular1").image == "img:2")
        #expect(world.container("regular1").restartCount == 0)
    }

    // MARK: Hooks

    @Test func `a failed postStart stops the container with preStop and restarts it`() {
        let pod = Make.pod([Make.container("regular1", hooks: [.postStart, .preStop])])
        var world = World(pod) { _, run in
            Behaviour().with { $0.postStart = HookScript(takes: .seconds(1), fails: run == 0) }
        }
        world.begin()
        world.pass(1.2)
        #expect(world.waiting("regular1") == "PostStartHookError")
        #expect(world.messages("FailedPostStartHook") == ["PostStartHook failed"])
        #expect(world.messages("Killing") == ["FailedPostStartHook"])
        #expect(world.trace.first(.preStop, "regular1") != nil)
        world.pass(10)
        #expect(world.isRunning("regular1"))
        #expect(world.container("regular1").restartCount == 1)
    }

    @Test func `preStop is not run for a container that ended by itself`() {
        let pod = Make.pod(.never, [Make.container("regular1", hooks: [.preStop])])
        var world = World(pod, ["regular1": .task(.seconds(1))])
        world.mustEnd()
        #expect(world.trace.first(.preStop, "regular1") == nil)
    }

    /// `lifecycle_hook.go`, sleep: what a preStop of 50 s does under a grace.
    @Test(arguments: [(100, 50.0), (30, 32.0)])
    func `a preStop that sleeps delays the stop as long as the grace allows`(
        grace: Int,
        ends: Double
    ) {
        let pod = Make.pod(grace: 100, [Make.container("regular1", hooks: [.preStop])])
        var world = World(
            pod,
            [
                "regular1": .server(stops: grace == 100 ? .zero : nil)
                    .with { $0.preStop = HookScript(takes: .seconds(50)) }
            ]
        )
        world.pass(1)
        let before = world.clock
        world.delete(grace: grace)
        world.mustEnd(within: .seconds(200))
        #expect(abs((world.clock - before).inSeconds - ends) < 0.1)
    }

    // MARK: Deadline, eviction, sandbox

    @Test func `a pod past its deadline is told, stopped and failed`() {
        var pod = Make.pod(grace: 5, [Make.container("regular1")])
        pod.spec.activeDeadlineSeconds = 10
        var world = World(pod, ["regular1": .server(stops: .seconds(2))])
        world.pass(11)
        #expect(world.status.phase == .running)
        world.mustEnd(within: .seconds(10))
        #expect(world.status.phase == .failed)
        #expect(world.status.reason == "DeadlineExceeded")
        let text = "Pod was active on the node longer than the specified deadline"
        #expect(world.status.message == text)
        #expect(world.messages("DeadlineExceeded") == [text])
        #expect(world.condition("Ready")?.reason == "PodFailed")
    }

    @Test func `a deadline set or shortened on a live pod counts from its start`() {
        var world = World(Make.pod(grace: 0, [Make.container("regular1")]), [:])
        world.pass(20)
        world.change { $0.spec.activeDeadlineSeconds = 5 }
        world.mustEnd(within: .seconds(5))
        #expect(world.status.reason == "DeadlineExceeded")
    }

    @Test func `an evicted pod gets its grace and keeps its reason and message`() {
        var world = World(
            Make.pod([Make.container("regular1")]),
            ["regular1": .server(stops: nil)]
        )
        world.pass(1)
        let message = "Usage of EmptyDir volume \"v\" exceeds the limit \"1Mi\". "
        let before = world.clock
        world.deliver(.evicted(reason: "Evicted", message: message, grace: 1))
        world.mustEnd(within: .seconds(10))
        #expect((world.clock - before).inSeconds < 2.5)
        #expect(world.status.phase == .failed)
        #expect(world.status.reason == "Evicted")
        #expect(world.status.message == message)
        #expect(world.condition("DisruptionTarget")?.reason == "TerminationByKubelet")
        let event = world.events.first { $0.reason == "Evicted" }
        #expect(event?.isWarning == true)
    }

    @Test func `a lost sandbox is made anew and everything runs again in order`() {
        let pod = Make.pod(
            inits: [Make.container("init1"), Make.sidecar("side1"), Make.container("init2")],
            [Make.container("regular1")]
        )
        var world = World(pod, ["init1": .task(.seconds(2)), "init2": .task(.seconds(2))])
        world.pass(10)
        world.loseSandbox()
        world.pass(1)
        #expect(world.status.phase == .pending)
        #expect(
            world.messages("SandboxChanged")
                == ["Pod sandbox changed, it will be killed and re-created."]
        )
        world.pass(20)
        #expect(world.status.phase == .running)
        for name in ["init1", "side1", "init2", "regular1"] {
            #expect(world.trace.restarts(name) == 1)
        }
        #expect(world.status.podIP == "10.88.0.3")
        world.expectRules()
    }

    @Test func `a Never pod that loses its sandbox just ends`() {
        var world = World(Make.pod(.never, [Make.container("regular1")]), [:])
        world.pass(3)
        world.loseSandbox()
        world.mustEnd(within: .seconds(40))
        #expect(world.status.phase == .failed)
        #expect(world.trace.restarts("regular1") == 0)
    }

    @Test func `after a lost sandbox OnFailure runs only what has not succeeded`() {
        let pod = Make.pod(.onFailure, [Make.container("regular1"), Make.container("regular2")])
        var world = World(pod, ["regular1": .task(.seconds(1))])
        world.pass(5)
        world.loseSandbox()
        world.pass(10)
        #expect(world.trace.restarts("regular1") == 0)
        #expect(world.trace.restarts("regular2") == 1)
        #expect(world.isRunning("regular2"))
    }

    @Test func `a finished pod tells of no changed sandbox`() {
        var world = World(
            Make.pod(.onFailure, [Make.container("regular1")]),
            ["regular1": .task(.seconds(1))]
        )
        world.mustEnd()
        #expect(world.messages("SandboxChanged") == [])
    }

    @Test func `a stand-in is told in place of the pull, and kept in the ledger`() {
        let pod = Make.pod([Make.container("regular1")])
        let moment = World(pod, [:]).moment
        var machine = PodMachine(pod: pod)
        let image = ImageIdentity(
            reference: "c",
            id: "c",
            message: "why",
            wasPulled: false,
            standIn: "wait"
        )
        let run = ContainerRun("regular1", attempt: 0)
        var actions: [PodAction] = []
        for event in [
            .woken, .volumesMounted(nil),
            .sandboxCreated(attempt: 0, .success(Sandbox(attempt: 0, podIPs: []))),
            .imagePulled(container: "regular1", image: "img:1", .success(image)),
        ] as [PodEvent] {
            actions = machine.handle(event, at: moment)
        }
        let texts = actions.compactMap { action -> String? in
            if case .recordEvent(let record) = action {
                "\(record.reason): \(record.message)"
            } else {
                nil
            }
        }
        #expect(texts == ["StandIn: why"])
        #expect(actions.contains(.createContainer(run, image)))
        let made = CreatedContainer(id: "a", user: "0:0:")
        _ = machine.handle(.containerCreated(run, .success(made)), at: moment)
        #expect(machine.snapshot.text().contains("\"standIn\":\"wait\""))
    }

    // MARK: Impossible events

    @Test func `late and duplicate events are dropped and counted`() {
        var world = World(Make.pod([Make.container("regular1")]), [:])
        world.pass(1)
        func ledger() -> JSONObject {
            var object = world.machine.snapshot.object ?? JSONObject()
            for key in ["at", "wall"] { object[key] = nil }
            return object
        }
        let before = ledger()
        let run = ContainerRun("regular1", attempt: 0)
        let image = ImageIdentity(reference: "x", id: "x", message: "", wasPulled: false)
        let events: [PodEvent] = [
            .volumesMounted(nil),
            .sandboxCreated(attempt: 0, .success(Sandbox(attempt: 0, podIPs: []))),
            .sandboxLost(attempt: 9), .sandboxStopped(attempt: 0, nil), .tornDown(nil),
            .imagePulled(container: "regular1", image: "img:1", .success(image)),
            .imagePullBegan(container: "nobody", image: "img:1"),
            .containerStarted(run, nil), .containerStarted(ContainerRun("x", attempt: 0), nil),
            .containerExited(ContainerRun("regular1", attempt: 4), Self.exit),
            .containerExited(ContainerRun("nobody", attempt: 0), Self.exit),
            .hookFinished(run, .preStop, .succeeded), .hookFinished(run, .postStart, .succeeded),
            .probeFinished(run, .liveness, .failure("")),
            .adopted(PodObservation(sandbox: nil, containers: [])), .woken,
        ]
        for event in events { world.deliver(event) }
        #expect(ledger() == before)
        #expect(world.machine.ignoredEvents.values.reduce(0, +) == events.count - 1)
        world.expectRules()
    }

    static let exit = ContainerExit(
        code: 0,
        reason: "Completed",
        startedAt: nil,
        finishedAt: .init(seconds: 0)
    )

    @Test func `a spec change that adds a container is refused`() {
        var world = World(Make.pod([Make.container("regular1")]), [:])
        world.pass(1)
        world.change { $0.spec.containers.append(Make.container("more")) }
        #expect(world.status.containerStatuses.count == 1)
        #expect(world.machine.ignoredEvents.count == 1)
    }

    @Test func `a step that is never answered fails when its time is over`() {
        var world = World(Make.pod([Make.container("regular1")])) { _, _ in Behaviour() }
        world.latency = .seconds(100_000)
        world.begin()
        world.pass(10_000)
        #expect(world.messages("FailedMount").count >= 2)
        world.latency = .milliseconds(1)
        world.delete()
        world.mustEnd(within: .seconds(600))
        #expect(world.status.phase == .failed)
    }
}
