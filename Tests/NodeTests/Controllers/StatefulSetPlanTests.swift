import Basics
import Formats
import PodModel
import TestKit
import Testing

@testable import Node

@Suite("StatefulSet plan") struct StatefulSetPlanTests {
    private let now = Timestamp(seconds: 1000)

    private func pod(
        _ ordinal: Int,
        _ revision: String = "b",
        ready: Bool = true,
        phase: String = "Running",
        deleted: Bool = false
    ) -> PodFacts {
        PodFacts(
            name: "s-\(ordinal)",
            phase: phase,
            isDeleted: deleted,
            readySince: ready ? Timestamp(seconds: 900) : nil,
            revision: revision
        )
    }

    private func plan(
        _ wishes: StatefulSetPlan.Wishes,
        _ pods: [Int: PodFacts]
    ) -> StatefulSetPlan {
        StatefulSetPlan(wishes, pods: pods, from: "a", to: "b", at: now)
    }

    @Test func `pods are made one by one, each when the one before is ready`() {
        let wishes = StatefulSetPlan.Wishes(replicas: 3)
        #expect(plan(wishes, [:]).creations == [.init(ordinal: 0, revision: "b")])
        #expect(plan(wishes, [0: pod(0, ready: false)]).creations == [])
        #expect(plan(wishes, [0: pod(0)]).creations == [.init(ordinal: 1, revision: "b")])
        let slow = StatefulSetPlan.Wishes(replicas: 3, minimum: .seconds(150))
        let waiting = plan(slow, [0: pod(0)])
        #expect(waiting.creations == [] && waiting.wait == .seconds(50))
        let all = StatefulSetPlan.Wishes(replicas: 3, isOrdered: false)
        #expect(plan(all, [:]).creations.map(\.ordinal) == [0, 1, 2])
    }

    @Test func `ordinals begin where they are told to`() {
        let wishes = StatefulSetPlan.Wishes(replicas: 2, start: 5, isOrdered: false)
        #expect(plan(wishes, [:]).creations.map(\.ordinal) == [5, 6])
        let moved = plan(wishes, [4: pod(4), 5: pod(5), 6: pod(6)])
        #expect(moved.departures == [.init(ordinal: 4, cause: .surplus)])
    }

    @Test func `the highest goes first, and only while the others are well`() {
        let wishes = StatefulSetPlan.Wishes(replicas: 1)
        let pods = [0: pod(0), 1: pod(1), 2: pod(2)]
        #expect(plan(wishes, pods).departures == [.init(ordinal: 2, cause: .surplus)])
        let going = pods.merging([2: pod(2, deleted: true)]) { $1 }
        #expect(plan(wishes, going).departures == [])
        let sick = pods.merging([0: pod(0, ready: false)]) { $1 }
        #expect(plan(wishes, sick).departures == [])
        let lastSick = pods.merging([2: pod(2, ready: false)]) { $1 }
        #expect(plan(wishes, lastSick).departures == [.init(ordinal: 2, cause: .surplus)])
        let parallel = StatefulSetPlan.Wishes(replicas: 1, isOrdered: false)
        #expect(plan(parallel, pods).departures.map(\.ordinal) == [2, 1])
    }

    @Test func `a pod that has ended is deleted and made again`() {
        let wishes = StatefulSetPlan.Wishes(replicas: 2)
        let failed = plan(wishes, [0: pod(0, phase: "Failed"), 1: pod(1)])
        #expect(failed.departures == [.init(ordinal: 0, cause: .ended)])
        let gone = plan(wishes, [1: pod(1)])
        #expect(gone.creations == [.init(ordinal: 0, revision: "b")])
    }

    @Test func `a template is rolled out from the highest to the partition`() {
        let old = [0: pod(0, "a"), 1: pod(1, "a"), 2: pod(2, "a")]
        let wishes = StatefulSetPlan.Wishes(replicas: 3)
        #expect(plan(wishes, old).departures == [.init(ordinal: 2, cause: .outdated)])
        let one = old.merging([2: pod(2, "b", ready: false)]) { $1 }
        #expect(plan(wishes, one).departures == [])
        let next = old.merging([2: pod(2, "b")]) { $1 }
        #expect(plan(wishes, next).departures == [.init(ordinal: 1, cause: .outdated)])
        let partition = StatefulSetPlan.Wishes(replicas: 3, partition: 2)
        #expect(plan(partition, next).departures == [])
        #expect(plan(partition, [:]).creations == [.init(ordinal: 0, revision: "a")])
        let onDelete = StatefulSetPlan.Wishes(replicas: 3, isRolling: false)
        #expect(plan(onDelete, old).departures == [])
        #expect(plan(onDelete, [0: pod(0, "a")]).creations == [.init(ordinal: 1, revision: "b")])
        let two = StatefulSetPlan.Wishes(replicas: 3, isOrdered: false, unavailable: 2)
        #expect(plan(two, old).departures.map(\.ordinal) == [2, 1])
        // A pod that cannot become ready does not hold up its own replacement.
        let broken = old.merging([2: pod(2, "x", ready: false)]) { $1 }
        let parallel = StatefulSetPlan.Wishes(replicas: 3, isOrdered: false)
        #expect(plan(parallel, broken).departures.map(\.ordinal) == [2])
    }

    @Test func `numbers tell how far a rollout is`() {
        let wishes = StatefulSetPlan.Wishes(replicas: 3)
        let half = plan(wishes, [0: pod(0, "a"), 1: pod(1, "a", ready: false), 2: pod(2, "b")])
        #expect([half.existing, half.ready, half.available] == [3, 2, 2])
        #expect([half.current, half.updated] == [2, 1] && !half.isComplete)
        let done = plan(wishes, [0: pod(0), 1: pod(1), 2: pod(2)])
        #expect(done.isComplete && done.current == 3)
    }

    @Test(arguments: [
        (nil, 5, 1), (IntOrString.int(3), 5, 3), (.string("30%"), 5, 2), (.string("1%"), 5, 1),
        (.int(0), 5, 1),
    ])
    func `how many may be missing`(value: IntOrString?, replicas: Int, expected: Int) {
        #expect(StatefulSetPlan.unavailable(value, of: replicas) == expected)
    }

    /// A world in which pods become ready, fail and go at random, and wishes change: no two pods of an
    /// ordered set begin or go at once, none begins before those before it are ready, and in the end
    /// there is what is wanted.
    @Test(arguments: 0..<60) func `an ordered set stays in order whatever happens`(seed: Int) {
        var dice = SeededGenerator(seed: UInt64(seed))
        var wishes = StatefulSetPlan.Wishes(replicas: 3)
        var pods: [Int: PodFacts] = [:]
        var newest = "r0"
        var from = "r0"
        func look(_ mayHurt: Bool) {
            let plan = StatefulSetPlan(wishes, pods: pods, from: from, to: newest, at: now)
            #expect(plan.creations.count + plan.departures.count <= 1)
            if plan.isComplete { from = newest }
            for new in plan.creations {
                #expect(pods[new.ordinal] == nil)
                let before = wishes.ordinals.filter { $0 < new.ordinal }
                #expect(before.allSatisfy { pods[$0]?.isReady == true })
                pods[new.ordinal] = pod(new.ordinal, new.revision, ready: false, phase: "Pending")
            }
            for departure in plan.departures {
                if departure.cause == .surplus {
                    #expect(pods.keys.max() == departure.ordinal)
                }
                pods[departure.ordinal]?.isDeleted = true
            }
        }
        for step in 0..<400 {
            look(true)
            let ordinal = pods.keys.sorted().randomElement(using: &dice) ?? 0
            switch Int.random(in: 0..<10, using: &dice) {
            case 0...3:
                if pods[ordinal]?.isDeleted == false, pods[ordinal]?.phase != "Failed" {
                    pods[ordinal]?.phase = "Running"
                    pods[ordinal]?.readySince = Timestamp(seconds: 900)
                }
            case 4...6: if pods[ordinal]?.isDeleted == true { pods[ordinal] = nil }
            case 7:
                pods[ordinal]?.phase = "Failed"
                pods[ordinal]?.readySince = nil
            case 8: wishes.replicas = Int.random(in: 0..<6, using: &dice)
            default: newest = "r\(step)"
            }
        }
        for _ in 0..<200 {
            look(false)
            for ordinal in pods.keys {
                if pods[ordinal]?.isDeleted == true {
                    pods[ordinal] = nil
                } else if pods[ordinal]?.phase != "Failed" {
                    pods[ordinal]?.phase = "Running"
                    pods[ordinal]?.readySince = Timestamp(seconds: 900)
                }
            }
        }
        #expect(Set(pods.keys) == Set(wishes.ordinals))
        #expect(pods.values.allSatisfy { $0.revision == newest && $0.isReady })
    }

    @Test func `claims go with the set or with pods that are gone for good`() {
        let (set, pod): (JSON, JSON) = (["uid": "s"], ["uid": "p"])
        func owners(_ owners: ClaimOwners, _ before: [JSON], condemned: Bool) -> [JSON] {
            owners.owners(before, set: set, pod: pod, isCondemned: condemned)
        }
        let keep = ClaimOwners(goWithSet: false, goWithPod: false)
        #expect(owners(keep, [set, pod, ["uid": "x"]], condemned: true) == [["uid": "x"]])
        let both = ClaimOwners(goWithSet: true, goWithPod: true)
        #expect(owners(both, [], condemned: false) == [set])
        #expect(owners(both, [set], condemned: true) == [pod])
        let scaled = ClaimOwners(goWithSet: false, goWithPod: true)
        #expect(owners(scaled, [], condemned: false) == [])
        #expect(owners(scaled, [], condemned: true) == [pod])
        let deleted = ClaimOwners(["whenDeleted": "Delete", "whenScaled": "Retain"])
        #expect(owners(deleted, [pod], condemned: true) == [set])
    }
}
