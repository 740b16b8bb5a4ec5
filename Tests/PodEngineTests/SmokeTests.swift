import PodEngine
import PodModel
import PodSimulation
import Testing

@Suite struct SmokeTests {
    @Test func `init, sidecar and main come up in order and go down in reverse`() {
        let pod = Make.pod(
            .never,
            inits: [Make.container("init1"), Make.sidecar("side1")],
            [Make.container("main1")]
        )
        var world = World(pod) { name, _ in
            switch name {
            case "init1": Behaviour(lasts: .seconds(1))
            case "main1": Behaviour(lasts: .seconds(5))
            default: Behaviour(stopTime: .seconds(2))
            }
        }
        world.begin()
        world.runToEnd()
        #expect(world.books.violations == [])
        #expect(world.machine.isFinished)
        #expect(world.trace.serial("init1", "side1"))
        #expect(world.trace.startsBefore("side1", "main1"))
        #expect(world.status.phase == .succeeded)
        #expect(world.phases == [.pending, .running, .succeeded])
    }
}
