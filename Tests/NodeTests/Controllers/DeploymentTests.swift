import Basics
import Formats
import ObjectStore
import PodModel
import Reactor
import Testing

@testable import Node

@MainLoop @Suite("Deployments") struct DeploymentTests {
    let world: ControllerWorld

    init() throws { world = try ControllerWorld() }

    private func manifest(_ more: String = "", version: String = "1") -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, annotations: {kubernetes.io/change-cause: "v\(version)"}}
        spec:
          replicas: 4
          \(more)
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers: [{name: main, image: "a:\(version)"}]
        """
    }

    private var deployment: JSON { world.get("deployments", "web") }
    private func count(_ field: String) -> Int { deployment["status"]?[field]?.int ?? 0 }

    private func change(_ body: (inout JSON) -> Void) throws {
        try world.store.modify(uid: deployment["metadata"]?["uid"]?.string ?? "", .body, body)
    }

    private func setImage(_ image: String) throws {
        try change {
            $0.set(.string(image), at: FieldPath("spec.template.spec.containers")[0] + "image")
        }
    }

    /// The sizes of the replica sets by their revisions.
    private var sizes: [Int: Int] {
        Dictionary(
            uniqueKeysWithValues: sets.map {
                (ReplicaSetFacts($0).revision, ReplicaSetFacts($0).wanted)
            }
        )
    }

    private var sets: [JSON] { world.store.list(.init("replicasets")) }

    /// Lets pods come and go until the rollout is over.
    private func rollOut() async throws {
        for _ in 0..<20 {
            try await world.settle()
            try world.readyAll()
            try world.bury()
        }
        try await world.settle()
    }

    @Test func `a deployment makes its set and pods, and tells when it is complete`() async throws {
        try world.create("deployments", manifest())
        try await world.settle()
        #expect(world.living.count == 4)
        #expect(count("updatedReplicas") == 4 && count("unavailableReplicas") == 4)
        let available = world.condition("Available", of: deployment)
        #expect(available?.reason == "MinimumReplicasUnavailable")
        #expect(world.condition("Progressing", of: deployment)?.reason == "ReplicaSetUpdated")
        let name = sets[0]["metadata"]?["name"]?.string ?? ""
        #expect(
            world.events.contains("ScalingReplicaSet: Scaled up replica set \(name) from 0 to 4")
        )
        try world.readyAll()
        try await world.settle()
        #expect(count("availableReplicas") == 4 && count("unavailableReplicas") == 0)
        let progress = world.condition("Progressing", of: deployment)
        #expect(progress?.reason == "NewReplicaSetAvailable")
        #expect(progress?.message == "ReplicaSet \"\(name)\" has successfully progressed.")
        #expect(deployment["metadata"]?["annotations"]?[ReplicaSetFacts.revisionKey] == "1")
        let pod = world.pods[0]
        let hash = sets[0]["metadata"]?["labels"]?["pod-template-hash"]
        #expect(pod["metadata"]?["labels"]?["pod-template-hash"] == hash)
        #expect(pod["spec"]?["nodeName"] == "box")
    }

    @Test func `a status never claims a generation that was not acted upon`() async throws {
        try world.create("deployments", manifest())
        try await rollOut()
        #expect(count("observedGeneration") == 1)
        try setImage("a:2")
        #expect(deployment["metadata"]?["generation"] == 2)
        #expect(count("observedGeneration") == 1)
        try await world.settle()
        #expect(count("observedGeneration") == 2)
        // Of the new template there are as many as the surge allows: the rollout is not over.
        #expect(count("updatedReplicas") < 4)
    }

    @Test func `an undo uses the old set again, under the next revision`() async throws {
        try world.create("deployments", manifest())
        try await rollOut()
        try setImage("a:2")
        try await rollOut()
        #expect(sizes == [1: 0, 2: 4])
        try setImage("a:1")
        try await rollOut()
        #expect(sizes == [2: 0, 3: 4])
        let current = sets.first { ReplicaSetFacts($0).wanted == 4 }
        #expect(current?["metadata"]?["annotations"]?[ReplicaSetFacts.historyKey] == "1")
        #expect(deployment["metadata"]?["annotations"]?[ReplicaSetFacts.revisionKey] == "3")
        #expect(
            current?["metadata"]?["annotations"]?["kubernetes.io/change-cause"] == "v1"
        )
    }

    @Test func `old sets beyond the limit go once a rollout is complete`() async throws {
        try world.create("deployments", manifest("revisionHistoryLimit: 1"))
        for version in 2...4 {
            try await rollOut()
            try setImage("a:\(version)")
        }
        try await world.settle()
        #expect(sets.count == 3)
        try await rollOut()
        #expect(sizes == [3: 0, 4: 4])
    }

    @Test func `recreate waits until the old pods are gone before it makes a set`() async throws {
        try world.create("deployments", manifest("strategy: {type: Recreate}"))
        try await rollOut()
        try setImage("a:2")
        try await world.settle()
        #expect(world.living.isEmpty && world.pods.count == 4)
        #expect(sizes == [1: 0])
        try world.bury()
        try await world.settle()
        #expect(sizes == [1: 0, 2: 4] && world.living.count == 4)
    }

    @Test func `a paused deployment scales and does not roll out`() async throws {
        try world.create("deployments", manifest())
        try await rollOut()
        try change { $0["spec"]?["paused"] = true }
        try setImage("a:2")
        try await world.settle()
        #expect(world.condition("Progressing", of: deployment)?.reason == "DeploymentPaused")
        #expect(sizes == [1: 4])
        try change { $0["spec"]?["replicas"] = 6 }
        try await world.settle()
        #expect(sizes == [1: 6])
        try change { $0["spec"]?["paused"] = false }
        try await rollOut()
        #expect(sizes == [1: 0, 2: 6])
        #expect(
            world.condition("Progressing", of: deployment)?.reason == "NewReplicaSetAvailable"
        )
    }

    @Test func `in the middle of a rollout both sets grow by their shares`() async throws {
        try world.create(
            "deployments",
            manifest("strategy: {rollingUpdate: {maxSurge: 2, maxUnavailable: 0}}")
        )
        try change { $0["spec"]?["replicas"] = 10 }
        try await rollOut()
        try setImage("a:2")
        try await world.settle()
        #expect(sizes == [1: 10, 2: 2])
        try change { $0["spec"]?["replicas"] = 20 }
        try await world.settle()
        // 10 and 2 of at most 12 become 18 and 4 of at most 22.
        #expect(sizes == [1: 18, 2: 4])
    }

    @Test func `pods that are refused are told, and the rest goes on`() async throws {
        try world.create("deployments", manifest())
        world.creator.refusal = Failure(.forbidden, "exceeded quota: small")
        let verdicts = try await world.settle()
        #expect(verdicts.contains(.refused(Failure(.forbidden, "exceeded quota: small"))))
        let failure = world.condition("ReplicaFailure", of: deployment)
        #expect(failure?.reason == "FailedCreate" && failure?.message == "exceeded quota: small")
        #expect(world.events.contains("FailedCreate: Error creating: exceeded quota: small"))
        world.creator.refusal = nil
        try await world.settle()
        #expect(world.condition("ReplicaFailure", of: deployment) == nil)
        #expect(world.living.count == 4)
    }

    @Test func `pods without an owner are taken in, others let go`() async throws {
        try world.create("deployments", manifest())
        try await rollOut()
        let (pod, set) = (world.pods[0], sets[0])
        let uid = pod["metadata"]?["uid"]?.string ?? ""
        try world.store.modify(uid: uid) { $0["metadata"]?["labels"]?["app"] = "other" }
        try await world.settle()
        #expect(world.store.get(uid: uid)?["metadata"]?["ownerReferences"] == nil)
        #expect(world.living.count == 5)
        try world.store.modify(uid: uid) { $0["metadata"]?["labels"]?["app"] = "web" }
        try await world.settle()
        // One of the five is too many.
        #expect(world.living.count == 4)
        let own = world.pods.filter { Controllers.controller(of: $0) != nil }
        #expect(
            own.allSatisfy {
                $0["metadata"]?["ownerReferences"]?[0]?["name"] == set["metadata"]?["name"]
            }
        )
    }
}
