import Basics
import PodEngine
import PodModel
import PodSimulation
import Testing

/// `container_probe.go`, each case for a main and for a sidecar.
@Suite struct ProbeTests {
    enum Role: String, CaseIterable, Sendable { case main, sidecar }

    static let name = "probed"

    /// A pod whose probed container is a main, or a sidecar before a main that runs on.
    static func pod(
        _ role: Role,
        _ policy: RestartPolicy = .always,
        grace: Int = 30,
        startup: Probe? = nil,
        liveness: Probe? = nil,
        readiness: Probe? = nil,
        hooks: Set<Make.Hooks> = []
    ) -> Pod {
        switch role {
        case .main:
            Make.pod(
                policy,
                grace: grace,
                [
                    Make.container(
                        name,
                        startup: startup,
                        liveness: liveness,
                        readiness: readiness,
                        hooks: hooks
                    )
                ]
            )
        case .sidecar:
            Make.pod(
                policy,
                grace: grace,
                inits: [
                    Make.sidecar(
                        name,
                        startup: startup,
                        liveness: liveness,
                        readiness: readiness,
                        hooks: hooks
                    )
                ],
                [Make.container("regular1")]
            )
        }
    }

    @Test(arguments: Role.allCases)
    func `readiness waits for its initial delay`(role: Role) {
        var world = World(Self.pod(role, readiness: Make.probe(delay: 30)), [:])
        world.pass(29.9)
        #expect(!world.container(Self.name).ready)
        #expect(world.condition("Ready")?.status == "False")
        world.pass(0.5)
        #expect(world.container(Self.name).ready)
        #expect(world.condition("Ready")?.status == "True")
        #expect(world.container(Self.name).restartCount == 0)
    }

    @Test(arguments: Role.allCases)
    func `failing readiness never makes ready and never restarts`(role: Role) {
        var world = World(
            Self.pod(role, readiness: Make.probe()),
            [Self.name: Behaviour().with { $0.readiness = .fails }]
        )
        world.pass(120)
        #expect(!world.container(Self.name).ready)
        #expect(world.container(Self.name).started == true)
        #expect(world.container(Self.name).restartCount == 0)
        #expect(world.messages("Unhealthy").contains("Readiness probe failed: not yet"))
    }

    @Test(arguments: Role.allCases)
    func `liveness that fails after 10 s restarts the container`(role: Role) {
        var world = World(
            Self.pod(role, liveness: Make.probe(failures: 1)),
            [Self.name: Behaviour().with { $0.liveness = .failsFrom(.seconds(10)) }]
        )
        world.pass(12)
        #expect(world.container(Self.name).restartCount == 1)
        #expect(world.messages("Unhealthy") == ["Liveness probe failed: not yet"])
        world.expectRules()
    }

    @Test(arguments: Role.allCases)
    func `liveness that succeeds restarts nothing in four minutes`(role: Role) {
        var world = World(Self.pod(role, liveness: Make.probe()), [:])
        world.pass(240)
        #expect(world.container(Self.name).restartCount == 0)
    }

    @Test(arguments: Role.allCases)
    func `the restart count grows with every failed run`(role: Role) {
        var world = World(
            Self.pod(role, liveness: Make.probe(failures: 1)),
            [Self.name: Behaviour().with { $0.liveness = .failsFrom(.seconds(3)) }]
        )
        for count in 1...5 {
            let reached = world.run(for: .seconds(1200)) {
                $0.machine.status.container(named: Self.name)?.restartCount == count
            }
            #expect(reached, "restart \(count)")
        }
        world.expectRules()
    }

    @Test(arguments: Role.allCases)
    func `a probe that cannot be carried out moves nothing`(role: Role) {
        var world = World(
            Self.pod(role, liveness: Make.probe(failures: 1)),
            [Self.name: Behaviour().with { $0.liveness = .errors }]
        )
        world.pass(60)
        #expect(world.container(Self.name).restartCount == 0)
        #expect(
            world.messages("Unhealthy").first
                == "Liveness probe errored and resulted in unknown state: no such host"
        )
    }

    @Test(arguments: Role.allCases)
    func `a redirect to another host counts as success with a warning`(role: Role) {
        var world = World(
            Self.pod(role, liveness: Make.probe(failures: 1)),
            [Self.name: Behaviour().with { $0.liveness = .warns }]
        )
        world.pass(60)
        #expect(world.container(Self.name).restartCount == 0)
        #expect(world.messages("ProbeWarning").first?.hasPrefix("Liveness probe warning:") == true)
    }

    @Test(arguments: Role.allCases)
    func `a failed startup probe restarts though liveness would pass`(role: Role) {
        var world = World(
            Self.pod(role, startup: Make.probe(failures: 3), liveness: Make.probe()),
            [Self.name: Behaviour().with { $0.startup = .fails }]
        )
        world.pass(3)
        #expect(world.container(Self.name).restartCount == 1)
        #expect(world.trace.first(.liveness, Self.name) == nil)
    }

    @Test(arguments: Role.allCases)
    func `liveness is not probed while the startup probe is undecided`(role: Role) {
        var world = World(
            Self.pod(role, startup: Make.probe(failures: 60), liveness: Make.probe(failures: 1)),
            [
                Self.name: Behaviour().with {
                    $0.startup = .fails
                    $0.liveness = .fails
                }
            ]
        )
        world.pass(50)
        #expect(world.container(Self.name).restartCount == 0)
        #expect(world.container(Self.name).started == false)
    }

    @Test(arguments: Role.allCases)
    func `liveness is probed once the startup probe has passed`(role: Role) {
        var world = World(
            Self.pod(role, startup: Make.probe(failures: 60), liveness: Make.probe(failures: 1)),
            [
                Self.name: Behaviour().with {
                    $0.startup = .succeedsFrom(.seconds(10))
                    $0.liveness = .fails
                }
            ]
        )
        world.pass(13)
        #expect(world.container(Self.name).restartCount == 1)
    }

    @Test(arguments: Role.allCases)
    func `readiness is asked at once after startup, whatever its period`(role: Role) {
        var world = World(
            Self.pod(role, startup: Make.probe(failures: 60), readiness: Make.probe(period: 30)),
            [Self.name: Behaviour().with { $0.startup = .succeedsFrom(.seconds(5)) }]
        )
        world.pass(5.5)
        #expect(world.container(Self.name).ready)
    }

    @Test(arguments: Role.allCases, [ProbeKind.liveness, .startup])
    func `the probe's own grace overrides the pod's`(role: Role, kind: ProbeKind) throws {
        let probe = Make.probe(failures: 1, grace: 5)
        let pod = Self.pod(
            role,
            grace: 500,
            startup: kind == .startup ? probe : nil,
            liveness: kind == .liveness ? probe : nil
        )
        var world = World(
            pod,
            [
                Self.name: Behaviour.server(stops: nil).with {
                    $0.startup = .fails
                    $0.liveness = .fails
                }
            ]
        )
        world.pass(20)
        let signal = try #require(world.seconds(.signalled, Self.name).first)
        let kill = try #require(world.seconds(.killed, Self.name).first)
        #expect(abs(kill - signal - 5) < 0.01)
        #expect(world.container(Self.name).restartCount >= 1)
    }

    @Test(arguments: Role.allCases)
    func `readiness turns false while the pod drains`(role: Role) {
        var world = World(
            Self.pod(role, readiness: Make.probe(failures: 1)),
            [
                Self.name: Behaviour.server(stops: .seconds(20))
                    .with { $0.readiness = .failsFrom(.seconds(8)) },
                "regular1": .server(stops: .seconds(20)),
            ]
        )
        world.pass(3)
        #expect(world.condition("Ready")?.status == "True")
        world.delete()
        world.pass(8)
        #expect(!world.machine.isFinished)
        #expect(world.condition("Ready")?.status == "False")
        #expect(world.condition("Ready")?.reason == "ContainersNotReady")
    }

    @Test(arguments: Role.allCases)
    func `no liveness failure is told while the pod terminates`(role: Role) {
        var world = World(
            Self.pod(role, liveness: Make.probe(failures: 1)),
            [
                Self.name: Behaviour.server(stops: .seconds(20))
                    .with { $0.liveness = .failsFrom(.seconds(4)) },
                "regular1": .server(stops: .seconds(20)),
            ]
        )
        world.pass(3)
        world.delete()
        world.mustEnd()
        #expect(world.messages("Unhealthy") == [])
        #expect(world.container(Self.name).restartCount == 0)
    }

    @Test(arguments: [ProbeKind.startup, .liveness])
    func `under Never a failed probe runs preStop, ends the container and the pod`(
        kind: ProbeKind
    ) throws {
        let probe = Make.probe(failures: 1)
        let pod = Self.pod(
            .main,
            .never,
            startup: kind == .startup ? probe : nil,
            liveness: kind == .liveness ? probe : nil,
            hooks: [.preStop]
        )
        var world = World(
            pod,
            [
                Self.name: Behaviour().with {
                    $0.startup = .fails
                    $0.liveness = .fails
                    $0.preStop = HookScript(takes: .seconds(2))
                }
            ]
        )
        world.mustEnd(within: .seconds(60))
        let hook = try #require(world.trace.first(.preStop, Self.name))
        let exit = try #require(world.trace.first(.exiting, Self.name))
        #expect(hook < exit)
        #expect(world.container(Self.name).restartCount == 0)
        #expect(world.status.phase == .succeeded)
    }

    @Test func `during preStop after a liveness failure readiness is probed, liveness is not`() {
        let pod = Self.pod(
            .main,
            .never,
            liveness: Make.probe(failures: 1),
            readiness: Make.probe(),
            hooks: [.preStop]
        )
        var world = World(
            pod,
            [
                Self.name: Behaviour().with {
                    $0.liveness = .failsFrom(.seconds(3))
                    $0.preStop = HookScript(takes: .seconds(10))
                }
            ]
        )
        world.mustEnd(within: .seconds(60))
        let hook = world.seconds(.preStop, Self.name).first ?? 0
        #expect(world.seconds(.readiness, Self.name).contains { $0 > hook + 2 })
        #expect(!world.seconds(.liveness, Self.name).contains { $0 > hook })
    }

    @Test func `while a main is stopped for liveness no sidecar is restarted`() {
        let pod = Make.pod(
            .never,
            grace: 60,
            inits: [Make.sidecar("side1", liveness: Make.probe(failures: 1))],
            [Make.container("regular1", liveness: Make.probe(failures: 1), hooks: [.preStop])]
        )
        var world = World(
            pod,
            [
                "side1": Behaviour().with { $0.liveness = .failsFrom(.seconds(8)) },
                "regular1": Behaviour().with {
                    $0.liveness = .failsFrom(.seconds(3))
                    $0.preStop = HookScript(takes: .seconds(50))
                },
            ]
        )
        world.mustEnd(within: .seconds(120))
        #expect(world.trace.restarts("side1") == 0)
        #expect(!world.seconds(.liveness, "side1").contains { $0 > 6 })
    }

    @Test func `OnFailure restarts a container that its probe condemned even if it exits with 0`() {
        var world = World(
            Self.pod(.main, .onFailure, liveness: Make.probe(failures: 1)),
            [Self.name: Behaviour().with { $0.liveness = .failsFrom(.seconds(3)) }]
        )
        world.pass(6)
        #expect(world.container(Self.name).restartCount == 1)
        #expect(world.container(Self.name).lastState?.terminated?.exitCode == 0)
    }

    @Test(arguments: [(successes: 3, ready: 2.5)])
    func `readiness needs as many successes in a row as asked`(successes: Int, ready: Double) {
        var world = World(
            Self.pod(.main, readiness: Make.probe(successes: successes)),
            [:]
        )
        world.pass(ready - 1)
        #expect(!world.container(Self.name).ready)
        world.pass(1)
        #expect(world.container(Self.name).ready)
    }

    @Test func `probing begins only when postStart has ended`() {
        let pod = Self.pod(.main, readiness: Make.probe(), hooks: [.postStart])
        var world = World(
            pod,
            [Self.name: Behaviour().with { $0.postStart = HookScript(takes: .seconds(5)) }]
        )
        world.pass(4.9)
        #expect(world.trace.first(.readiness, Self.name) == nil)
        world.pass(0.5)
        #expect(world.container(Self.name).ready)
    }
}
