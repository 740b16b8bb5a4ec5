import Basics
import Formats
import ObjectStore
import PodModel
import Reactor
import Testing

@testable import Node

@MainLoop @Suite("Disruption budgets") struct DisruptionTests {
    private let now = Timestamp(seconds: 1000)

    private func pods(_ ready: Int, of all: Int) -> [PodFacts] {
        (0..<all).map {
            PodFacts(name: "p\($0)", readySince: $0 < ready ? Timestamp(seconds: 1) : nil)
        }
    }

    @Test(arguments: [
        (DisruptionPlan.Limit.available(.int(2)), 3, 3, 3, 2, 1),
        (.available(.int(5)), 3, 3, 3, 5, 0),
        (.available(.string("50%")), 3, 3, 3, 2, 1),
        (.available(.string("100%")), 3, 3, 3, 3, 0),
        (.unavailable(.int(1)), 3, 3, 3, 2, 1),
        (.unavailable(.int(1)), 2, 3, 3, 2, 0),
        (.unavailable(.string("50%")), 3, 3, 3, 1, 2),
        (.unavailable(.int(9)), 3, 3, 3, 0, 3),
        (nil, 3, 3, 3, 0, 3),
        (.available(.int(0)), 0, 0, 0, 0, 0),
    ])
    func `what may be disrupted`(
        limit: DisruptionPlan.Limit?,
        ready: Int,
        all: Int,
        scale: Int,
        desired: Int,
        allowed: Int
    ) {
        let plan = DisruptionPlan(
            limit,
            pods: pods(ready, of: all),
            scale: scale,
            disrupted: [:],
            at: now
        )
        #expect(plan.desired == desired && plan.allowed == allowed && plan.current == ready)
    }

    @Test func `an eviction counts until the pod goes or it is given up`() {
        func plan(after seconds: Int) -> DisruptionPlan {
            DisruptionPlan(
                .available(.int(1)),
                pods: pods(2, of: 2),
                scale: 2,
                disrupted: ["p0": now, "gone": now],
                at: now + .seconds(seconds)
            )
        }
        #expect(plan(after: 20).allowed == 0 && plan(after: 20).wait == .seconds(100))
        #expect(plan(after: 20).disrupted == ["p0": now])
        #expect(plan(after: 120).allowed == 1 && plan(after: 120).disrupted == [:])
    }

    @Test func `a budget follows the scale of what keeps its pods`() async throws {
        let world = try ControllerWorld()
        try world.create(
            "deployments",
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web}
            spec:
              replicas: 3
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec: {containers: [{name: main, image: a}]}
            """
        )
        try world.create(
            "poddisruptionbudgets",
            """
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata: {name: web}
            spec: {maxUnavailable: 1, selector: {matchLabels: {app: web}}}
            """
        )
        try await world.settle()
        func status() -> JSON { world.get("poddisruptionbudgets", "web")["status"] ?? .null }
        #expect(status()["expectedPods"] == 3 && status()["desiredHealthy"] == 2)
        #expect(status()["disruptionsAllowed"] == 0 && status()["observedGeneration"] == 1)
        try world.readyAll()
        try await world.settle()
        #expect(status()["currentHealthy"] == 3 && status()["disruptionsAllowed"] == 1)
        let condition = world.condition(
            "DisruptionAllowed",
            of: world.get("poddisruptionbudgets", "web")
        )
        #expect(condition?.reason == "SufficientPods")
    }
}
