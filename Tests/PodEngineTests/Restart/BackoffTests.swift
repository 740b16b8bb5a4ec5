import Basics
import PodModel
import PodSimulation
import Testing

@testable import PodEngine

/// `container_restart_test.go`: the numbers of the crash loop.
@Suite struct BackoffTests {
    static func crashing(_ settings: EngineSettings = .standard, _ policy: RestartPolicy = .always)
        -> World
    {
        let pod = Make.pod(policy, [Make.container("regular1")])
        var world = World(pod, settings: settings) { _, _ in .task(.zero, code: 1) }
        world.latency = .zero
        world.pullTime = .zero
        world.begin()
        return world
    }

    @Test func `a container that ends at once starts at 0, 0, 10, 30, 70, 150, 310 and 610 s`() {
        var world = Self.crashing()
        world.pass(700)
        let starts = world.seconds(.starting, "regular1").map { $0.rounded() }
        #expect(starts == [0, 0, 10, 30, 70, 150, 310, 610])
        world.expectRules()
    }

    @Test func `a cap of 30 s gives 0, 0, 10, 30, 60, 90`() {
        var world = Self.crashing(EngineSettings(crashLoopMaximum: .seconds(30)))
        world.pass(100)
        let starts = world.seconds(.starting, "regular1").map { $0.rounded() }
        #expect(starts == [0, 0, 10, 30, 60, 90])
    }

    @Test func `a cap below the first wait is the first wait`() {
        var world = Self.crashing(EngineSettings(crashLoopMaximum: .seconds(1)))
        world.pass(4.5)
        let starts = world.seconds(.starting, "regular1").map { $0.rounded() }
        #expect(starts == [0, 0, 1, 2, 3, 4])
    }

    @Test func `the wait is shown with its length, and told`() {
        var world = Self.crashing()
        world.pass(15)
        let state = world.container("regular1")
        #expect(state.state?.waiting?.reason == "CrashLoopBackOff")
        #expect(
            state.state?.waiting?.message
                == "back-off 20s restarting failed container=regular1 pod=p_default(uid-1)"
        )
        #expect(state.lastState?.terminated?.exitCode == 1)
        #expect(state.restartCount == 2)
        #expect(world.status.phase == .running)
        #expect(
            world.messages("BackOff").first
                == "Back-off restarting failed container regular1 in pod p_default(uid-1)"
        )
    }

    @Test func `a changed image resets the wait`() throws {
        var world = Self.crashing()
        world.pass(200)
        let before = world.seconds(.starting, "regular1").count
        world.change { $0.spec.containers[0].image = "img:2" }
        world.pass(15)
        #expect(world.seconds(.starting, "regular1").count >= before + 2)
    }

    @Test func `a run of more than ten minutes starts the waits over`() {
        var crash = CrashBackoff(now: .zero, initial: .seconds(10), maximum: .seconds(300))
        let late = Instant.zero + .seconds(601)
        #expect(crash.until(end: late) == nil)
        crash.advance(end: late, now: late)
        #expect(crash.delay == .seconds(10))
        #expect(crash.until(end: late + .seconds(5)) == late + .seconds(15))
    }

    @Test func `the wait doubles up to five minutes`() {
        var crash = CrashBackoff(now: .zero, initial: .seconds(10), maximum: .seconds(300))
        var now = Instant.zero
        var delays: [Int64] = []
        for _ in 0..<7 {
            delays.append(crash.delay.components.seconds)
            now = now + crash.delay
            crash.advance(end: now, now: now)
        }
        #expect(delays == [10, 20, 40, 80, 160, 300, 300])
    }

    @Test func `a container whose start fails shows the error, then waits like any other`() {
        let pod = Make.pod(.always, [Make.container("regular1")])
        var world = World(pod) { _, _ in Behaviour() }
        world.startFailures = ["regular1": 3]
        world.begin()
        world.pass(0.5)
        let first = world.container("regular1")
        #expect(first.state?.waiting?.reason == "RunContainerError")
        #expect(first.lastState?.terminated?.exitCode == 128)
        #expect(first.lastState?.terminated?.reason == "StartError")
        world.pass(2)
        #expect(world.waiting("regular1") == "CrashLoopBackOff")
        world.pass(60)
        #expect(world.isRunning("regular1"))
        #expect(world.container("regular1").restartCount == 3)
    }

    @Test func `under Never a failed start fails the pod`() {
        let pod = Make.pod(.never, [Make.container("regular1")])
        var world = World(pod) { _, _ in Behaviour() }
        world.startFailures = ["regular1": 1]
        world.begin()
        world.mustEnd(within: .seconds(20))
        #expect(world.status.phase == .failed)
        #expect(world.exit("regular1")?.reason == "StartError")
    }

    @Test func `a failed creation is tried again after 10 s and does not count as a run`() {
        let pod = Make.pod(.never, [Make.container("regular1")])
        var world = World(pod) { _, _ in Behaviour() }
        world.createFailures = ["regular1": 2]
        world.begin()
        world.pass(5)
        #expect(world.waiting("regular1") == "CreateContainerError")
        #expect(world.status.phase == .pending)
        world.pass(20)
        #expect(world.isRunning("regular1"))
        #expect(world.container("regular1").restartCount == 0)
    }

    @Test func `a changed dependency retries a failed creation at once`() {
        let pod = Make.pod(.never, [Make.container("regular1")])
        var world = World(pod) { _, _ in Behaviour() }
        world.createFailures = ["regular1": 1]
        world.begin()
        world.pass(1)
        world.deliver(.dependenciesChanged)
        world.pass(0.5)
        #expect(world.isRunning("regular1"))
    }

    // MARK: Images

    @Test func `a failed pull alternates between ErrImagePull and ImagePullBackOff`() {
        let pod = Make.pod(.always, [Make.container("regular1")])
        var world = World(pod) { _, _ in Behaviour() }
        world.badImages = ["img:1"]
        world.begin()
        world.pass(0.5)
        #expect(world.waiting("regular1") == "ErrImagePull")
        world.pass(2)
        let waiting = world.container("regular1").state?.waiting
        #expect(waiting?.reason == "ImagePullBackOff")
        #expect(
            waiting?.message
                == "Back-off pulling image \"img:1\": ErrImagePull: manifest unknown"
        )
        world.pass(70)
        let pulls = world.seconds(.pulling, "regular1").map { $0.rounded() }
        #expect(pulls == [0, 10, 30, 70])
        #expect(world.status.phase == .pending)
        #expect(
            world.messages("Failed").prefix(2) == [
                "Failed to pull image \"img:1\": manifest unknown", "Error: ErrImagePull",
            ]
        )
        let event = world.events.first { $0.reason == "BackOff" }
        #expect(event?.isWarning == false)
        world.badImages = []
        world.pass(90)
        #expect(world.isRunning("regular1"))
    }

    @Test(arguments: policies)
    func `a pull failure never fails the pod`(policy: RestartPolicy) {
        let pod = Make.pod(policy, [Make.container("regular1"), Make.container("regular2")])
        var world = World(pod) { _, _ in Behaviour() }
        world.badImages = ["img:1"]
        world.begin()
        world.pass(1000)
        #expect(world.status.phase == .pending)
    }
}
