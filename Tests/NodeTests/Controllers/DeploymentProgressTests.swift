import Basics
import PodModel
import Testing

@testable import Node

@Suite("Progress of deployments") struct DeploymentProgressTests {
    private let start = Timestamp(seconds: 1_000_000)

    private func judge(
        _ counts: DeploymentProgress.Counts,
        before: DeploymentProgress.Counts = .init(),
        _ conditions: Conditions,
        after seconds: Int,
        isPaused: Bool = false,
        deadline: Int? = 60
    ) -> DeploymentProgress {
        DeploymentProgress(
            of: "web",
            replicas: 3,
            unavailable: 1,
            deadline: deadline.map { .seconds($0) },
            isPaused: isPaused,
            current: "web-1",
            before: before,
            counts: counts,
            conditions: conditions,
            failure: nil,
            at: start + .seconds(seconds)
        )
    }

    @Test func `without progress the deadline comes, and progress ends it`() {
        let begun = DeploymentProgress.Counts(replicas: 3, updated: 3)
        var progress = judge(begun, .init(), after: 0)
        #expect(progress.conditions["Progressing"]?.reason == "ReplicaSetUpdated")
        #expect(progress.wait == .seconds(61))
        progress = judge(begun, before: begun, progress.conditions, after: 60)
        #expect(progress.conditions["Progressing"]?.isTrue == true)
        #expect(progress.wait == .seconds(1))
        progress = judge(begun, before: begun, progress.conditions, after: 61)
        let late = progress.conditions["Progressing"]
        #expect(late?.status == "False" && late?.reason == "ProgressDeadlineExceeded")
        #expect(late?.message == "ReplicaSet \"web-1\" has timed out progressing.")
        #expect(progress.wait == nil)
        var ready = begun
        ready.ready = 1
        progress = judge(ready, before: begun, progress.conditions, after: 70)
        #expect(progress.conditions["Progressing"]?.reason == "ReplicaSetUpdated")
        let done = DeploymentProgress.Counts(replicas: 3, updated: 3, ready: 3, available: 3)
        progress = judge(done, before: ready, progress.conditions, after: 80)
        #expect(progress.conditions["Progressing"]?.reason == "NewReplicaSetAvailable")
        #expect(progress.conditions["Available"]?.isTrue == true)
    }

    @Test func `a complete rollout stays so when pods are lost later`() {
        let done = DeploymentProgress.Counts(replicas: 3, updated: 3, ready: 3, available: 3)
        let complete = judge(done, .init(), after: 0)
        let lost = DeploymentProgress.Counts(replicas: 3, updated: 3, ready: 1, available: 1)
        let later = judge(lost, before: done, complete.conditions, after: 500)
        #expect(later.conditions["Progressing"]?.reason == "NewReplicaSetAvailable")
        #expect(later.conditions["Available"]?.isTrue == false)
        #expect(later.wait == nil)
    }

    @Test func `a paused rollout and one without a deadline never time out`() {
        let begun = DeploymentProgress.Counts(replicas: 3, updated: 3)
        let first = judge(begun, .init(), after: 0)
        let paused = judge(begun, before: begun, first.conditions, after: 999, isPaused: true)
        #expect(paused.conditions["Progressing"]?.isTrue == true && paused.wait == nil)
        let free = judge(begun, before: begun, first.conditions, after: 999, deadline: nil)
        #expect(free.conditions["Progressing"] == nil && free.wait == nil)
    }

    private func set(
        _ name: String,
        _ wanted: Int,
        most: Int? = nil,
        available: Int = 0,
        created: Int64 = 0
    ) -> ReplicaSetFacts {
        ReplicaSetFacts(
            name: name,
            wanted: wanted,
            available: available,
            desired: most,
            most: most,
            created: Timestamp(seconds: created)
        )
    }

    @Test(arguments: [
        // One active set takes all.
        (5, 3, 0, 3, ["old": 5]),
        (0, 3, 0, 3, ["old": 0]),
        // Two grow and shrink by their shares; what is left goes to the largest.
        (8, 3, 1, 4, ["old": 6, "new": 2]),
        (2, 3, 1, 4, ["old": 1, "new": 1]),
        (0, 3, 1, 4, ["old": 0, "new": 0]),
        (4, 3, 1, 4, ["old": 3, "new": 1]),
    ])
    func `sets are scaled in proportion`(
        replicas: Int,
        old: Int,
        new: Int,
        most: Int,
        expected: [String: Int]
    ) {
        let strategy = DeploymentStrategy(
            type: .rollingUpdate,
            rollingUpdate: RollingUpdateDeployment(maxUnavailable: .int(1), maxSurge: .int(0))
        )
        let plan = ScalingPlan(
            replicas: replicas,
            strategy: strategy,
            current: set("new", new, most: most, created: 1),
            old: [set("old", old, most: most)],
            total: old + new
        )
        #expect(plan.sizes == expected)
    }

    /// However a deployment is scaled in the middle of a rollout, no pod too many is asked for.
    @Test func `the sum of the sets is what is allowed`() {
        for before in 1...12 {
            for replicas in 0...15 {
                for new in 1...before {
                    let old = before + 2 - new
                    let strategy = DeploymentStrategy(
                        type: .rollingUpdate,
                        rollingUpdate: RollingUpdateDeployment(
                            maxUnavailable: .int(0),
                            maxSurge: .int(2)
                        )
                    )
                    let plan = ScalingPlan(
                        replicas: replicas,
                        strategy: strategy,
                        current: set("new", new, most: before + 2, created: 1),
                        old: [set("old", old, most: before + 2)],
                        total: new + old
                    )
                    let sum = plan.sizes.values.reduce(0, +)
                    #expect(sum == (replicas == 0 ? 0 : replicas + 2))
                    #expect(plan.sizes.values.allSatisfy { $0 >= 0 })
                }
            }
        }
    }
}
