import PodModel
import Testing

@testable import Node

@Suite("Rollout plan") struct RolloutPlanTests {
    private func generation(_ name: String, _ wanted: Int, available: Int? = nil)
        -> RolloutPlan.Generation
    {
        RolloutPlan.Generation(
            name: name,
            wanted: wanted,
            existing: wanted,
            available: available ?? wanted
        )
    }

    private func sizes(
        _ replicas: Int,
        _ type: DeploymentStrategyType = .rollingUpdate,
        _ current: RolloutPlan.Generation,
        _ old: RolloutPlan.Generation...
    ) -> [String: Int] {
        let strategy = DeploymentStrategy(type: type)
        return RolloutPlan(replicas: replicas, strategy: strategy, current: current, old: old).sizes
    }

    @Test func `a first rollout goes to its full size at once, and then stays`() {
        #expect(sizes(3, .rollingUpdate, generation("new", 0)) == ["new": 3])
        #expect(sizes(3, .rollingUpdate, generation("new", 3), generation("old", 0)).isEmpty)
        #expect(sizes(1, .rollingUpdate, generation("new", 3)) == ["new": 1])
    }

    @Test func `the surge is made first, and old pods go only as far as availability allows`() {
        let begin = sizes(4, .rollingUpdate, generation("new", 0), generation("old", 4))
        #expect(begin == ["new": 1, "old": 3])
        let starting = generation("new", 2, available: 0)
        #expect(sizes(4, .rollingUpdate, starting, generation("old", 3)).isEmpty)
        let end = sizes(4, .rollingUpdate, generation("new", 4), generation("old", 1))
        #expect(end == ["old": 0])
    }

    @Test func `recreate removes the old pods before it makes new ones`() {
        #expect(sizes(2, .recreate, generation("new", 0), generation("old", 2)) == ["old": 0])
        var going = generation("old", 0, available: 0)
        going.existing = 1
        #expect(sizes(2, .recreate, generation("new", 0), going).isEmpty)
        #expect(sizes(2, .recreate, generation("new", 0), generation("old", 0)) == ["new": 2])
    }

    @Test(arguments: [
        (IntOrString.string("25%"), IntOrString.string("25%"), 10, 3, 2),
        (.int(0), .int(0), 5, 0, 1),
        (.int(2), .int(1), 5, 2, 1),
        (.string("0%"), .string("10%"), 5, 0, 1),
        (.string("100%"), .string("50%"), 3, 3, 1),
    ])
    func `surge rounds up, unavailability rounds down, and both are never zero`(
        surge: IntOrString,
        unavailable: IntOrString,
        replicas: Int,
        expectedSurge: Int,
        expectedUnavailable: Int
    ) {
        let bounds = RolloutPlan.bounds(
            RollingUpdateDeployment(maxUnavailable: unavailable, maxSurge: surge),
            replicas: replicas
        )
        #expect(bounds.surge == expectedSurge)
        #expect(bounds.unavailable == expectedUnavailable)
    }

    /// Plays small rollouts in which new pods become available one by one: the promises of the
    /// strategy hold at every step, and the rollout ends.
    @Test(arguments: 1...4) func `no rollout goes beyond its bounds, and each ends`(replicas: Int) {
        for (surge, unavailable) in [(0, 1), (1, 0), (1, 1), (2, 2)] {
            let strategy = DeploymentStrategy(
                type: .rollingUpdate,
                rollingUpdate: RollingUpdateDeployment(
                    maxUnavailable: .int(unavailable),
                    maxSurge: .int(surge)
                )
            )
            var new = generation("new", 0)
            var old = generation("old", replicas)
            for _ in 0..<100 {
                let plan = RolloutPlan(
                    replicas: replicas,
                    strategy: strategy,
                    current: new,
                    old: [old]
                )
                new.wanted = plan.sizes["new"] ?? new.wanted
                old.wanted = plan.sizes["old"] ?? old.wanted
                old.available = min(old.available, old.wanted)
                #expect(new.wanted + old.wanted <= replicas + surge)
                #expect(new.available + old.available >= replicas - unavailable)
                if new.available < new.wanted { new.available += 1 }
                new.existing = new.wanted
                old.existing = old.wanted
            }
            #expect(new.wanted == replicas)
            #expect(old.wanted == 0)
        }
    }

    @Test func `a template's hash is stable, spells no words and changes with a collision`() {
        let text = Array("{\"spec\":{}}".utf8)
        let hash = SafeName.hash(of: text)
        #expect(hash == SafeName.hash(of: text))
        #expect(hash != SafeName.hash(of: text, collisions: 1))
        #expect(!hash.isEmpty)
        #expect(hash.allSatisfy { "bcdfghjklmnpqrstvwxz2456789".contains($0) })
    }
}
