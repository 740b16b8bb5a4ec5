import Basics
import Formats
import PodEngine
import PodModel
import PodSimulation
import Testing

/// Restarts of the engine (`container_lifecycle_test.go`, node reboot and kubelet restart).
@Suite struct AdoptionTests {
    static func full() -> Pod {
        Make.pod(
            inits: [
                Make.container("init1"),
                Make.sidecar("side1", startup: Make.probe(failures: 30), hooks: [.postStart]),
                Make.container("init2"),
            ],
            [
                Make.container("regular1", readiness: Make.probe(), hooks: [.preStop]),
                Make.container("regular2"),
            ]
        )
    }

    static let scripts: Scripts = [
        "init1": .task(.seconds(1)), "init2": .task(.seconds(2)),
        "side1": Behaviour.server(stops: .seconds(1)).with {
            $0.startup = .succeedsFrom(.seconds(2))
            $0.postStart = HookScript(takes: .seconds(1))
        },
        "regular1": Behaviour.server(stops: .seconds(2))
            .with { $0.preStop = HookScript(takes: .seconds(1)) },
    ]

    static func restart(_ world: inout World, down: Double = 1) {
        world.engineDies()
        world.pass(down)
        world.engineStarts()
    }

    @Test func `an engine that comes back restarts nothing and nothing flickers`() {
        var world = World(Self.full(), Self.scripts)
        world.pass(20)
        let before = world.status
        Self.restart(&world)
        #expect(world.status == before)
        world.pass(30)
        #expect(world.status.phase == .running)
        for name in ["init1", "side1", "init2", "regular1", "regular2"] {
            #expect(world.trace.restarts(name) == 0, "\(name)")
        }
        #expect(
            world.condition("Ready")?.lastTransitionTime
                == before.condition("Ready")?.lastTransitionTime
        )
        world.expectRules()
    }

    @Test func `finished inits are not run again though their records are gone`() {
        var world = World(Self.full(), Self.scripts)
        world.pass(20)
        world.engineDies()
        world.forgetDead()
        world.engineStarts()
        world.pass(30)
        #expect(world.trace.restarts("init1") == 0 && world.trace.restarts("init2") == 0)
        #expect(world.exit("init1")?.exitCode == 0)
        world.expectRules()
    }

    @Test func `finished inits are not run again while a later init runs`() {
        var scripts = Self.scripts
        scripts["init2"] = .task(.seconds(60))
        for forgets in [false, true] {
            var world = World(Self.full(), scripts)
            world.pass(10)
            world.engineDies()
            if forgets { world.forgetDead() }
            world.engineStarts()
            world.pass(5)
            #expect(world.trace.restarts("init1") == 0)
            #expect(world.isRunning("init2"))
            world.expectRules()
        }
    }

    @Test func `exits that happened while the engine was away are noticed`() {
        var scripts = Self.scripts
        scripts["regular2"] = .task(.seconds(25), code: 4)
        var world = World(Self.full(), scripts)
        world.pass(20)
        world.engineDies()
        world.pass(60)
        world.engineStarts()
        world.pass(1)
        #expect(world.container("regular2").restartCount == 1)
        #expect(world.container("regular2").lastState?.terminated?.exitCode == 4)
        world.expectRules()
    }

    /// Row 6988 of the upstream test.
    @Test
    func `a crashing main is still restarted after an engine restart beside a started sidecar`() {
        let pod = Make.pod(
            inits: [Make.sidecar("side1", startup: Make.probe(failures: 30))],
            [Make.container("regular1")]
        )
        var world = World(pod, ["regular1": .task(.seconds(3), code: 1)])
        world.pass(10)
        Self.restart(&world)
        let before = world.trace.restarts("regular1")
        world.pass(60)
        #expect(world.trace.restarts("regular1") > before)
        #expect(world.trace.restarts("side1") == 0)
        #expect(world.container("side1").started == true)
        world.expectRules()
    }

    /// Rows 6467 to 6938: without probes, with one or both, one or two mains, or a sidecar.
    @Test(arguments: [false, true], [false, true])
    func `started and ready stay true across an engine restart`(startup: Bool, readiness: Bool) {
        func probed(_ name: String, sidecar: Bool = false) -> Container {
            Make.container(
                name,
                policy: sidecar ? .always : nil,
                startup: startup ? Make.probe(period: 10) : nil,
                readiness: readiness ? Make.probe(period: 10) : nil
            )
        }
        let pod = Make.pod(
            inits: [probed("side1", sidecar: true)],
            [probed("regular1"), probed("regular2")]
        )
        var world = World(pod, [:])
        world.pass(40)
        #expect(world.condition("Ready")?.status == "True")
        for _ in 0..<3 {
            world.engineDies()
            world.pass(7)
            world.engineStarts()
            for name in ["side1", "regular1", "regular2"] {
                let state = world.container(name)
                #expect(state.started == true && state.ready && state.restartCount == 0)
            }
            #expect(world.condition("Ready")?.status == "True")
            #expect(world.phases == [.pending, .running])
            world.pass(7)
        }
        world.expectRules()
    }

    @Test func `a reboot runs everything again in order, from Pending`() {
        var world = World(Self.full(), Self.scripts)
        world.pass(20)
        world.reboot()
        world.engineStarts()
        world.pass(1)
        #expect(world.status.phase == .pending)
        world.pass(30)
        #expect(world.status.phase == .running)
        let starts = ["init1", "side1", "init2", "regular1"].map {
            world.seconds(.starting, $0).last ?? 0
        }
        #expect(starts == starts.sorted())
        #expect(world.trace.restarts("init1") == 1)
        world.expectRules()
    }

    @Test func `a monotonic clock that starts over with the machine confuses nothing`() throws {
        var world = World(Self.full(), Self.scripts)
        world.pass(20)
        let ledger = world.machine.snapshot
        var machine = try PodMachine(pod: world.pod, snapshot: ledger)
        let moment = Moment(
            instant: Instant(nanoseconds: 5_000_000_000),
            wall: world.moment.wall + .seconds(300)
        )
        let gone = PodObservation(sandbox: nil, containers: [])
        _ = machine.handle(.adopted(gone), at: moment)
        #expect(machine.status.startTime == world.status.startTime)
        #expect(
            machine.status.container(named: "regular1")?.state?.terminated?.reason
                == "ContainerStatusUnknown"
        )
        let wake = machine.nextWake
        #expect(wake.map { $0 < Instant(nanoseconds: 10_000_000_000_000) } ?? true)
    }

    @Test func `a termination goes on with what is left of its grace`() {
        let pod = Make.pod(grace: 20, [Make.container("regular1")])
        var world = World(pod, ["regular1": .server(stops: nil)])
        world.pass(1)
        let before = world.clock
        world.delete()
        world.pass(8)
        Self.restart(&world, down: 3)
        world.mustEnd(within: .seconds(30))
        #expect(abs((world.clock - before).inSeconds - 20) < 0.1)
        world.expectRules()
    }

    @Test func `a pod deleted while the engine was away is stopped when it is back`() {
        var world = World(Self.full(), Self.scripts)
        world.pass(20)
        world.engineDies()
        world.pod.metadata.deletionTimestamp = world.moment.wall
        world.pod.metadata.deletionGracePeriodSeconds = 10
        world.engineStarts()
        world.mustEnd(within: .seconds(20))
        #expect(world.status.phase == .succeeded)
    }

    @Test func `a postStart that had not ended runs again, and is waited for`() {
        let pod = Make.pod([Make.container("regular1", hooks: [.postStart])])
        var world = World(
            pod,
            ["regular1": Behaviour().with { $0.postStart = HookScript(takes: .seconds(10)) }]
        )
        world.pass(3)
        Self.restart(&world)
        #expect(world.trace.all(.postStart, "regular1").count == 2)
        #expect(!world.isRunning("regular1"))
        world.pass(11)
        #expect(world.isRunning("regular1"))
        #expect(world.trace.restarts("regular1") == 0)
    }

    @Test func `containers of strangers and runs too many are removed`() throws {
        var world = World(Make.pod([Make.container("regular1")]), [:])
        world.pass(2)
        var machine = try PodMachine(pod: world.pod, snapshot: world.machine.snapshot)
        let image = ImageIdentity(reference: "img:1", id: "", message: "", wasPulled: false)
        func seen(_ name: String, _ attempt: Int) -> PodObservation.Container {
            PodObservation.Container(
                run: ContainerRun(name, attempt: attempt),
                id: "\(name)-\(attempt)",
                imageIdentity: image,
                state: .running(startedAt: world.moment.wall)
            )
        }
        let sandbox = Sandbox(attempt: 0, podIPs: ["10.88.0.2"])
        let actions = machine.handle(
            .adopted(
                PodObservation(
                    sandbox: sandbox,
                    containers: [seen("regular1", 0), seen("stranger", 3)]
                )
            ),
            at: world.moment
        )
        #expect(actions.contains(.kill(ContainerRun("stranger", attempt: 3))))
        #expect(
            actions.contains(
                .removeContainer(ContainerRun("stranger", attempt: 3), withLogs: false)
            )
        )
        #expect(!actions.contains(.kill(ContainerRun("regular1", attempt: 0))))
    }

    @Test func `a pod without a ledger is adopted by what runs`() {
        var world = World(Self.full(), Self.scripts)
        world.pass(20)
        world.engineDies()
        world.loseLedger()
        world.engineStarts()
        world.pass(20)
        #expect(world.status.phase == .running)
        #expect(world.trace.restarts("regular1") == 0)
        #expect(world.trace.restarts("init1") == 0)
    }

    @Test func `a finished pod of an earlier engine stays finished`() {
        var world = World(
            Make.pod(.never, [Make.container("regular1")]),
            ["regular1": .task(.seconds(1))]
        )
        world.mustEnd()
        Self.restart(&world)
        #expect(world.machine.isFinished)
        #expect(world.status.phase == .succeeded)
        #expect(world.trace.restarts("regular1") == 0)
    }

    /// Pods for the walk below, with what their containers do and whether they end by themselves.
    static let walks: [(name: String, pod: Pod, scripts: Scripts)] = [
        ("all kinds, deleted", full(), scripts),
        (
            "a task with sidecars",
            Make.pod(
                .never,
                inits: [Make.container("init1"), Make.sidecar("side1", hooks: [.preStop])],
                [Make.container("regular1", hooks: [.postStart])]
            ),
            [
                "init1": .task(.seconds(1)), "regular1": .task(.seconds(3), code: 3),
                "side1": .server(stops: .seconds(1)),
            ]
        ),
        (
            "a failing init",
            Make.pod(
                .never,
                inits: [Make.sidecar("side1"), Make.container("init1")],
                [Make.container("regular1")]
            ),
            ["init1": .task(.seconds(1), code: 2)]
        ),
    ]

    @Test(arguments: walks)
    func `an engine that dies at any one event changes nothing about the end`(
        name: String,
        pod: Pod,
        scripts: Scripts
    ) {
        func play(crashAt: Int?, performed: Int = 0) -> World {
            var world = World(pod) { name, _ in scripts[name] ?? Behaviour() }
            world.books.crash = crashAt.map { Books.Crash(at: $0, performed: performed) }
            world.begin()
            let isTask = pod.spec.restartPolicy == .never
            for _ in 0..<40 {
                world.run(for: .seconds(1)) { $0.machine.isFinished && $0.isUp }
                if !world.isUp { world.engineStarts() }
            }
            if !isTask { world.delete() }
            for _ in 0..<40 where !world.machine.isFinished || !world.isUp {
                world.run(for: .seconds(1)) { $0.machine.isFinished && $0.isUp }
                if !world.isUp { world.engineStarts() }
            }
            return world
        }
        let calm = play(crashAt: nil)
        #expect(calm.machine.isFinished)
        for event in 1..<calm.handled {
            for performed in [0, 1, 100] {
                let world = play(crashAt: event, performed: performed)
                let note: Comment = "\(name), event \(event), \(performed) actions performed"
                #expect(world.books.violations == [], note)
                #expect(world.machine.isFinished, note)
                #expect(world.status.phase == calm.status.phase, note)
                #expect(world.leftovers.isEmpty, note)
            }
        }
    }
}
